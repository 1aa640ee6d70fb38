"""The batched stream on a channel of its own, without a broker: what is acknowledged, and when."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import faust
import pytest

from stream_app.agents.stream import BatchStream
from tests.support.broker import PATIENCE


@dataclass
class Message:
    offset: int
    generation_id: int = 1
    tracked: bool = False


@dataclass
class Event:
    """As much of faust.Event as the stream touches; remembers that it was acknowledged."""

    message: Message
    acked: bool = False

    def ack(self) -> None:
        self.acked = True


@dataclass
class RecordingConsumer:
    tracked: list[int] = field(default_factory=list)

    def track_message(self, message: Message) -> None:
        self.tracked.append(message.offset)


def run(body: Callable[[Any, faust.App], Awaitable[None]], events: list[Event]) -> RecordingConsumer:
    """Runs `body` on the stream of an app whose channel holds the events; generation 1 is the current assignment."""

    async def main() -> RecordingConsumer:
        app = faust.App("stream-test", broker="kafka://127.0.0.1:1", Stream=BatchStream, store="memory://")
        app.consumer = consumer = RecordingConsumer()
        app.consumer_generation_id = 1
        app.flow_control.resume()
        stream = app.stream(app.channel(maxsize=100))
        assert isinstance(stream, BatchStream)
        for event in events:
            await stream.channel.queue.put(event)
        await asyncio.wait_for(body(stream, app), PATIENCE)
        return consumer

    return asyncio.run(main())


def offsets(events: list[Event]) -> list[int]:
    return [event.message.offset for event in events]


def fresh(count: int) -> list[Event]:
    return [Event(Message(number)) for number in range(count)]


async def first(batches: AsyncIterator[list[Any]]) -> list[Any]:
    return await anext(batches)


def test_a_batch_is_what_is_there_up_to_the_limit_in_its_order() -> None:
    events, sizes = fresh(25), []

    async def body(stream: Any, app: faust.App) -> None:
        async for batch in stream.batches(10):
            sizes.append(offsets(batch))
            if len(sizes) == 3:
                break

    consumer = run(body, events)
    assert sizes == [list(range(10)), list(range(10, 20)), list(range(20, 25))]
    assert consumer.tracked == list(range(25))


def test_a_batch_is_acknowledged_when_the_next_is_asked_for_and_not_before() -> None:
    events = fresh(20)

    async def body(stream: Any, app: faust.App) -> None:
        batches = stream.batches(10)
        batch = await first(batches)
        assert not any(event.acked for event in batch)
        await first(batches)

    run(body, events)
    assert [event.acked for event in events] == [True] * 10 + [False] * 10


def test_a_body_that_raises_acknowledges_nothing_of_its_batch() -> None:
    events = fresh(20)

    async def body(stream: Any, app: faust.App) -> None:
        with pytest.raises(ZeroDivisionError):
            async for batch in stream.batches(10):
                if 13 in offsets(batch):
                    raise ZeroDivisionError

    run(body, events)
    assert [event.acked for event in events] == [True] * 10 + [False] * 10


def test_events_of_an_earlier_assignment_are_dropped_unacknowledged() -> None:
    events = [Event(Message(number, generation_id=number % 2)) for number in range(10)]

    async def body(stream: Any, app: faust.App) -> None:
        batches = stream.batches(10)
        assert offsets(await first(batches)) == [1, 3, 5, 7, 9]
        events.append(Event(Message(11)))
        await stream.channel.queue.put(events[-1])
        assert offsets(await first(batches)) == [11]

    consumer = run(body, events)
    assert [event.message.offset for event in events if event.acked] == [1, 3, 5, 7, 9]
    assert consumer.tracked == [1, 3, 5, 7, 9, 11]


def test_while_a_rebalance_suspends_the_flow_nothing_is_given_out() -> None:
    events = fresh(3)

    async def body(stream: Any, app: faust.App) -> None:
        app.flow_control.suspend()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(first(stream.batches(10)), 0.2)

    consumer = run(body, events)
    assert not any(event.acked for event in events)
    assert consumer.tracked == []
