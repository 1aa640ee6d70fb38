"""What controls found of one declaration, whatever the order in which it was told: a repetition changes nothing, a correction replaces.

`duty_difference` is duty reassessed less duty declared (outcome.v1), so of one goods item the later difference stands for the earlier: they do not
add up.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from stream_app.contracts.outcome import Outcome
from stream_app.learning.table import BoundedTable

WHOLE = 0
"""Where another finding has its item number: the outcome spoke of all of them."""
MOST_CURRENCIES = 400


class Finding(NamedTuple):
    """Decided `at` (seconds since 1970); `difference` in `currency` (None: the declaration's), of which one was `rate` in accounting currency when
    it came, where that was known."""

    item: int
    at: float
    irregular: bool
    difference: float
    currency: str | None
    rate: float | None

    @property
    def says(self) -> bool:
        """That something was not as declared."""
        return self.irregular or self.difference != 0.0


Found = tuple[Finding, ...]
"""One an item at most, and one of the whole: 1,000 by the contract."""


def told(found: Found) -> list[list[Any]]:
    """As plain data."""
    return [list(one) for one in found]


def restored(rows: Iterable[Iterable[Any]]) -> Found:
    """What was `told`."""
    return tuple(Finding(*row) for row in rows)


class Lodged(NamedTuple):
    """What of a declaration its findings are read with: accounting currency = `rate` x `currency`; goods items, 0 while it has not come."""

    currency: str = ""
    rate: float = 1.0
    items: int = 0


UNKNOWN = Lodged()


class Rates:
    """Accounting currency for one unit of another, as a declaration said last. What nobody declared in is taken for accounting currency."""

    def __init__(self) -> None:
        self._latest: BoundedTable[str, float] = BoundedTable(MOST_CURRENCIES)

    def declared(self, currency: str, rate: float) -> None:
        self._latest.put(currency, rate)

    def of(self, currency: str | None) -> float | None:
        return None if currency is None else self._latest.get(currency)

    def state(self) -> list[list[Any]]:
        return [[currency, rate] for currency, rate in self._latest.items()]

    def restore(self, state: list[tuple[str, float]]) -> None:
        for currency, rate in state:
            self._latest.put(currency, rate)


def taken(found: Found, outcome: Outcome, rates: Rates) -> Found:
    """With what a control found of an item, or of the whole, in place of what was decided of that before."""
    item = outcome.item_number or WHOLE
    if any(one.item == item and one.at > outcome.decided_epoch for one in found):
        return found
    rate = rates.of(outcome.currency)
    new = Finding(item, outcome.decided_epoch, outcome.irregular, outcome.duty_difference or 0.0, outcome.currency, rate)
    return (*(one for one in found if one.item != item), new)


def standing(found: Found, items: int) -> Found:
    """Those that hold side by side. Of a declaration of one goods item that is the last. Of several, an irregular whole stands until an item of it
    is named; a compliant one says nothing of an item that was named."""
    if len(found) < 2:
        return found
    if items == 1:
        return (max(reversed(found), key=lambda one: one.at),)
    whole, named = [one for one in found if one.item == WHOLE], [one for one in found if one.item != WHOLE]
    if whole and whole[0].says and not any(one.says and one.at >= whole[0].at for one in named):
        return (whole[0],)
    return tuple(named)


def owed(found: Found, lodged: Lodged) -> float:
    """Duty that controls found owing, in accounting currency."""
    return sum((max(0.0, one.difference) * _rate(one, lodged) for one in standing(found, lodged.items)), 0.0)


def _rate(one: Finding, lodged: Lodged) -> float:
    if one.currency in (None, lodged.currency):
        return lodged.rate
    return 1.0 if one.rate is None else one.rate
