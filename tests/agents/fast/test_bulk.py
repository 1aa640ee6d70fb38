"""Results in batches of aiokafka's own builder: what is sent, in which order, and who hears of a failure."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from stream_app.agents.fast.bulk import LARGE_BYTES, BulkProducer
from stream_app.agents.outbox import TRUNCATED_BYTES, Headers, Message, Outbox

GIVEN = [("ce_id", b"1"), ("trace", b"a"), ("trace", b"b")]
Row = tuple[str, int, bytes | None, bytes | None, list[tuple[str, bytes | None]]]


@dataclass
class Broker:
    """What arrived, one by one or in batches, in order. Batches above `limit` bytes are refused; `down`: everything is."""

    partitions: int = 2
    limit: int = 10_000_000
    down: bool = False
    rows: list[Row] = field(default_factory=list)
    batches: int = 0

    def take(self, size: int, rows: list[Row]) -> "asyncio.Future[object]":
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if self.down:
            answer.set_exception(KafkaTimeoutError())
        elif size > self.limit:
            answer.set_exception(MessageSizeTooLargeError())
        else:
            self.rows += rows
            answer.set_result(None)
        return answer


@dataclass
class Client:
    """As much of AIOKafkaProducer as is used: its public batch interface."""

    broker: Broker

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(self.broker.partitions))

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(16_384, 0)

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> Awaitable[object]:
        self.broker.batches += 1
        body = bytes(batch._build())
        rows: list[Row] = []
        records = MemoryRecords(body)
        while records.has_next():
            rows += [(topic, partition, r.key, r.value, list(r.headers)) for r in records.next_batch()]
        return self.broker.take(len(body), rows)


@dataclass
class Single:
    """Faust's producer, which sends one by one."""

    broker: Broker

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int | None, timestamp: float | None, headers: Headers | None
    ) -> Awaitable[object]:
        return self.broker.take(len(value or b""), [(topic, -1 if partition is None else partition, key, value, list(headers or ()))])


def through(broker: Broker, body: Callable[[Outbox], Awaitable[None]]) -> None:
    asyncio.run(_through(broker, body))


async def _through(broker: Broker, body: Callable[[Outbox], Awaitable[None]]) -> None:
    client = Client(broker)
    await body(Outbox(BulkProducer(Single(broker), lambda: client)))  # type: ignore[arg-type,return-value]


def results(count: int, topic: str = "assessments") -> list[Message]:
    return [Message(topic, b"d-%d" % number, b"body %d" % number, GIVEN) for number in range(count)]


def test_everything_arrives_as_it_is_and_in_the_order_of_each_partition() -> None:
    broker, sent = Broker(), results(2_000)

    async def body(outbox: Outbox) -> None:
        await outbox.post(sent)
        await outbox.settle()

    through(broker, body)
    assert {(key, value) for _, _, key, value, _ in broker.rows} == {(message.key, message.value) for message in sent}
    assert all(headers == GIVEN for _, _, _, _, headers in broker.rows)
    for number in (0, 1):
        mine = [int(key[2:]) for _, partition, key, _, _ in broker.rows if partition == number and key is not None]
        assert mine == sorted(mine)
        assert len(mine) > 500
    assert broker.batches < 20


def test_nothing_waits_for_a_batch_to_be_full() -> None:
    broker = Broker()

    async def body(outbox: Outbox) -> None:
        await outbox.post(results(3))
        assert broker.rows == []
        await outbox.settle()

    through(broker, body)
    assert len(broker.rows) == 3


def test_a_large_record_goes_alone_and_behind_what_was_sent_before_it() -> None:
    broker, large = Broker(partitions=1), Message("assessments", b"k", b"x" * LARGE_BYTES, GIVEN)

    async def body(outbox: Outbox) -> None:
        await outbox.post([*results(2), large, *results(1)])
        await outbox.settle()

    through(broker, body)
    assert [len(value or b"") for _, _, _, value, _ in broker.rows] == [6, 6, LARGE_BYTES, 6]


def test_of_a_batch_that_is_too_large_each_record_is_tried_alone() -> None:
    broker = Broker(partitions=1, limit=5_000)
    fits, cut = results(40), Message("dlq", b"k", b"z" * 6_000, GIVEN, original=True)

    async def body(outbox: Outbox) -> None:
        await outbox.post([*fits, *(Message("assessments", b"k", b"y" * 2_000, GIVEN) for _ in range(4))])
        await outbox.settle()
        broker.limit = TRUNCATED_BYTES
        await outbox.post([cut._replace(value=b"z" * (TRUNCATED_BYTES + 1))])
        await outbox.settle()

    through(broker, body)
    assert [len(value or b"") for _, _, _, value, _ in broker.rows] == [*[6] * 10, *[7] * 30, *[2_000] * 4, TRUNCATED_BYTES]
    assert broker.rows[-1][4][-1] == ("tidewaiter.error.truncated", b"true")


def test_a_record_that_is_too_large_alone_is_raised() -> None:
    async def body(outbox: Outbox) -> None:
        await outbox.post([*results(2), Message("assessments", b"k", b"y" * 6_000, GIVEN)])
        with pytest.raises(MessageSizeTooLargeError):
            await outbox.settle()

    through(Broker(limit=5_000), body)


def test_a_broker_that_does_not_answer_is_raised_and_heard_of_by_who_waits() -> None:
    async def body(outbox: Outbox) -> None:
        await outbox.post(results(2))
        waiting = asyncio.ensure_future(outbox.cleared())
        with pytest.raises(KafkaTimeoutError):
            await outbox.settle()
        with pytest.raises(KafkaTimeoutError):
            await waiting

    through(Broker(down=True), body)


def test_what_may_be_lost_holds_up_nobody() -> None:
    lost: list[Exception] = []

    async def run() -> None:
        broker = Broker(down=True)
        client = Client(broker)
        outbox = Outbox(BulkProducer(Single(broker), lambda: client), lost.append)  # type: ignore[arg-type,return-value]
        await outbox.post([message._replace(expendable=True) for message in results(2)])
        await outbox.settle()
        await outbox.cleared()

    asyncio.run(run())
    assert [type(error) for error in lost] == [KafkaTimeoutError, KafkaTimeoutError]
