"""Declarations against movements, whichever comes first: both documents in the evidence, and the declaration's own alert raised."""

from copy import deepcopy
from typing import Any

import orjson
import pytest

from stream_app.contracts.declared import Declared, decode_declared, encode_declared
from stream_app.contracts.movement_assessment import MovementAlert
from stream_app.contracts.schemas import schema
from stream_app.engine.engine import Engine
from stream_app.engine.movements.engine import MovementEngine
from stream_app.engine.movements.joining import declared_containers
from stream_app.engine.pipeline import Pipeline
from tests.support.goods import declaration_document, decode, item_document
from tests.support.voyages import LATER, START, Document, equipment, read, timestamp, voyage

DAY = 86_400.0
KNOWN = 120
SUSPECT = 900_001


def declared(number: int, begins: float, **changes: Any) -> Declared:
    """What an honest declaration says of the container of that voyage, lodged a day before it is released."""
    events = voyage(number, begins)
    document = declaration_document(
        f"26NL{number:06d}",
        [item_document(gross_mass_kg=round(events[2]["gross_mass_kg"] - 3_800.0, 1), net_mass_kg=10_000.0)],
        **{
            "lodged_at": events[4]["occurred_at"],
            "departure_country": events[0]["facility"]["un_location_code"][:2],
            "containers": [{"equipment_id": equipment(number), "seals": [{"number": f"SEAL{number}"}]}],
        }
        | changes,
    )
    declaration = decode(document, LATER)
    (found,) = declared_containers(declaration, Engine(Pipeline(), mode="replay").process(declaration))
    return found


def measured(number: int, begins: float) -> list[Document]:
    """The voyage of a 40-foot container, whose tare is known by its type."""
    return [event | {"iso_equipment_code": "42G1"} for event in voyage(number, begins)]


@pytest.fixture(scope="module")
def experienced() -> MovementEngine:
    """Honest voyages, each with its declaration."""
    engine = MovementEngine(Pipeline(), mode="replay")
    for number in range(1, KNOWN + 1):
        begins = START + number * 7_200
        for movement in read(measured(number, begins)[:4]):
            engine.process(movement)
        engine.declare(declared(number, begins))
        for movement in read(measured(number, begins)[4:]):
            engine.process(movement)
    return engine


def said(engine: MovementEngine, events: list[Document], papers: Declared, first: bool) -> tuple[dict[str, MovementAlert], list[dict[str, Any]]]:
    """The alerts that stand, and the declaration's own, revision by revision, with the declaration taken in before the movements or after them."""
    alerts: dict[str, MovementAlert] = {}
    revised: list[dict[str, Any]] = []
    steps = [lambda movement=movement: engine.process(movement) for movement in read(events)]
    steps.insert(0 if first else len(steps), lambda: engine.declare(papers))
    for take in steps:
        result = take()
        alerts |= {alert.alert_id: alert for alert in result.alerts}
        revised += [alert for finding in result.contradictions if (alert := engine.revise(finding)) is not None]
    return {one: alert for one, alert in alerts.items() if alert.status == "raised"}, revised


@pytest.mark.parametrize("first", [True, False])
def test_an_honest_declaration_raises_nothing(experienced: MovementEngine, first: bool) -> None:
    begins = START + 100 * DAY
    alerts, revised = said(deepcopy(experienced), measured(SUSPECT, begins), declared(SUSPECT, begins), first)
    assert (alerts, revised) == ({}, [])


@pytest.mark.parametrize("first", [True, False])
def test_other_seals_than_declared_raise_the_declaration_too(experienced: MovementEngine, first: bool) -> None:
    begins = START + 100 * DAY
    events = measured(SUSPECT, begins)
    for event in events:
        if "seals" in event:
            event["seals"] = [{"number": "OTHER1"}]
    alerts, revised = said(deepcopy(experienced), events, declared(SUSPECT, begins), first)
    assert {alert.typology for alert in alerts.values()} == {"seal_mismatch"}
    for alert in alerts.values():
        assert {evidence.document for evidence in alert.evidence} == {"declaration", "movement"}
        assert alert.declaration_ids == [f"26NL{SUSPECT:06d}"]
        assert schema("movement_alert.v1").faults(orjson.loads(orjson.dumps(alert))) == []
    documents = revised
    assert [document["revision"] for document in documents] == list(range(1, len(documents) + 1))
    assert len({document["alert_id"] for document in documents}) == 1
    for document in documents:
        assert schema("alert.v1").faults(document) == []
        assert document["reasons"][0]["code"] == "seal_mismatch"


def test_an_alert_that_there_was_keeps_its_id_and_its_typology(experienced: MovementEngine) -> None:
    begins = START + 100 * DAY
    events = measured(SUSPECT, begins)
    events[4]["seals"] = [{"number": "OTHER1"}]
    papers = declared(SUSPECT, begins)
    alert = papers.alert | {"revision": 1, "typology": "unit_value", "alert_id": "6f0e2c1e-3f0b-5c4e-9a55-7e1d5a9f2b10", "severity": "critical"}
    earlier = decode_declared(encode_declared(papers).replace(orjson.dumps(papers.alert), orjson.dumps(alert)))
    assert earlier.alert == alert
    _, (revised, *_) = said(deepcopy(experienced), events, earlier, True)
    assert (revised["alert_id"], revised["revision"], revised["typology"]) == (alert["alert_id"], 2, "unit_value")
    assert (revised["severity"], revised["lane"]) == ("critical", "red")


def test_a_container_that_leaves_undeclared_is_alerted_until_its_declaration_comes(experienced: MovementEngine) -> None:
    engine, begins = deepcopy(experienced), START + 100 * DAY
    alerts = [alert for movement in read(measured(SUSPECT, begins)) for alert in engine.process(movement).alerts]
    assert [(alert.typology, alert.status) for alert in alerts] == [("undeclared", "raised")]
    (withdrawn,) = engine.declare(declared(SUSPECT, begins)).alerts
    assert (withdrawn.alert_id, withdrawn.status, withdrawn.revision) == (alerts[0].alert_id, "withdrawn", 2)


def test_another_country_of_departure_than_declared_is_alerted(experienced: MovementEngine) -> None:
    begins = START + 100 * DAY
    alerts, _ = said(deepcopy(experienced), measured(SUSPECT, begins), declared(SUSPECT, begins, departure_country="CH"), True)
    assert {alert.typology for alert in alerts.values()} == {"route_mismatch"}


def test_a_declared_container_that_is_never_seen_is_alerted_after_the_days_of_grace(experienced: MovementEngine) -> None:
    engine, lodged = deepcopy(experienced), START + 100 * DAY
    for number in range(300_000, 300_060):  # others that come late, but come
        engine.declare(declared(number, lodged - 30 * DAY))
        for movement in read(voyage(number, lodged - 20 * DAY)):
            engine.process(movement)
    papers = declared(SUSPECT, lodged)
    engine.declare(papers)
    later = voyage(400_000, papers.lodged_epoch + 10.5 * DAY)[:1]
    (movement,) = read(later)
    (missed,) = engine.process(movement).missed
    (alert,) = missed.alerts
    assert (alert.typology, alert.equipment_id, alert.event_id) == ("never_arrived", equipment(SUSPECT), papers.declaration_id)
    assert [(one.declaration_id, one.typology, one.standing) for one in missed.contradictions] == [(papers.declaration_id, "never_arrived", True)]


def test_a_planned_discharge_that_does_not_take_place_is_alerted(experienced: MovementEngine) -> None:
    engine, begins = deepcopy(experienced), START + 100 * DAY
    sent: list[Document] = []
    for number in range(300_000, 300_060):
        events = voyage(number, begins)
        plan = deepcopy(events[4]) | {"event_id": f"PLAN-{number}", "classifier": "PLN", "recorded_at": events[3]["recorded_at"]}
        sent += [*events[:4], plan, *([] if number == 300_059 else events[4:])]
    sent.append(voyage(400_000, begins + 60 * DAY)[0])
    results = [engine.process(movement) for movement in read(sorted(sent, key=lambda event: event["recorded_at"]))]
    alerts = [alert for result in results for missed in result.missed for alert in missed.alerts]
    assert [(alert.typology, alert.equipment_id) for alert in alerts] == [("shortlanded", equipment(300_059))]
    assert [(evidence.document, evidence.id) for evidence in alerts[0].evidence] == [("movement", "PLAN-300059")]


def test_what_is_sent_to_the_movements_is_read_as_it_was() -> None:
    papers = declared(SUSPECT, START)
    assert decode_declared(encode_declared(papers)) == papers
    assert timestamp(papers.lodged_epoch) == papers.lodged_at


def test_a_declaration_with_several_containers_says_no_mass_of_any() -> None:
    document = declaration_document(containers=[{"equipment_id": equipment(1)}, {"equipment_id": equipment(2)}])
    declaration = decode(document)
    found = declared_containers(declaration, Engine(Pipeline(), mode="replay").process(declaration))
    assert [(one.equipment_id, one.gross_mass_kg, one.alert["revision"]) for one in found] == [(equipment(1), None, 0), (equipment(2), None, 0)]


def test_what_a_container_takes_back_its_declaration_takes_back(experienced: MovementEngine) -> None:
    engine, begins = deepcopy(experienced), START + 100 * DAY
    events, papers = measured(SUSPECT, begins), declared(SUSPECT, begins)
    for event in events:
        if "seals" in event:
            event["seals"] = [{"number": "OTHER1"}]
    _, revised = said(engine, events, papers, True)
    assert revised[-1]["selection"]["reason"] == "mandatory:rule"
    taken_back = [
        event | {"event_id": f"R{number}", "retracted_event_id": event["event_id"], "recorded_at": timestamp(LATER)}
        for number, event in enumerate(events)
        if "seals" in event
    ]
    last = [alert for movement in read(taken_back) for one in engine.process(movement).contradictions if (alert := engine.revise(one))][-1]
    assert (last["alert_id"], last["revision"] > revised[-1]["revision"]) == (revised[-1]["alert_id"], True)
    assert [last[name] for name in ("reasons", "score", "severity", "lane", "selection")] == [
        papers.alert[name] for name in ("reasons", "score", "severity", "lane", "selection")
    ]
    assert schema("alert.v1").faults(last) == []
