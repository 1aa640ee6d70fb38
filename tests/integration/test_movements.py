"""Movements through a running worker: every one answered, bad ones dead-lettered, alerts and their withdrawal published, as a replay has them."""

import time
from copy import deepcopy
from typing import Any

import orjson
import pytest

from stream_app.contracts.check_digits import equipment_check_digit
from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.decode import Limits
from stream_app.contracts.movement import decode_movement
from stream_app.contracts.schemas import schema
from stream_app.engine.movements.engine import MovementEngine
from stream_app.engine.pipeline import Pipeline
from tests.integration.conftest import Service
from tests.support.service_events import encoded
from tests.support.voyages import Document, voyage

pytestmark = pytest.mark.broker

DAY = 86_400.0
VOYAGES = 200
SWAPPED = 190


def recent(number: int) -> list[Document]:
    """A voyage that ended in the last weeks: the service takes no records from the future."""
    return voyage(number, time.time() - (80 - number / 10) * DAY)


@pytest.fixture(scope="module")
def moves(fleet: dict[str, Service]) -> Service:
    return fleet["movements"]


@pytest.fixture(scope="module")
def sent(moves: Service) -> tuple[list[tuple[Document, tuple[int, int]]], list[Document]]:
    """Voyages with a swapped seal among them; after all of them, the inspection that explains it. With their places, and what was said."""
    events = [event for number in range(1, VOYAGES) for event in recent(number)]
    swapped = [event for event in events if event["equipment_id"] == recent(SWAPPED)[0]["equipment_id"]]
    swapped[6]["seals"] = [{"number": "OTHER1"}]
    events.append(deepcopy(swapped[5]) | {"event_id": "INSPECTED", "event_type": "INSP"})
    places = [(event, moves.sender.raw("movements", encoded(event), event["equipment_id"].encode(), named(event["event_id"]))) for event in events]
    moves.receipts_of("movements", [place for _, place in places])
    return places, assessments_of(moves, [place for _, place in places])


def assessments_of(service: Service, places: list[tuple[int, int]]) -> list[Document]:
    """What was said of the movements at these places, once each was assessed; all that came twice comes twice."""
    wanted = set(places)

    def found() -> list[Document]:
        return [one for one in service.documents("movement_assessments") if (one["source"]["partition"], one["source"]["offset"]) in wanted]

    service.reader.until(service.topic("movement_assessments"), lambda records: len(records) >= len(wanted) and len(found()) >= len(wanted))
    return found()


def named(event_id: str) -> list[tuple[str, bytes]]:
    return headers(TYPES["movements"], "terminal", event_id)


def test_every_movement_has_one_valid_assessment_and_a_receipt(moves: Service, sent: Any) -> None:
    places, assessments = sent
    by_place = {(one["source"]["partition"], one["source"]["offset"]): one for one in assessments}
    assert len(by_place) == len(assessments) == len(places)
    for event, place in places:
        assert by_place[place]["event_id"] == event["event_id"]
        assert schema("movement_assessment.v1").faults(by_place[place]) == []
    receipts = moves.receipts_of("movements", [place for _, place in places])
    assert {receipt["status"] for found in receipts.values() for receipt in found} == {"accepted"}


def test_a_swapped_seal_is_alerted_and_withdrawn_once_the_inspection_is_known(moves: Service, sent: Any) -> None:
    container = recent(SWAPPED)[0]["equipment_id"]
    topic = moves.topic("movement_alerts")

    def found() -> list[Document]:
        return [one for one in moves.documents("movement_alerts") if one["equipment_id"] == container and one["typology"] == "seal_change"]

    moves.reader.until(topic, lambda _: len(found()) >= 2)
    alerts = found()
    assert [(one["status"], one["revision"]) for one in alerts] == [("raised", 1), ("withdrawn", 2)]
    assert len({one["alert_id"] for one in alerts}) == 1
    assert [schema("movement_alert.v1").faults(one) for one in alerts] == [[], []]


def test_the_service_says_what_the_engine_says_of_each_partition(moves: Service, sent: Any) -> None:
    places, assessments = sent
    engines = {number: MovementEngine(Pipeline()) for number in (0, 1)}
    expected = []
    for event, (partition, _) in places:
        movement = decode_movement(encoded(event), Limits(), time.time())
        expected.append(orjson.loads(orjson.dumps(engines[partition].process(movement).assessment)))
    said = {one["assessment_id"]: one | {"source": None} for one in assessments}
    assert [said[one["assessment_id"]] for one in expected] == expected


@pytest.mark.parametrize(
    ("change", "code", "pointer", "status"),
    [
        ({"event_type": "FLEW"}, "not_allowed", "/event_type", "rejected"),
        ({"occurred_at": None}, "missing_field", "/occurred_at", "rejected"),
        ({}, "duplicate", "/event_id", "duplicate"),
    ],
)
def test_a_movement_at_fault_gets_its_receipt_and_its_dead_letter(
    moves: Service, sent: Any, change: Any, code: str, pointer: str, status: str
) -> None:
    event = {name: value for name, value in (sent[0][-5][0] | change).items() if value is not None}
    place = moves.sender.raw("movements", encoded(event), event["equipment_id"].encode(), named("again"))
    (receipt,) = moves.receipts_of("movements", [place])[place]
    assert (receipt["status"], receipt["errors"][0]["code"], receipt["errors"][0]["pointer"]) == (status, code, pointer)
    topic = moves.topic("movements_dlq")

    def mine(records: list[Any]) -> list[Any]:
        at = ("__streams.errors.offset", b"%d" % place[1]), ("__streams.errors.partition", b"%d" % place[0])
        return [record for record in records if set(at) <= set(record.headers)]

    (letter,) = mine(moves.reader.until(topic, lambda records: bool(mine(records))))
    assert letter.value == encoded(event)


def test_a_wrong_check_digit_is_refused_by_its_name(moves: Service, sent: Any) -> None:
    event = deepcopy(sent[0][-5][0])
    number = event["equipment_id"]
    event["equipment_id"] = f"{number[:10]}{(equipment_check_digit(number[:10]) + 1) % 10}"
    place = moves.sender.raw("movements", encoded(event), b"any", named("wrong-digit"))
    (receipt,) = moves.receipts_of("movements", [place])[place]
    assert receipt["errors"] == [{"pointer": "/equipment_id", "code": "bad_format", "message": "its check digit does not fit (ISO 6346, annex A)"}]


def test_movements_are_counted_in_the_metrics(moves: Service, sent: Any) -> None:
    status, text = moves.worker.get("/metrics")
    assert status == 200
    assert 'tidewaiter_events_total{result="accepted",topic="movements"}' in text
    assert 'tidewaiter_keys_held{table="movements.containers"}' in text
    assert 'tidewaiter_movement_alerts_withdrawn_total{typology="seal_change"}' in text


def test_a_restarted_worker_goes_on_from_its_checkpoint(moves: Service, sent: Any) -> None:
    engines = {number: MovementEngine(Pipeline()) for number in (0, 1)}
    for event, (partition, _) in sent[0]:
        engines[partition].process(decode_movement(encoded(event), Limits(), time.time()))
    assert moves.worker.stop() == 0
    with moves.house.worker() as heir:
        heir.await_ready()
        later = recent(VOYAGES)
        places = [moves.sender.raw("movements", encoded(event), event["equipment_id"].encode(), named(event["event_id"])) for event in later]
        receipts = moves.receipts_of("movements", places)
        assert {receipt["status"] for found in receipts.values() for receipt in found} == {"accepted"}
        said = {(one["source"]["partition"], one["source"]["offset"]): one | {"source": None} for one in assessments_of(moves, places)}
        for event, place in zip(later, places, strict=True):
            expected = engines[place[0]].process(decode_movement(encoded(event), Limits(), time.time())).assessment
            assert said[place] == orjson.loads(orjson.dumps(expected))
        restored = [line["inputs"] for line in heir.log_lines() if line["event"] == "checkpoint restored"]
        topic = moves.topic("movements")
        assert sum(inputs.get(topic, 0) for inputs in restored) >= len(sent[0]), "all that was sent before is in the checkpoints"
        again = [line for line in heir.log_lines() if line["event"] == "state restored from the log" and topic in line["topics"]]
        assert again == []
