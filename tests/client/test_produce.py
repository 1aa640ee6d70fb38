import itertools
import json
import random
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from kafka import KafkaProducer

from stream_app.brokers.admin import create_topics
from stream_app.brokers.embedded import EmbeddedBroker
from stream_app.brokers.errors import BrokerUnavailableError
from stream_app.brokers.topics import Catalogue
from stream_app.client import produce
from stream_app.client.produce import produce_lines
from stream_app.client.summary import MAX_LISTED, ProduceSummary, Rejection
from tests.support.broker import PATIENCE, Broker
from tests.support.service import EchoService

pytestmark = pytest.mark.broker

ERROR = {"pointer": "/items", "code": "missing_field", "message": "is required"}


def declaration(number: int, trader: str = "T-1", **more: Any) -> bytes:
    return json.dumps({"declaration_id": f"D-{number}", "direction": "import", "importer_id": trader, "n": number} | more).encode() + b"\n"


def judge(body: bytes) -> tuple[str, list[dict[str, str]]] | None:
    if b"silent" in body:
        return None
    if b"again" in body:
        return "duplicate", []
    return ("accepted", []) if body.startswith(b"{") else ("rejected", [ERROR])


def test_every_line_is_answered_and_counted(broker: Broker, topics: Catalogue) -> None:
    lines = [declaration(0), b"not json\n", b"\n", declaration(1, note="again"), b"[1]", declaration(2)]
    with EchoService(broker.connection, topics, judge=judge) as service:
        summary = produce_lines(lines, "declarations", broker.connection, topics)
        received = service.await_records(5)
    assert summary == ProduceSummary(sent=5, accepted=2, rejected=2, duplicate=1, rejections=(Rejection(2, (ERROR,)), Rejection(5, (ERROR,))))
    assert [rejection.errors for rejection in summary.rejections] == [(ERROR,), (ERROR,)]
    assert not summary.clean
    assert sorted((r.value, r.key) for r in received) == sorted(
        [*((declaration(n, **more).strip(), b"T-1") for n, more in ((0, {}), (1, {"note": "again"}), (2, {}))), (b"not json", b""), (b"[1]", b"")]
    )


def test_thousands_of_lines_keep_the_order_of_every_trader(broker: Broker, topics: Catalogue) -> None:
    lines = [declaration(number, trader=f"T-{number % 37}") for number in range(6_000)]
    with EchoService(broker.connection, topics) as service:
        summary = produce_lines(lines, "declarations", broker.connection, topics)
        received = service.await_records(6_000)
    assert summary == ProduceSummary(sent=6_000, accepted=6_000)
    assert summary.clean
    traders: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for record in received:
        traders[record.key].append((record.partition, json.loads(record.value)["n"]))
    assert len(traders) == 37
    for records in traders.values():
        assert len({partition for partition, _ in records}) == 1
        assert [n for _, n in records] == sorted(n for _, n in records)


def test_outcomes_go_to_their_topic_under_the_same_partition_as_their_declaration(broker: Broker, topics: Catalogue) -> None:
    traders = [f"T-{number}" for number in range(20)]
    with (
        EchoService(broker.connection, topics) as declarations,
        EchoService(broker.connection, topics, "outcomes") as outcomes,
    ):
        produce_lines((declaration(1, trader) for trader in traders), "declarations", broker.connection, topics)
        produce_lines((json.dumps({"trader_id": t}).encode() for t in traders), "outcomes", broker.connection, topics)
        places = [{r.key: r.partition for r in service.await_records(20)} for service in (declarations, outcomes)]
    assert places[0] == places[1]
    assert len(places[0]) == 20


def test_silence_is_counted_as_unanswered_after_the_timeout(broker: Broker, topics: Catalogue) -> None:
    lines = [declaration(0), declaration(1, note="silent"), declaration(2)]
    with EchoService(broker.connection, topics, judge=judge):
        summary = produce_lines(lines, "declarations", broker.connection, topics, timeout_seconds=1.0)
    assert summary == ProduceSummary(sent=3, accepted=2, unanswered=1, stopped="no answer for 1 s")


def test_without_receipts_nobody_needs_to_answer(broker: Broker, topics: Catalogue) -> None:
    summary = produce_lines(map(declaration, range(1_000)), "declarations", broker.connection, topics, wait_for_receipts=False)
    assert summary == ProduceSummary(sent=1_000)


def test_a_silent_service_stops_an_endless_stream(broker: Broker, topics: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(produce, "MAX_OUTSTANDING", 500)
    summary = produce_lines(map(declaration, itertools.count()), "declarations", broker.connection, topics, timeout_seconds=0.5)
    assert summary == ProduceSummary(sent=500, unanswered=500, stopped="no answer for 0.5 s; nothing was sent after line 500")


def test_a_full_window_goes_on_as_receipts_come(broker: Broker, topics: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(produce, "MAX_OUTSTANDING", 100)
    with EchoService(broker.connection, topics):
        summary = produce_lines(map(declaration, range(1_000)), "declarations", broker.connection, topics)
    assert summary == ProduceSummary(sent=1_000, accepted=1_000)


def test_memory_is_bounded_by_what_is_under_way(broker: Broker, topics: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(produce, "MAX_PENDING_BYTES", 4 << 20)
    lines = (declaration(number, trader=f"T-{number}", pad="x" * 1_000_000) for number in range(60))
    tracemalloc.start()
    try:
        summary = produce_lines(lines, "declarations", broker.connection, topics, wait_for_receipts=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert summary == ProduceSummary(sent=60)
    assert peak < 28 << 20  # 60 MB were sent; without the bound it is over 36


@pytest.mark.parametrize("alias", ["declarations", "watchlists"])
def test_a_record_larger_than_its_topic_takes_fails_and_the_others_go_on(broker: Broker, topics: Catalogue, alias: str) -> None:
    takes = topics[alias].max_message_bytes or 1_048_588  # Kafka's default of message.max.bytes
    noise = random.Random(1).randbytes(takes * 2).replace(b"\n", b"")[: takes + 1_000]  # no compression makes it less
    lines = [b"first", noise[: takes - 20_000], noise, *(b"line %d" % number for number in range(3_000))]
    summary = produce_lines(lines, alias, broker.connection, topics, wait_for_receipts=False)
    assert (summary.sent, summary.failed) == (3_002, 1)
    assert summary.failures[0].line == 3
    assert "MessageSizeTooLarge" in summary.failures[0].message


def test_only_the_first_rejections_are_described(broker: Broker, topics: Catalogue) -> None:
    with EchoService(broker.connection, topics, judge=judge):
        summary = produce_lines([b"bad"] * 100, "declarations", broker.connection, topics)
    assert summary.rejected == 100
    assert len(summary.rejections) == MAX_LISTED


def test_receipts_of_other_submitters_and_broken_ones_do_not_count(broker: Broker, topics: Catalogue) -> None:
    name, receipts = topics["declarations"].name, topics["receipts"].name
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)

    def lines() -> Iterator[bytes]:
        foreign = [
            {"topic": topic, "partition": p, "offset": o, "status": "rejected"} for topic in (name, "x") for p in range(4) for o in range(9, 99)
        ]
        for value in [b"", b"not json", b"[]", b'{"topic": 1}', *(json.dumps(receipt).encode() for receipt in foreign)]:
            producer.send(receipts, value=value)
        producer.flush(PATIENCE)
        yield from map(declaration, range(5))

    with EchoService(broker.connection, topics):
        summary = produce_lines(lines(), "declarations", broker.connection, topics)
    producer.close()
    assert summary == ProduceSummary(sent=5, accepted=5)


def test_a_second_run_is_not_answered_by_the_receipts_of_the_first(broker: Broker, topics: Catalogue) -> None:
    with EchoService(broker.connection, topics):
        produce_lines(map(declaration, range(50)), "declarations", broker.connection, topics)
    summary = produce_lines(map(declaration, range(50)), "declarations", broker.connection, topics, timeout_seconds=0.5)
    assert (summary.sent, summary.unanswered) == (50, 50)


def test_progress_is_told_and_ends_with_the_total(broker: Broker, topics: Catalogue) -> None:
    seen: list[ProduceSummary] = []
    with EchoService(broker.connection, topics):
        summary = produce_lines(map(declaration, range(3_000)), "declarations", broker.connection, topics, progress=seen.append)
    assert seen[-1] == summary
    assert [s.sent for s in seen] == sorted(s.sent for s in seen)


def test_a_broker_that_dies_stops_the_run(fresh_catalogue: Catalogue) -> None:
    broker = EmbeddedBroker().start()
    create_topics(broker.connection, fresh_catalogue)

    def lines() -> Iterator[bytes]:
        yield from map(declaration, range(300))
        broker.stop()
        yield from map(declaration, range(300, 900))

    summary = produce_lines(lines(), "declarations", broker.connection, fresh_catalogue, timeout_seconds=1.0)
    assert summary.stopped
    assert summary.sent + summary.failed == 900
    assert summary.failed >= 600
    assert summary.unanswered == summary.sent


def test_a_missing_topic_is_said_at_once(broker: Broker, fresh_catalogue: Catalogue) -> None:
    for wait_for_receipts in (True, False):
        with pytest.raises(BrokerUnavailableError, match="the broker has no topic"):
            produce_lines([b"{}"], "declarations", broker.connection, fresh_catalogue, wait_for_receipts=wait_for_receipts)


def test_an_unusable_line_source_raises_its_own_error(broker: Broker, topics: Catalogue) -> None:
    def lines() -> Iterator[bytes]:
        yield declaration(0)
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        produce_lines(lines(), "declarations", broker.connection, topics)
