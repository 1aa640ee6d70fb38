"""Declarations through a running worker: every one gets its assessment and its receipt, and a bad record stops nothing."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
import pytest

from stream_app.contracts.cloudevents import RESULT_TYPES, TYPES, headers
from stream_app.contracts.keys import trader_key
from stream_app.contracts.schemas import schema
from tests.integration.conftest import Service
from tests.support.goods import item_document
from tests.support.service_events import bodies, encoded, plain_declaration, recent_world, today
from tests.support.service_worker import documents

pytestmark = pytest.mark.broker

GOOD = 300
SECONDS = 20.0
"""For everything below together, on a loaded machine; measured 1.5."""

SECRET = "ZZQXSECRET"
CE_TYPE = TYPES["declarations"]


@dataclass(frozen=True)
class Sent:
    name: str
    place: tuple[int, int]
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass(frozen=True)
class Bad:
    """A record, and what is to be said of it: status, code and pointer of its first fault."""

    value: bytes | None
    code: str
    pointer: str = ""
    status: str = "rejected"
    key: bytes | None = b"T-SECRET"
    headers: tuple[tuple[str, bytes], ...] = (("ce_source", b"bad-source"), ("ce_id", b"bad-1"))


def secret(**changes: Any) -> bytes:
    """A good declaration of a secret trader, changed."""
    return encoded(plain_declaration(f"{SECRET}-1", importer_id=f"T-{SECRET}", **changes))


def many_items(count: int) -> list[dict[str, Any]]:
    return [item_document(number) for number in range(1, count + 1)]


FIRST = bodies(recent_world(21, GOOD, outcomes=False), "declarations")[0]
FIRST_KEY = trader_key(orjson.loads(FIRST)).encode()
STALE = encoded(plain_declaration("AMENDED-1", version=2))
BAD = {
    "not JSON": Bad(f'{{"importer_id": "{SECRET}", '.encode(), "not_json"),
    "binary garbage": Bad(random.Random(3).randbytes(5_000), "not_json"),
    "a JSON number": Bad(b"42", "wrong_type"),
    "a JSON list": Bad(b"[]", "wrong_type"),
    "deeply nested JSON": Bad(b"[" * 100_000, "not_json"),
    "NaN": Bad(secret().replace(b'"net_mass_kg":100.0', b'"net_mass_kg":NaN'), "not_json"),
    "an infinite number": Bad(secret().replace(b'"net_mass_kg":100.0', b'"net_mass_kg":1e999'), "not_json"),
    "wrong type": Bad(secret(items=[item_document(net_mass_kg=SECRET)]), "wrong_type", "/items/0/net_mass_kg"),
    "missing field": Bad(secret(office=None), "missing_field", "/office"),
    "unknown field": Bad(secret(**{SECRET: SECRET}), "unknown_field", ""),
    "unknown code": Bad(secret(direction=SECRET), "not_allowed", "/direction"),
    "unknown ce_type": Bad(secret(), "unknown_version", headers=tuple(headers(CE_TYPE.replace(".v1", ".v9"), "bad-source", "bad-1"))),
    "unknown schema_version": Bad(secret(schema_version=99), "unknown_version", "/schema_version"),
    "2 MB": Bad(secret(office=SECRET * 200_000), "too_large"),
    "4 MB, the most that its topic takes": Bad(secret() + b" " * (4_194_304 - 1_500), "too_large"),
    "empty body": Bad(b"", "empty"),
    "blank body": Bad(b" \n", "empty"),
    "tombstone": Bad(None, "tombstone"),
    "same bytes again": Bad(FIRST, "duplicate", "/declaration_id", "duplicate", FIRST_KEY),
    "20 years old": Bad(secret(lodged_at="2006-02-03T04:05:06Z"), "too_old", "/lodged_at"),
    "in the future": Bad(secret(lodged_at=today(hours_ago=-24 * 30)), "in_future", "/lodged_at"),
    "10,000 items": Bad(secret(items=many_items(10_000)), "too_large"),
    "10,000 items in less than 1 MB": Bad(secret(items=[dict.fromkeys(("item_number", "hs_code"), 1)] * 10_000), "too_many", "/items"),
    "1,000 items": Bad(secret(items=many_items(1_000)), "too_many", "/items"),
    "an item twice": Bad(secret(items=[item_document(1), item_document(1)]), "repeated_item", "/items"),
    "no key": Bad(b"{}", "missing_field", key=None),
    "no headers": Bad(b"{}", "missing_field", headers=()),
    "repeated headers": Bad(
        b"{}", "missing_field", headers=(("trace", b"1"), ("ce_id", b"first"), ("trace", b"2"), ("trace", b"\xff\x00"), ("ce_id", b"bad-1"))
    ),
    "headers like ours": Bad(b"{}", "missing_field", headers=(("__streams.errors.topic", b"elsewhere"), ("ce_id", b"bad-1"))),
    "stale version": Bad(encoded(plain_declaration("AMENDED-1", version=1)), "stale_version", "/version", "duplicate", b"T-1"),
}
UNPOINTED = {"no key", "no headers", "repeated headers", "headers like ours"}


@dataclass
class Traffic:
    service: Service
    good: list[Sent]
    bad: dict[str, Sent]
    receipts: dict[tuple[int, int], list[dict[str, Any]]]
    seconds: float

    @cached_property
    def _by_place(self) -> dict[tuple[int, int], list[Any]]:
        found: dict[tuple[int, int], list[Any]] = {}
        for record in self.service.reader.records[self.service.topic("assessments")]:
            source = orjson.loads(record.value)["source"]
            found.setdefault((source["partition"], source["offset"]), []).append(record)
        return found

    def assessments(self, sent: Sent) -> list[Any]:
        """The assessment records of one good record."""
        return self._by_place[sent.place]

    def dead_letters(self, sent: Sent) -> list[Any]:
        place = [("__streams.errors.partition", b"%d" % sent.place[0]), ("__streams.errors.offset", b"%d" % sent.place[1])]
        records = self.service.reader.records[self.service.topic("declarations_dlq")]
        return [record for record in records if set(place) <= set(record.headers)]


@pytest.fixture(scope="module")
def traffic(service: Service) -> Traffic:
    """300 good declarations with all the bad records among them, sent as fast as they go."""
    good: list[Callable[[], Sent]] = []
    bad: dict[str, Callable[[], Sent]] = {}
    left = list(BAD.items())

    def send(name: str, key: bytes | None, value: bytes | None, given: list[tuple[str, bytes]]) -> Callable[[], Sent]:
        place = service.sender.later("declarations", value, key, given)
        return lambda: Sent(name, place(), key, value, given)

    started = time.monotonic()
    service.sender.raw("declarations", STALE, b"T-1")
    for number, body in enumerate(bodies(recent_world(21, GOOD, outcomes=False), "declarations")):
        document = orjson.loads(body)
        good.append(send(document["declaration_id"], trader_key(document).encode(), body, headers(CE_TYPE, f"source-{number % 3}", f"good-{number}")))
        if number % 10 == 9 and left:
            name, record = left.pop(0)
            bad[name] = send(name, record.key, record.value, list(record.headers))
    assert not left
    sent_good, sent_bad = [sent() for sent in good], {name: sent() for name, sent in bad.items()}
    receipts = service.receipts_of("declarations", [sent.place for sent in [*sent_good, *sent_bad.values()]])
    seconds = time.monotonic() - started
    service.reader.settle()
    return Traffic(service, sent_good, sent_bad, receipts, seconds)


def test_every_declaration_has_exactly_one_assessment_that_keeps_to_the_schema(traffic: Traffic) -> None:
    for sent in traffic.good:
        (record,) = traffic.assessments(sent)
        document = orjson.loads(record.value)
        assert schema("assessment.v1").faults(document) == []
        assert document["declaration_id"] == sent.name == record.key.decode()


def test_every_goods_item_of_a_declaration_is_scored(traffic: Traffic) -> None:
    counts = Counter()
    for sent in traffic.good:
        declared = [item["item_number"] for item in orjson.loads(sent.value or b"")["items"]]
        items = orjson.loads(traffic.assessments(sent)[0].value)["items"]
        assert [item["item_number"] for item in items] == declared
        assert all(0.0 <= item["scores"]["anomaly"] <= 1.0 and 0.0 <= item["score"] <= 100.0 for item in items)
        counts[len(items)] += 1
    assert max(counts) > 1


def test_every_declaration_has_one_accepted_receipt_at_its_place_with_its_event_id(traffic: Traffic) -> None:
    for number, sent in enumerate(traffic.good):
        (receipt,) = traffic.receipts[sent.place]
        assert schema("receipt.v1").faults(receipt) == []
        assert (receipt["status"], receipt["errors"]) == ("accepted", [])
        assert receipt["event_id"] == f"good-{number}"


def test_every_output_carries_cloudevents_headers(traffic: Traffic) -> None:
    for alias, event_type in RESULT_TYPES.items():
        records = traffic.service.reader.records[traffic.service.topic(alias)]
        for record in records:
            given = dict(record.headers)
            assert given["ce_specversion"] == b"1.0"
            assert given["ce_type"].decode() == event_type
            assert given["ce_source"] == b"tidewaiter"
            assert given["content-type"] == b"application/json"
            document = orjson.loads(record.value)
            assert given["ce_id"].decode() == document[f"{alias.removesuffix('s')}_id"]
        assert len({dict(record.headers)["ce_id"] for record in records}) == len(records)


def test_receipts_are_keyed_by_the_source_of_the_event(traffic: Traffic) -> None:
    keys = {(r["partition"], r["offset"]): record.key for record, r in _receipt_records(traffic)}
    for number, sent in enumerate(traffic.good):
        assert keys[sent.place] == f"source-{number % 3}".encode()
    assert keys[traffic.bad["no headers"].place] == b"unknown"


def test_the_assessment_says_where_and_when_the_declaration_stood(traffic: Traffic) -> None:
    for sent in traffic.good:
        source = orjson.loads(traffic.assessments(sent)[0].value)["source"]
        assert (source["topic"], source["partition"], source["offset"]) == (traffic.service.topic("declarations"), *sent.place)
        assert abs(source["timestamp_ms"] / 1000 - time.time()) < 600


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_goes_to_the_dead_letters_as_it_came_with_the_reason_beside_it(traffic: Traffic, name: str) -> None:
    sent = traffic.bad[name]
    (letter,) = traffic.dead_letters(sent)
    assert (letter.key, letter.value) == (sent.key, sent.value)
    assert letter.headers[: len(sent.headers)] == sent.headers
    why = dict(letter.headers[len(sent.headers) :])
    assert why.keys() == {*(f"__streams.errors.{name}" for name in ("exception", "message", "topic", "partition", "offset")), "tidewaiter.error.code"}
    assert why["__streams.errors.exception"] == b"stream_app.contracts.errors.ContractError"
    assert why["__streams.errors.topic"].decode() == traffic.service.topic("declarations")
    assert why["tidewaiter.error.code"].decode() == BAD[name].code


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_gets_one_receipt_that_points_at_what_is_wrong(traffic: Traffic, name: str) -> None:
    bad, sent = BAD[name], traffic.bad[name]
    (receipt,) = traffic.receipts[sent.place]
    assert schema("receipt.v1").faults(receipt) == []
    assert receipt["status"] == bad.status
    first = receipt["errors"][0]
    assert first["code"] == bad.code
    if name not in UNPOINTED:
        assert first["pointer"] == bad.pointer
    assert receipt["event_id"] == ("bad-1" if bad.headers else None)


def test_a_bad_record_has_no_assessment_and_no_alert(traffic: Traffic) -> None:
    places = {sent.place for sent in traffic.bad.values()}
    for alias in ("assessments", "alerts"):
        for document in documents(traffic.service.reader.records[traffic.service.topic(alias)]):
            if document["source"]["topic"] == traffic.service.topic("declarations"):
                assert (document["source"]["partition"], document["source"]["offset"]) not in places


def test_bad_records_neither_stop_nor_slow_the_stream(traffic: Traffic) -> None:
    assert traffic.seconds < SECONDS
    assert traffic.service.worker.process.poll() is None


def test_the_values_of_a_bad_record_leave_the_service_in_its_dead_letter_only(traffic: Traffic) -> None:
    """Nor do values of good records reach the log."""
    texts = [repr(record) for record, _ in _receipt_records(traffic)]
    for name, sent in traffic.bad.items():
        (letter,) = traffic.dead_letters(sent)
        texts += [value.decode() for _, value in letter.headers[len(sent.headers) :]]
        assert name
    log = traffic.service.worker.log_text()
    for text in [*texts, log]:
        assert SECRET not in text
        assert "2006-02-03" not in text
    for sent in traffic.good:
        document = orjson.loads(sent.value or b"")
        personal = {document[name] for name in ("declaration_id", "declarant_id", "importer_id", "exporter_id", "seller_id") if document.get(name)}
        assert not [value for value in personal if value in log]


def test_metrics_count_events_items_and_dead_letters_by_reason(traffic: Traffic) -> None:
    worker = traffic.service.worker
    codes = Counter(bad.code for bad in BAD.values())
    for code, count in codes.items():
        assert worker.metric("tidewaiter_dead_letters_total", topic="declarations", reason=code) == count
    rejected = sum(bad.status == "rejected" for bad in BAD.values())
    assert worker.metric("tidewaiter_events_total", topic="declarations", result="rejected") == rejected
    assert worker.metric("tidewaiter_events_total", topic="declarations", result="duplicate") == len(BAD) - rejected
    assert worker.metric("tidewaiter_events_total", topic="declarations", result="accepted") >= GOOD + 1
    assert worker.metric("tidewaiter_end_to_end_seconds_count", topic="declarations") >= GOOD + len(BAD)
    assert worker.metric("tidewaiter_processing_seconds_count", topic="declarations") >= GOOD + len(BAD)


def _receipt_records(traffic: Traffic) -> list[tuple[Any, dict[str, Any]]]:
    records = traffic.service.reader.records[traffic.service.topic("receipts")]
    return [(record, orjson.loads(record.value)) for record in records]
