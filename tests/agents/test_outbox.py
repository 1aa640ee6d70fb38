import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError
from faust.exceptions import ProducerSendError

from stream_app.agents.outbox import TRUNCATED_BYTES, Headers, Message, Outbox
from tests.support.broker import PATIENCE

ORIGINAL = Message("dlq", b"key", b"x" * 1_000_000, [("trace", b"1"), ("trace", b"2")], original=True)
RESULT = Message("assessments", b"key", b"y" * 1_000_000, [])


@dataclass
class RecordingProducer:
    """Takes bodies up to `limit` bytes; `at_once` refuses the others when they are handed over (the client's limit), else later (the broker's)."""

    limit: int = 10_000_000
    at_once: bool = False
    broken: bool = False
    sent: list[tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]] = field(default_factory=list)

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int | None, timestamp: float | None, headers: Headers | None
    ) -> Awaitable[object]:
        delivery = asyncio.get_running_loop().create_future()
        if self.broken:
            delivery.set_exception(KafkaConnectionError())
        elif len(value or b"") <= self.limit:
            self.sent.append((topic, key, value, list(headers or ())))
            delivery.set_result(None)
        elif self.at_once:
            raise ProducerSendError("too large") from MessageSizeTooLargeError()
        else:
            delivery.set_exception(MessageSizeTooLargeError())
        return delivery


def deliver(producer: RecordingProducer, *messages: Message) -> None:
    async def run() -> None:
        outbox = Outbox(producer)
        for message in messages:
            await outbox.post([message])
        await outbox.settle()

    asyncio.run(run())


def test_messages_go_out_in_their_order_and_as_they_are() -> None:
    producer = RecordingProducer()
    deliver(producer, ORIGINAL, RESULT)
    assert producer.sent == [("dlq", b"key", ORIGINAL.value, list(ORIGINAL.headers)), ("assessments", b"key", RESULT.value, [])]


def test_a_delivery_that_fails_is_raised() -> None:
    with pytest.raises(KafkaConnectionError):
        deliver(RecordingProducer(broken=True), RESULT)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_dead_letter_that_is_too_large_is_cut_and_marked(at_once: bool) -> None:
    producer = RecordingProducer(limit=500_000, at_once=at_once)
    deliver(producer, ORIGINAL)
    ((topic, key, value, given),) = producer.sent
    assert (topic, key, value) == ("dlq", b"key", b"x" * TRUNCATED_BYTES)
    assert given == [*ORIGINAL.headers, ("tidewaiter.error.truncated", b"true")]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_dead_letter_that_is_too_large_even_when_cut_is_raised_rather_than_tried_for_ever(at_once: bool) -> None:
    with pytest.raises((MessageSizeTooLargeError, ProducerSendError)):
        deliver(RecordingProducer(limit=10, at_once=at_once), ORIGINAL)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_result_that_is_too_large_is_raised_never_cut(at_once: bool) -> None:
    with pytest.raises((MessageSizeTooLargeError, ProducerSendError)):
        deliver(RecordingProducer(limit=10, at_once=at_once), RESULT)


def test_what_was_settled_is_not_waited_for_again() -> None:
    async def run() -> None:
        outbox = Outbox(RecordingProducer(broken=True))
        await outbox.post([RESULT])
        with pytest.raises(KafkaConnectionError):
            await outbox.settle()
        await outbox.settle()

    asyncio.run(run())


@pytest.mark.parametrize("producer", [RecordingProducer(limit=10, at_once=True), RecordingProducer(limit=10), RecordingProducer(broken=True)])
def test_an_expendable_message_that_is_not_taken_is_told_of_and_holds_up_nobody(producer: RecordingProducer) -> None:
    lost: list[Exception] = []

    async def run() -> None:
        outbox = Outbox(producer, lost.append)
        await outbox.post([RESULT._replace(expendable=True)])
        await outbox.settle()
        producer.broken = False
        await outbox.post([Message("alerts", b"key", b"small", [])])
        await outbox.settle()

    asyncio.run(run())
    assert len(lost) == 1
    assert [topic for topic, *_ in producer.sent] == ["alerts"]


def test_who_waits_for_it_to_be_clear_waits_for_all_that_was_posted_before_and_no_longer() -> None:
    async def run() -> list[str]:
        producer, told = RecordingProducer(), []
        outbox = Outbox(producer)
        await outbox.cleared()
        await outbox.post([RESULT])

        async def checkpoint() -> None:
            await outbox.cleared()
            told.append("clear")

        waiting = asyncio.create_task(checkpoint())
        for _ in range(3):
            await asyncio.sleep(0)
        told.append("settling")
        await outbox.settle()
        await outbox.post([RESULT])  # the next batch holds nobody up
        await asyncio.wait_for(waiting, PATIENCE)
        return told

    assert asyncio.run(run()) == ["settling", "clear"]


def test_who_waits_for_it_to_be_clear_hears_of_what_was_refused() -> None:
    async def run() -> None:
        outbox = Outbox(RecordingProducer(broken=True))
        await outbox.post([RESULT])
        waiting = asyncio.create_task(outbox.cleared())
        with pytest.raises(KafkaConnectionError):
            await outbox.settle()
        with pytest.raises(KafkaConnectionError):
            await asyncio.wait_for(waiting, PATIENCE)

    asyncio.run(run())
