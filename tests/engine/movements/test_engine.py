"""Whole voyages through the engine: what is alerted, what is withdrawn again, and that the order of arrival does not matter."""

import random
from copy import deepcopy
from typing import Any

import pytest

from stream_app.contracts.errors import Code, ContractError
from stream_app.contracts.movement_assessment import MovementAlert
from stream_app.engine.movements.engine import MovementEngine
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from tests.support.voyages import START, Document, equipment, fleet, read, timestamp, voyage

DAY = 86_400.0
CLEAN = 700
SUSPECT = 900_001


@pytest.fixture(scope="module")
def usual() -> list[Document]:
    return fleet(CLEAN)


def learned(events: list[Document]) -> MovementEngine:
    engine = MovementEngine(Pipeline(), mode="replay")
    for movement in read(events):
        engine.process(movement)
    return engine


@pytest.fixture(scope="module")
def experienced(usual: list[Document]) -> MovementEngine:
    return learned(usual)


@pytest.fixture
def engine(experienced: MovementEngine) -> MovementEngine:
    return deepcopy(experienced)


def suspect() -> list[Document]:
    """A clean voyage that begins when all the others are over."""
    return voyage(SUSPECT, START + 200 * DAY)


def standing(engine: MovementEngine, events: list[Document]) -> dict[str, MovementAlert]:
    """Alerts that stand once all events were taken in, by their ids."""
    found: dict[str, MovementAlert] = {}
    for movement in read(events):
        for alert in engine.process(movement).alerts:
            found[alert.alert_id] = alert
    return {alert_id: alert for alert_id, alert in found.items() if alert.status == "raised"}


def typologies(engine: MovementEngine, events: list[Document]) -> set[str]:
    return {alert.typology for alert in standing(engine, events).values()}


def step(events: list[Document], kind: str, place: str) -> Document:
    return next(event for event in events if (event["event_type"], event["facility"]["un_location_code"]) == (kind, place))


def test_a_clean_voyage_is_not_alerted(engine: MovementEngine) -> None:
    assert typologies(engine, suspect()) == set()


def test_few_clean_containers_are_alerted(usual: list[Document]) -> None:
    engine, alerted = MovementEngine(Pipeline(), mode="replay"), set()
    for movement in read(usual):
        alerted |= {alert.equipment_id for alert in engine.process(movement).alerts}
    assert len(alerted) < 0.02 * CLEAN


def test_another_seal_without_an_inspection_is_alerted_with_both_events(engine: MovementEngine) -> None:
    events = suspect()
    out = step(events, "GTOT", "NLRTM")
    out["seals"] = [{"number": "OTHER1"}]
    (alert,) = standing(engine, events).values()
    assert (alert.typology, alert.selection, alert.lane) == ("seal_change", "mandatory:contradiction", "red")
    assert [evidence.id for evidence in alert.evidence] == [step(events, "DISC", "NLRTM")["event_id"], out["event_id"]]
    assert alert.reasons[0].text == f"seals SEAL{SUSPECT} before, OTHER1 now, and no inspection or resealing recorded in between"


def test_a_seal_changed_by_an_inspection_is_no_finding(engine: MovementEngine) -> None:
    events = suspect()
    step(events, "GTOT", "NLRTM")["seals"] = [{"number": "OTHER1"}]
    events.insert(6, inspection(events))
    assert "seal_change" not in typologies(engine, events)


def inspection(events: list[Document]) -> Document:
    """Half an hour after the release, and recorded after the gate-out."""
    found = deepcopy(step(events, "CUSR", "NLRTM"))
    late = step(events, "STRP", "NLUTC")
    found |= {"event_id": "INSPECTED", "event_type": "INSP", "recorded_at": late["recorded_at"]}
    return found


def test_an_inspection_that_is_recorded_late_takes_the_alert_back(engine: MovementEngine) -> None:
    events = suspect()
    step(events, "GTOT", "NLRTM")["seals"] = [{"number": "OTHER1"}]
    (before,) = standing(engine, events).values()
    (movement,) = read([inspection(events)])
    result = engine.process(movement)
    assert result.assessment.late
    (after,) = [alert for alert in result.alerts if alert.alert_id == before.alert_id]
    assert (after.status, after.revision, result.assessment.withdrawn) == ("withdrawn", 2, [before.alert_id])


@pytest.mark.parametrize("seed", range(5))
def test_the_alerts_that_stand_do_not_depend_on_the_order_of_arrival(experienced: MovementEngine, seed: int) -> None:
    events = suspect()
    step(events, "GTOT", "NLRTM")["seals"] = [{"number": "OTHER1"}]
    in_order = standing(deepcopy(experienced), events)
    shuffled = random.Random(seed).sample(events, len(events))
    assert standing(deepcopy(experienced), shuffled).keys() == in_order.keys()
    assert {alert.typology for alert in in_order.values()} >= {"seal_change"}


def test_a_mass_that_grows_on_the_way_is_alerted(engine: MovementEngine) -> None:
    events = suspect()
    out = step(events, "GTOT", "NLRTM")
    out["gross_mass_kg"] = 1.3 * out["gross_mass_kg"]
    assert typologies(engine, events) == {"mass_change"}


def test_a_month_at_the_terminal_is_alerted_as_a_stay(engine: MovementEngine) -> None:
    events = suspect()
    for days, event in enumerate(events[6:]):
        event["occurred_at"] = event["recorded_at"] = timestamp(START + (280 + days) * DAY)
    assert "dwell" in typologies(engine, events)


def test_one_number_far_away_within_hours_is_alerted(engine: MovementEngine) -> None:
    events = suspect()
    twin = deepcopy(step(events, "GTOT", "NLRTM"))
    twin |= {"event_id": "TWIN", "event_type": "GTIN", "facility": {"un_location_code": "ITGOA", "type": "DEPO"}}
    twin.pop("seals")
    events.insert(7, twin)
    assert "impossible_leg" in typologies(engine, events)


def test_a_place_where_nobody_calls_is_alerted(engine: MovementEngine) -> None:
    events = suspect()
    load, discharge = events[3], events[4]
    odd = deepcopy(discharge) | {"event_id": "ODD", "facility": {"un_location_code": "TGLFW", "type": "POTE"}, "is_transshipment": True}
    odd["occurred_at"] = odd["recorded_at"] = timestamp(START + 222 * DAY)
    odd.pop("seals")
    assert load["occurred_at"] < odd["occurred_at"] < discharge["occurred_at"]
    assert "route_deviation" in typologies(engine, [*events[:4], odd, *events[4:]])


def test_a_container_let_out_before_its_control_is_alerted(engine: MovementEngine) -> None:
    clean = [controlled(number) for number in range(500_000, 500_060)]
    for events in clean:
        for movement in read(events):
            engine.process(movement)
    events = controlled(SUSPECT)
    events.pop(6)  # its result
    assert typologies(engine, events) == {"early_release"}


def controlled(number: int) -> list[Document]:
    """Selected for inspection on the day of its discharge, found in order, and released."""
    events = voyage(number, START + 200 * DAY)
    release = events[5]
    selected = deepcopy(events[4]) | {"event_id": f"SELECTED-{number}", "event_type": "CUSI"}
    found = deepcopy(release) | {"event_id": f"FOUND-{number}", "event_type": "CUSI", "control_result": "compliant"}
    selected.pop("seals")
    return [*events[:5], selected, found, *events[5:]]


def test_an_event_that_came_before_is_a_duplicate(engine: MovementEngine) -> None:
    (movement,) = read(suspect()[:1])
    engine.process(movement)
    with pytest.raises(ContractError) as caught:
        engine.process(movement)
    assert (caught.value.code, caught.value.faults[0].pointer) == (Code.DUPLICATE, "/event_id")


def test_what_was_said_of_an_event_is_withdrawn_with_it(engine: MovementEngine) -> None:
    events = suspect()
    out = step(events, "GTOT", "NLRTM")
    out["seals"] = [{"number": "OTHER1"}]
    (alert,) = standing(engine, events[:7]).values()
    (back,) = read([out | {"event_id": "BACK", "retracted_event_id": out["event_id"]}])
    assert engine.process(back).assessment.withdrawn == [alert.alert_id]


def test_the_same_events_give_the_same_bytes(usual: list[Document]) -> None:
    def results() -> list[Any]:
        engine = MovementEngine(Pipeline(), mode="replay")
        return [engine.process(movement) for movement in read(usual[:2_000])]

    assert results() == results()


def test_containers_are_closed_and_their_number_is_bounded(usual: list[Document]) -> None:
    engine = MovementEngine(parse_pipeline("[movements]\nmax_containers = 8\n"))
    for movement in read(usual[:1_000]):
        engine.process(movement)
    assert engine.sizes()["movements.containers"][0] <= 16
    assert engine.containers.forgotten > 0


def test_ended_voyages_are_closed_after_two_weeks(engine: MovementEngine) -> None:
    # The last of the 700 voyages ends about 33 days after its begin on day 58; the suspect's first event is on day 200.
    assert len(engine.containers) > 0
    (movement,) = read(suspect()[:1])
    engine.process(movement)
    assert len(engine.containers) == 1
    assert engine.containers.closed == CLEAN
    assert engine.containers.get(equipment(1)) is None


def test_every_detector_looks_at_a_fleet_without_failing(usual: list[Document]) -> None:
    engine = MovementEngine(Pipeline(), mode="replay")
    results = [engine.process(movement) for movement in read(usual)]
    assert [failure for result in results for failure in result.failures] == []
    asked = {name for result in results for name in result.assessment.p_values}
    unasked = {name for name, detector in engine.panel.detectors.items() if detector.joins} - {"undeclared"}
    assert asked == set(engine.panel.detectors) - unasked - {"early_release"}, "nothing is declared, and nothing selected for control"


@pytest.mark.parametrize("method", ["score_one", "learn_one", "explain_one"])
def test_a_detector_that_raises_is_named_and_the_others_still_vote(engine: MovementEngine, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def raises(*_: object) -> None:
        raise RuntimeError("broken")

    broken = engine.panel.detectors["seal_change"]
    monkeypatch.setattr(broken, method, raises)
    events = suspect()
    step(events, "GTOT", "NLRTM")["seals"] = [{"number": "OTHER"}]
    results = [engine.process(movement) for movement in read(events)]
    failed = [result for result in results if result.failures]
    assert failed
    assert {failure.detector for result in failed for failure in result.failures} == {"seal_change"}
    assert all(result.assessment.failed == ["seal_change"] for result in failed)
    assert {name for result in failed for name in result.assessment.p_values} > {"sequence"}
