"""Control outcomes through a running worker: each is answered with what became of it, and moves its counter."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.schemas import schema
from tests.integration.conftest import Service
from tests.support.service_events import encoded, plain_declaration, plain_outcome, today

pytestmark = pytest.mark.broker

Send = Callable[[str, dict[str, Any]], dict[str, Any]]


@pytest.fixture
def send(service: Service) -> Send:
    """Sends one event and returns its one receipt."""

    def send(alias: str, document: dict[str, Any]) -> dict[str, Any]:
        place = service.sender.raw(alias, encoded(document), b"T-1", headers(TYPES[alias], "outcome-test", f"{alias}-id"))
        (receipt,) = service.receipts_of(alias, [place])[place]
        assert schema("receipt.v1").faults(receipt) == []
        assert receipt["event_id"] == f"{alias}-id"
        return receipt

    return send


@pytest.fixture
def moved(service: Service) -> Callable[[str], float]:
    """How far the counter of a note has moved since the test began."""
    notes = ("learned", "learned_late", "repeated", "unknown_declaration", "unknown_item")
    before = {note: service.worker.metric("tidewaiter_outcomes_total", note=note) for note in notes}
    return lambda note: service.worker.metric("tidewaiter_outcomes_total", note=note) - before[note]


def test_an_outcome_of_a_known_declaration_is_learned(send: Send, moved: Callable[[str], float]) -> None:
    assert send("declarations", plain_declaration("O-KNOWN"))["status"] == "accepted"
    receipt = send("outcomes", plain_outcome("R-1", "O-KNOWN"))
    assert (receipt["status"], receipt["note"], receipt["errors"]) == ("accepted", "learned", [])
    assert moved("learned") == 1


def test_once_outcomes_were_learned_the_non_compliance_head_has_an_opinion(send: Send, service: Service) -> None:
    send("declarations", plain_declaration("O-BEFORE"))
    send("outcomes", plain_outcome("R-2", "O-BEFORE"))
    send("declarations", plain_declaration("O-AFTER"))
    found = [
        record
        for record in service.reader.until(service.topic("assessments"), lambda r: any(x.key == b"O-AFTER" for x in r))
        if record.key == b"O-AFTER"
    ]
    probability = orjson.loads(found[0].value)["items"][0]["scores"]["non_compliance"]
    assert 0.0 < probability <= 1.0


def test_the_same_outcome_again_is_a_duplicate_that_teaches_nothing(send: Send, moved: Callable[[str], float]) -> None:
    send("declarations", plain_declaration("O-TWICE"))
    send("outcomes", plain_outcome("R-3", "O-TWICE"))
    receipt = send("outcomes", plain_outcome("R-3", "O-TWICE"))
    assert (receipt["status"], receipt["note"]) == ("duplicate", "repeated")
    assert (moved("learned"), moved("repeated")) == (1, 1)


def test_an_outcome_months_later_is_learned_and_counted_as_late(send: Send, moved: Callable[[str], float]) -> None:
    send("declarations", plain_declaration("O-LATE", lodged_at=today(hours_ago=24 * 60)))
    receipt = send("outcomes", plain_outcome("R-4", "O-LATE"))
    assert (receipt["status"], receipt["note"]) == ("accepted", "learned_late")
    assert (moved("learned_late"), moved("learned")) == (1, 0)


def test_an_outcome_that_comes_first_waits_for_its_declaration_and_is_then_learned(send: Send, moved: Callable[[str], float]) -> None:
    receipt = send("outcomes", plain_outcome("R-5", "O-EARLY"))
    assert (receipt["status"], receipt["note"]) == ("accepted", "unknown_declaration")
    assert (moved("unknown_declaration"), moved("learned")) == (1, 0)
    assert send("declarations", plain_declaration("O-EARLY"))["status"] == "accepted"
    assert moved("learned") == 1
    assert send("outcomes", plain_outcome("R-5", "O-EARLY"))["note"] == "repeated"


def test_an_outcome_for_an_item_that_was_not_declared_says_so(send: Send, moved: Callable[[str], float]) -> None:
    send("declarations", plain_declaration("O-ITEM"))
    receipt = send("outcomes", plain_outcome("R-6", "O-ITEM", item_number=7))
    assert (receipt["status"], receipt["note"]) == ("accepted", "unknown_item")
    assert moved("unknown_item") == 1


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"result": "ZZQXSECRET"}, "not_allowed", "/result"),
        ({"declaration_id": None}, "missing_field", "/declaration_id"),
        ({"decided_at": "2001-02-03T04:05:06Z"}, "too_old", "/decided_at"),
        ({"item_number": 0}, "out_of_range", "/item_number"),
    ],
)
def test_a_bad_outcome_goes_to_the_dead_letters_of_outcomes(send: Send, service: Service, changes: dict[str, Any], code: str, pointer: str) -> None:
    body = plain_outcome("R-BAD", "O-BAD", **changes)
    receipt = send("outcomes", body)
    assert receipt["status"] == "rejected"
    assert (receipt["errors"][0]["code"], receipt["errors"][0]["pointer"]) == (code, pointer)
    place = ("__streams.errors.offset", b"%d" % receipt["offset"])

    def letters(records: list[Any]) -> list[Any]:
        return [record for record in records if place in record.headers and record.value == encoded(body)]

    (letter,) = letters(service.reader.until(service.topic("outcomes_dlq"), lambda records: bool(letters(records))))
    assert dict(letter.headers)["tidewaiter.error.code"] == code.encode()
    assert not letters(service.reader.records[service.topic("declarations_dlq")])
    assert "ZZQXSECRET" not in service.worker.log_text()


def test_a_declaration_on_the_topic_of_outcomes_is_refused_by_its_type(service: Service) -> None:
    given = headers(TYPES["declarations"], "outcome-test", "misplaced")
    place = service.sender.raw("outcomes", encoded(plain_declaration("O-MISPLACED")), b"T-1", given)
    (receipt,) = service.receipts_of("outcomes", [place])[place]
    assert (receipt["status"], receipt["errors"][0]["code"]) == ("rejected", "unknown_version")
