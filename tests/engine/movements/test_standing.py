"""What takes an alert of a container back, and what does not: papers, failures, retractions, what comes after all, and the voyage behind."""

from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from stream_app.contracts.declared import Declared
from stream_app.contracts.movement_assessment import MovementAlert
from stream_app.engine.movements.engine import MovementEngine
from stream_app.engine.pipeline import Pipeline
from tests.engine.movements.test_joining import declared, measured
from tests.support.moves import VESSEL
from tests.support.voyages import START, Document, equipment, read, timestamp, voyage

DAY = 86_400.0
BEGINS = START + 100 * DAY
SUSPECT = 900_001
SEALED = 6
"""The place of the gate-out from the port of discharge, where seals are told."""


@pytest.fixture(scope="module")
def experienced() -> MovementEngine:
    """Honest voyages with their declarations; every other discharge was planned, and all took place."""
    engine, events = MovementEngine(Pipeline(), mode="replay"), list[Document | Declared]()
    for number in range(1, 241):
        begins = START + number * 7_200
        voyage = measured(number, begins)
        events += [*voyage, declared(number, begins), *([planned(voyage, f"PLAN-{number}")] if number % 2 else [])]
    take(engine, sorted(events, key=known_at))
    return engine


def known_at(event: Document | Declared) -> str:
    return event.lodged_at if isinstance(event, Declared) else str(event["recorded_at"])


def planned(events: list[Document], number: str, **changes: Any) -> Document:
    """The discharge as it was planned when the container came to the port of loading."""
    return events[4] | {"event_id": number, "classifier": "PLN", "recorded_at": events[2]["recorded_at"]} | changes


def take(engine: MovementEngine, events: list[Document | Declared]) -> list[MovementAlert]:
    """All that is said, in its order."""
    found: list[MovementAlert] = []
    for event in events:
        if isinstance(event, Declared):
            found += engine.declare(event).alerts
            continue
        (movement,) = read([event])
        result = engine.process(movement)
        assert result.failures == []
        found += [*result.alerts, *(alert for missed in result.missed for alert in missed.alerts)]
    return found


def standing(engine: MovementEngine, events: list[Document | Declared]) -> set[tuple[str, str]]:
    """(typology, event) of the alerts of the suspect that stand in the end."""
    latest = {alert.alert_id: alert for alert in take(engine, events)}
    return {(one.typology, one.event_id) for one in latest.values() if one.status == "raised" and one.equipment_id == equipment(SUSPECT)}


def other_seals() -> list[Document]:
    events = measured(SUSPECT, BEGINS)
    events[SEALED]["seals"] = [{"number": "OTHER1"}]
    return events


@pytest.mark.parametrize("amended", [False, True])
def test_papers_take_back_nothing_that_papers_were_not_asked_about(experienced: MovementEngine, amended: bool) -> None:
    events, papers = other_seals(), declared(SUSPECT, BEGINS)
    first = standing(deepcopy(experienced), [papers, *events])
    assert {typology for typology, _ in first} == {"seal_change", "seal_mismatch"}
    last = [papers, *events, replace(papers, version=2)] if amended else [*events, papers]
    assert standing(deepcopy(experienced), last) == first


def test_a_detector_that_fails_takes_nothing_back(experienced: MovementEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, events = deepcopy(experienced), other_seals()
    late = events.pop(5)
    before = standing(engine, [*events])

    def raises(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(engine.panel.detectors["seal_change"], "score_one", raises)
    (movement,) = read([late])
    result = engine.process(movement)
    assert {failure.detector for failure in result.failures} == {"seal_change"}
    assert result.assessment.withdrawn == []
    assert ("seal_change", events[SEALED - 1]["event_id"]) in before


def test_the_alert_of_the_only_step_goes_with_it(experienced: MovementEngine) -> None:
    papers, step = declared(SUSPECT, BEGINS), other_seals()[SEALED]
    back = step | {"event_id": "BACK", "retracted_event_id": step["event_id"]}
    assert standing(deepcopy(experienced), [papers, step]) == {("seal_mismatch", step["event_id"])}
    assert standing(deepcopy(experienced), [papers, step, back]) == set()
    assert standing(deepcopy(experienced), [papers, back, step]) == set()


@pytest.mark.parametrize("kilogrammes", [5e-324, 1e-305, 100_000.0])
def test_a_mass_that_no_scale_can_show_spoils_nothing(kilogrammes: float) -> None:
    engine = MovementEngine(Pipeline(), mode="replay")
    first = measured(1, START)
    first[2]["gross_mass_kg"] = kilogrammes
    take(engine, [declared(1, START), *first])
    for number in range(2, 200):
        take(engine, measured(number, START + number * 7_200))
    events = measured(SUSPECT, BEGINS)
    events[SEALED]["gross_mass_kg"] = round(1.6 * events[SEALED]["gross_mass_kg"], 1)
    assert ("mass_change", events[SEALED]["event_id"]) in standing(engine, [*events])


def test_papers_of_the_next_voyage_are_not_held_against_the_one_behind(experienced: MovementEngine) -> None:
    events, papers = measured(SUSPECT, BEGINS), declared(SUSPECT, BEGINS)
    other: dict[str, Any] = {"declaration_id": "26NLNEXT", "seals": ("NEWSEAL",), "gross_mass_kg": 9_000.0, "departure_country": "NL"}
    export = replace(papers, direction="export", lodged_epoch=papers.lodged_epoch + 9 * DAY, **other)
    assert standing(deepcopy(experienced), [papers, *events, export]) == set()


def test_papers_of_the_voyage_behind_are_not_held_against_the_next_one(experienced: MovementEngine) -> None:
    events, papers = measured(SUSPECT, BEGINS), declared(SUSPECT, BEGINS)
    again = [event | {"event_id": f"AGAIN-{event['event_id']}"} for event in measured(SUSPECT, BEGINS + 38 * DAY)]
    for event in again:
        if "seals" in event:
            event["seals"] = [{"number": "SECOND1"}]
    found = standing(deepcopy(experienced), [papers, *events, *again])
    assert not [typology for typology, _ in found if typology in ("seal_mismatch", "mass_mismatch")]
    assert ("undeclared", again[SEALED]["event_id"]) in found, "its goods are in no declaration"


def test_an_earlier_version_that_comes_later_says_nothing(experienced: MovementEngine) -> None:
    events, good = measured(SUSPECT, BEGINS), declared(SUSPECT, BEGINS, version=2)
    assert standing(deepcopy(experienced), [good, *events, replace(good, version=1, seals=("WRONG1",))]) == set()


def test_a_plan_that_no_longer_holds_is_not_missed(experienced: MovementEngine) -> None:
    events, later = measured(SUSPECT, BEGINS), measured(400_000, BEGINS + 45 * DAY)[:1]
    elsewhere = {"type": "POTE", "un_location_code": "BEANR"}
    plan = planned(events, "PLAN", facility=elsewhere)
    back = plan | {"event_id": "BACK", "retracted_event_id": "PLAN"}
    moved = plan | {"event_id": "MOVED", "classifier": "EST", "recorded_at": events[3]["recorded_at"], "occurred_at": timestamp(BEGINS + 85 * DAY)}
    nowhere = {name: value for name, value in plan.items() if name != "facility"}
    missed = ("shortlanded", "PLAN")
    assert missed in standing(deepcopy(experienced), [*events[:3], plan, *events[3:], *later])
    for told in ([plan, back], [back, plan], [plan, moved], [nowhere]):
        assert missed not in standing(deepcopy(experienced), [*events[:3], *told, *events[3:], *later])


def test_what_comes_after_all_is_missed_no_more(experienced: MovementEngine) -> None:
    events, papers = measured(SUSPECT, BEGINS), declared(SUSPECT, BEGINS)
    plan, meanwhile = planned(events, "PLAN"), voyage(400_000, BEGINS + 60 * DAY)[:1]
    engine = deepcopy(experienced)
    assert ("shortlanded", "PLAN") in standing(engine, [*events[:3], plan, events[3], *meanwhile])
    found = take(engine, [*events[4:]])
    assert [(one.typology, one.status) for one in found if one.typology == "shortlanded"] == [("shortlanded", "withdrawn")]
    engine = deepcopy(experienced)
    assert ("never_arrived", papers.declaration_id) in standing(engine, [papers, *meanwhile])
    assert [(one.typology, one.status) for one in take(engine, [events[4]]) if one.typology == "never_arrived"] == [("never_arrived", "withdrawn")]


def test_a_voyage_is_corrected_after_the_next_one_has_begun(experienced: MovementEngine) -> None:
    events, papers = other_seals(), declared(SUSPECT, BEGINS)
    back = events[SEALED] | {"event_id": "BACK", "retracted_event_id": events[SEALED]["event_id"]}
    begun = measured(SUSPECT, BEGINS + 38 * DAY)[0] | {"event_id": "AGAIN-0"}
    in_order = standing(deepcopy(experienced), [papers, *events, back, begun])
    assert standing(deepcopy(experienced), [papers, *events, begun, back]) == in_order
    assert "seal_change" not in {typology for typology, _ in in_order}
    assert "seal_change" in {typology for typology, _ in standing(deepcopy(experienced), [papers, *events, begun])}


def test_a_voyage_is_given_up_days_after_the_next_one_has_begun(experienced: MovementEngine) -> None:
    engine, events = deepcopy(experienced), measured(SUSPECT, BEGINS)
    again = [event | {"event_id": f"AGAIN-{event['event_id']}"} for event in measured(SUSPECT, BEGINS + 38 * DAY)]
    kept = []
    for some in ([*events, *again[:2]], again[2:]):
        take(engine, [*some])
        container = engine.containers.get(equipment(SUSPECT))
        assert container is not None
        kept.append([step.event_id for step in container.itinerary.steps])
    assert kept == [[event["event_id"] for event in (*events, *again[:2])], [event["event_id"] for event in again]]


@pytest.mark.parametrize(("ship", "missed"), [(VESSEL, False), ("9999999", True), (None, False)], ids=["its own ship", "another ship", "no ship"])
def test_a_known_container_that_is_declared_again_and_does_not_come_is_missed(experienced: MovementEngine, ship: str | None, missed: bool) -> None:
    """Papers on the ship that it came on, or on none, may be late ones of the voyage behind."""
    events, papers = measured(SUSPECT, BEGINS), declared(SUSPECT, BEGINS)
    lodged = BEGINS + 40 * DAY
    later = replace(papers, declaration_id="LATER", lodged_at=timestamp(lodged), lodged_epoch=lodged, vessel_imo=ship, seals=("OTHER1",))
    meanwhile = voyage(400_000, lodged + 11 * DAY)[:1]
    engine = deepcopy(experienced)
    found = standing(engine, [papers, *events, later, *meanwhile])
    assert (("never_arrived", "LATER") in found) == missed
    assert bool([typology for typology, _ in found if typology == "seal_mismatch"]) != missed, "of the next voyage the one behind says nothing"
    if missed:
        again = [event | {"event_id": f"AGAIN-{event['event_id']}"} for event in measured(SUSPECT, lodged + 12 * DAY)]
        told = take(engine, again[:1])
        assert [(one.typology, one.status) for one in told if one.typology == "never_arrived"] == [("never_arrived", "withdrawn")]
