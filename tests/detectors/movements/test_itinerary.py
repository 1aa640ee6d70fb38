"""One container's events have one itinerary, in whatever order they come."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream_app.contracts.movement import Movement
from stream_app.detectors.movements.itinerary import MAX_STEPS, Itinerary, packed, unpacked
from stream_app.detectors.movements.voyages import Voyages, cycle_starts, ended
from tests.support.moves import moved

VOYAGES = Voyages(close_days=14, silence_days=60)


def at(day: int, hour: int = 0) -> str:
    """A time in January 2026; days beyond 31 go on into February (28 days)."""
    month, day = (1, day) if day <= 31 else (2, day - 31)
    return f"2026-{month:02d}-{day:02d}T{hour:02d}:00:00Z"


def event(number: int, kind: str, day: int, place: str = "NLRTM", **changes: Any) -> Movement:
    times = {"occurred_at": at(day), "recorded_at": at(day, 1)}
    return moved(f"E-{number}", **({"event_type": kind, "facility": {"un_location_code": place}} | times | changes))


VOYAGE = [
    event(1, "STUF", 1, "CNHGH"),
    event(2, "GTIN", 3, "CNSHA"),
    event(3, "LOAD", 5, "CNSHA"),
    event(4, "DISC", 20, "SGSIN", is_transshipment=True),
    event(5, "LOAD", 22, "SGSIN", is_transshipment=True),
    event(6, "DISC", 45),
    event(7, "CUSR", 46),
    event(8, "GTOT", 47),
    event(9, "STRP", 48, "NLUTC"),
    event(10, "GTIN", 49, empty_indicator="EMPTY"),
]
PLANS = [
    event(20, "DISC", 44, classifier="PLN", recorded_at=at(5)),
    event(21, "DISC", 45, classifier="EST", recorded_at=at(40)),
]
MISTAKE = event(30, "GTOT", 46)
TAKEN_BACK = event(31, "GTOT", 46, retracted_event_id="E-30")
EVERYTHING = [*VOYAGE, *PLANS, MISTAKE, TAKEN_BACK, VOYAGE[3], PLANS[0], TAKEN_BACK]


def itinerary(events: list[Movement]) -> Itinerary:
    found = Itinerary()
    for one in events:
        if not found.knows(one):
            found.take(one)
    return found


@given(st.permutations(EVERYTHING))
def test_any_order_of_late_repeated_retracted_and_planned_events_ends_in_the_same_itinerary(events: list[Movement]) -> None:
    found = itinerary(events)
    assert found == itinerary(EVERYTHING)
    assert [step.event_id for step in found.steps] == [one.event_id for one in VOYAGE]


@given(st.permutations(range(MAX_STEPS + 20)))
def test_more_events_than_are_kept_leave_the_latest_in_any_order(numbers: list[int]) -> None:
    found = itinerary([event(number, "GTIN", 1 + number // 24, occurred_at=at(1 + number // 24, number % 24)) for number in numbers])
    assert [step.event_id for step in found.steps] == [f"E-{number}" for number in range(20, MAX_STEPS + 20)]
    assert found.forgotten == 20


def test_a_retraction_holds_though_it_comes_before_what_it_takes_back() -> None:
    found = itinerary([TAKEN_BACK, MISTAKE])
    assert found.steps == []
    assert found.knows(TAKEN_BACK)


def test_an_event_is_known_once_it_was_taken_in() -> None:
    found = itinerary([*VOYAGE, *PLANS])
    assert found.knows(VOYAGE[0])
    assert found.knows(PLANS[1])
    assert not found.knows(MISTAKE)


def test_of_the_same_plan_the_latest_record_holds() -> None:
    found = itinerary([*VOYAGE, *PLANS])
    (plan,) = found.planned(found.cycle_of(0, VOYAGES))
    assert plan.event_id == "E-21"


def test_the_stripping_and_the_empty_return_belong_to_the_voyage_and_the_next_stuffing_to_the_next() -> None:
    found = itinerary([*VOYAGE, event(11, "STUF", 52), event(12, "GTIN", 53)])
    assert cycle_starts(found.steps, VOYAGES) == [0, 10]
    assert found.cycle_of(11, VOYAGES) == (10, 12)
    assert ended(found.steps, found.cycle_of(9, VOYAGES))
    assert not ended(found.steps, found.cycle_of(11, VOYAGES))


def test_two_weeks_after_the_gate_out_a_voyage_is_over_whatever_comes() -> None:
    # Out on the 5th: the 19th is fourteen days later, and still of it; the 20th is not.
    steps = [event(1, "DISC", 4), event(2, "GTOT", 5)]
    assert cycle_starts(itinerary([*steps, event(3, "INSP", 19)]).steps, VOYAGES) == [0]
    assert cycle_starts(itinerary([*steps, event(3, "INSP", 20)]).steps, VOYAGES) == [0, 2]


def test_a_long_silence_ends_a_voyage() -> None:
    steps = [event(1, "GTIN", 1), event(2, "LOAD", 50)]
    assert cycle_starts(itinerary(steps).steps, Voyages(silence_days=48)) == [0, 1]
    assert cycle_starts(itinerary(steps).steps, Voyages(silence_days=49)) == [0]


def test_a_gate_out_before_the_discharge_ends_nothing() -> None:
    found = itinerary([event(1, "GTOT", 1, "CNHGH"), event(2, "GTIN", 2, "CNSHA")])
    assert not ended(found.steps, found.cycle_of(1, VOYAGES))


def test_an_itinerary_is_the_same_after_it_was_stored() -> None:
    found = itinerary(EVERYTHING)
    assert unpacked(packed(found)) == found
    assert len(packed(found)) < 100 * (len(found.steps) + len(found.plans) + len(found.retracted))


def test_the_steps_of_an_earlier_voyage_can_be_given_up() -> None:
    found = itinerary([*VOYAGE, *PLANS, event(11, "STUF", 52)])
    found.drop_before(10)
    assert [step.type for step in found.steps] == ["STUF"]
    assert found.plans == []
