"""Answers to alerts through a running worker, and what comes of them on the topic of indicators and in the metrics."""

from typing import Any

import orjson
import pytest

from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.schemas import schema
from stream_app.learning.intervals import wilson
from tests.integration.conftest import Service
from tests.support.service_events import encoded, plain_declaration, plain_outcome, today
from tests.support.service_worker import eventually

pytestmark = pytest.mark.broker

SENT = 12
LATE_HOURS = 30


@pytest.fixture(scope="module")
def watched(fleet: dict[str, Service]) -> Service:
    """A worker whose random sample takes nine of ten items, so that there are alerts at once; its figures are told every hour."""
    return fleet["indicators"]


def send(service: Service, alias: str, document: dict[str, Any]) -> dict[str, Any]:
    """Sends one event and returns its receipt."""
    place = service.sender.raw(alias, encoded(document), b"T-1", headers(TYPES[alias], "clearance-7", f"{alias}-id"))
    (receipt,) = service.receipts_of(alias, [place])[place]
    return receipt


@pytest.fixture(scope="module")
def alerts(watched: Service) -> list[dict[str, Any]]:
    """Alerts of declarations that were lodged more than a day ago."""
    for number in range(SENT):
        send(watched, "declarations", plain_declaration(f"I-{number}", lodged_at=today(hours_ago=LATE_HOURS + 1)))
    watched.reader.until(watched.topic("alerts"), lambda records: len(records) >= 4)
    return watched.documents("alerts")


def answer(alert: dict[str, Any], said: str, **changes: Any) -> dict[str, Any]:
    decided = today(hours_ago=LATE_HOURS)
    given = {"alert_id": alert["alert_id"], "answer": said, "result": None, "decided_at": decided}
    return plain_outcome(f"A-{said}", alert["declaration_id"], **{**given, **changes})


@pytest.fixture(scope="module")
def notes(watched: Service, alerts: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """Status and note of the receipts of some answers."""
    asked = {
        "confirmed": answer(alerts[0], "confirmed_risk"),
        "again": answer(alerts[0], "confirmed_risk"),
        "valuable": answer(alerts[1], "valuable"),
        "false": answer(alerts[2], "false_positive"),
        "unknown": answer(alerts[3], "false_positive", alert_id="dd3a0035-37c2-53e5-baf6-a22f122c4549"),
    }
    receipts = {name: send(watched, "outcomes", document) for name, document in asked.items()}
    return {name: (receipt["status"], receipt["note"]) for name, receipt in receipts.items()}


def test_each_answer_is_told_what_became_of_it(notes: dict[str, tuple[str, str]]) -> None:
    assert notes == {
        "confirmed": ("accepted", "learned"),
        "again": ("duplicate", "repeated"),
        "valuable": ("accepted", "counted"),
        "false": ("accepted", "learned"),
        "unknown": ("accepted", "unknown_alert"),
    }


def test_an_answer_without_its_alert_or_beside_a_result_is_refused(watched: Service, alerts: list[dict[str, Any]]) -> None:
    without = send(watched, "outcomes", answer(alerts[0], "valuable", alert_id=None))
    assert (without["status"], without["errors"][0]["code"], without["errors"][0]["pointer"]) == ("rejected", "missing_field", "/alert_id")
    beside = send(watched, "outcomes", answer(alerts[0], "valuable", result="compliant"))
    assert (beside["status"], beside["errors"][0]["code"], beside["errors"][0]["pointer"]) == ("rejected", "not_allowed", "/result")


def test_the_precision_of_what_was_answered_arrives_as_an_indicator_and_a_metric(watched: Service, notes: dict[str, tuple[str, str]]) -> None:
    """Two of three answers say that the selection was right."""
    assert notes["valuable"][1] == "counted"
    send(watched, "declarations", plain_declaration("I-NEXT-HOUR"))
    topic = watched.topic("indicators")
    records = watched.reader.until(topic, lambda found: any(b'"precision"' in record.value for record in found))
    told = [orjson.loads(record.value) for record in records]
    assert [fault for document in told for fault in schema("indicator.v1").faults(document)] == []
    assert all(b"T-1" not in record.value and b"D-1" not in record.value for record in records)
    (precision,) = [one for one in told if one["name"] == "precision" and one["subject"]["by"] == "reason"]
    expected = wilson(2 / 3, 3.0)
    assert (precision["subject"]["of"], precision["value"], precision["n"]) == ("random", pytest.approx(2 / 3, abs=1e-3), 3.0)
    assert precision["interval"]["lower"] == pytest.approx(expected.lower, abs=1e-3)
    assert precision["partition"] == 0
    (record,) = [record for record in records if orjson.loads(record.value) == precision]
    assert record.key == b"precision/reason/random/all"
    assert dict(record.headers)["ce_id"].decode() == precision["indicator_id"]
    assert watched.worker.metric("tidewaiter_indicators_total", kind="feedback", indicator="precision") >= 1
    labels = {"figure": "precision", "by": "reason", "of": "random", "segment": "all"}

    def shown() -> list[float]:
        """Set once a second."""
        return [
            watched.worker.metric("tidewaiter_feedback_ratio", bound="value", **labels),
            watched.worker.metric("tidewaiter_feedback_controls", **labels),
        ]

    expected_gauges = pytest.approx([2 / 3, 3.0], abs=1e-3)
    assert eventually(lambda: shown() == expected_gauges), shown()
