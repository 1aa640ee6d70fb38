"""What controls found of one declaration, in any order, once."""

from itertools import permutations

import pytest

from stream_app.contracts.outcome import Outcome
from stream_app.instruments.findings import UNKNOWN, Found, Lodged, Rates, owed, standing, taken
from tests.support.instruments import outcome

TWO = Lodged("EUR", 1.0, 2)


def found_by(*outcomes: Outcome, rates: Rates | None = None) -> Found:
    found: Found = ()
    for one in outcomes:
        found = taken(found, one, rates or Rates())
    return found


def irregular(hours: float, duty: float, item: int | None = None, **fields: object) -> Outcome:
    named = {} if item is None else {"item_number": item}
    return outcome("D", hours, result="irregular", duty_difference=duty, **named, **fields)


def compliant(hours: float, item: int | None = None) -> Outcome:
    return outcome("D", hours, **({} if item is None else {"item_number": item}))


@pytest.mark.parametrize(
    ("outcomes", "items", "duty"),
    [
        ([irregular(1, 100.0, 1), irregular(1, 100.0, 1)], 2, 100.0),  # told again
        ([irregular(1, 100.0, 1), irregular(2, 40.0, 1)], 2, 40.0),  # of one item the later difference stands for the earlier
        ([irregular(1, 100.0, 1), irregular(1, 30.0, 2)], 2, 130.0),  # two items
        ([irregular(1, 100.0, 1), compliant(2, 1)], 2, 0.0),  # it was not so after all
        ([irregular(1, 100.0), irregular(2, 80.0, 2)], 2, 80.0),  # now it is known which
        ([irregular(1, 80.0, 2), irregular(2, 100.0)], 2, 100.0),  # all of it, later
        ([irregular(1, 100.0), compliant(2, 1)], 2, 100.0),  # so it was the other one
        ([irregular(1, 80.0, 2), compliant(2)], 2, 80.0),  # of what was named a whole says nothing
        ([irregular(1, 100.0), compliant(2)], 2, 0.0),
        ([irregular(1, 100.0), compliant(2, 1)], 1, 0.0),  # the only item is the whole
        ([irregular(1, 100.0, 1), irregular(2, 60.0)], 1, 60.0),
    ],
)
def test_what_stands_does_not_depend_on_the_order_of_arrival(outcomes: list[Outcome], items: int, duty: float) -> None:
    for order in permutations(outcomes):
        assert owed(found_by(*order), Lodged("EUR", 1.0, items)) == duty


def test_what_was_decided_first_never_replaces_what_was_decided_later() -> None:
    assert standing(found_by(irregular(5, 40.0, 1), irregular(1, 100.0, 1)), 2)[0].difference == 40.0
    assert owed((), TWO) == 0.0


def test_amounts_are_in_accounting_currency_whenever_the_declaration_comes() -> None:
    """Without a currency: the declaration's. In another one: as a declaration said last; unheard of, it is taken for accounting currency."""
    rates = Rates()
    rates.declared("USD", 0.5)
    dollars, crowns = irregular(1, 100.0, currency="USD"), irregular(1, 100.0, currency="SEK")
    assert owed(found_by(irregular(1, 100.0)), Lodged("CHF", 1.1, 2)) == pytest.approx(110.0)
    assert owed(found_by(irregular(1, 100.0)), UNKNOWN) == 100.0
    assert owed(found_by(dollars, rates=rates), Lodged("EUR", 1.0, 2)) == 50.0
    assert owed(found_by(dollars), Lodged("USD", 0.4, 2)) == 40.0
    assert owed(found_by(crowns, rates=rates), TWO) == 100.0
