"""Whose capacity is spent: offices named, all others together, or each its own."""

import random

from stream_app.engine.selection.capacity import Capacities
from stream_app.engine.settings.selection import Office, Selection
from tests.engine.selection.support import DAY, NOW, candidate, decided, selector

Rows = list[tuple[int, bool]]
"""(day, selected) of every item."""


def selected_by_office(offices: dict[str, Office], seconds: float, part: tuple[int, int] = (0, 1), count: int = 12_000) -> dict[str, Rows]:
    """Offices 30 and 31 in turn, an item every so many seconds; half of them frauds, far beyond any capacity."""
    rng = random.Random(2)
    found = selector(offices=offices, warm_up_items=100, random_share=0, exploration_share=0, part=part)
    items = [
        candidate(f"D{number}", rng.expovariate(1.0) + 9.0 * rng.randrange(2), office=str(30 + number % 2), lodged_epoch=NOW + number * seconds)
        for number in range(count)
    ]
    by_office: dict[str, Rows] = {"30": [], "31": []}
    for one, decision in zip(items, decided(found, items), strict=True):
        by_office[one.declaration.office].append((int(one.declaration.lodged_epoch // DAY), decision.selected))
    return by_office


def per_day(rows: Rows) -> list[int]:
    return [sum(selected for day, selected in rows if day == one) for one in sorted({day for day, _ in rows})]


def test_an_office_with_a_capacity_a_day_never_passes_it_and_nearly_fills_it() -> None:
    found = per_day(selected_by_office({"30": Office(per_day=40)}, seconds=60.0)["30"])
    assert max(found) <= 40
    assert min(found[1:-1]) >= 30, "whole days; the first is cold for a while"


def test_an_office_with_a_share_has_it_and_the_others_share_the_budget() -> None:
    found = selected_by_office({"30": Office(share=0.1)}, seconds=60.0)
    shares = {office: sum(selected for _, selected in rows) / len(rows) for office, rows in found.items()}
    assert 0.09 < shares["30"] < 0.11
    assert 0.015 < shares["31"] < 0.025


def test_partitions_divide_a_capacity_a_day_to_the_last_item() -> None:
    whole = [max(per_day(selected_by_office({"30": Office(per_day=7)}, 60.0, (which, 3), count=6_000)["30"])) for which in range(3)]
    assert sum(whole) <= 7
    assert sorted(whole) == [2, 2, 3]


def test_every_other_office_may_have_a_capacity_of_its_own() -> None:
    found = selected_by_office({"*": Office(per_day=10), "30": Office(per_day=40)}, seconds=60.0)
    assert max(per_day(found["31"])) <= 10
    assert max(per_day(found["30"])) > 10


def test_capacities_of_offices_that_are_not_named_are_bounded() -> None:
    capacities = Capacities(Selection(max_offices=3, offices={"*": Office(share=0.1)}))
    first = capacities.of("O0", NOW)
    assert capacities.of("O0", NOW) is first
    for number in range(10):
        capacities.of(f"O{number}", NOW)
    assert (len(capacities.others), capacities.others.forgotten) == (3, 7)
    assert capacities.of("O0", NOW) is not first


def test_a_day_begins_at_the_administration_s_midnight() -> None:
    """NOW is 08:14 UTC; at UTC+9 midnight comes at 15:00 UTC, not at 24:00."""
    capacities = Capacities(Selection(utc_offset_hours=9, offices={"30": Office(per_day=1)}))
    capacities.of("30", NOW).count(True)
    assert capacities.of("30", NOW + 6.7 * 3_600).threshold == 0.0
    assert capacities.of("30", NOW + 6.8 * 3_600).threshold > 0.0
