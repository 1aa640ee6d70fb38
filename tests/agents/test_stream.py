"""The batched stream on a channel of its own, without a broker: what is acknowledged, and when."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import faust
import pytest

from stream_app.agents.stream import BatchStream


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
        await asyncio.wait_for(body(stream, app), 5)
        return consumer

    return asyncio.run(main())


async def nothing() -> None:
    """There is nothing under way."""


def offsets(events: list[Event]) -> list[int]:
    return [event.message.offset for event in events]


def fresh(count: int) -> list[Event]:
    return [Event(Message(number)) for number in range(count)]


async def first(batches: AsyncIterator[list[Any]]) -> list[Any]:
    return await anext(batches)


def test_a_batch_is_what_is_there_up_to_the_limit_in_its_order() -> None:
    events, sizes = fresh(25), []

    async def body(stream: Any, app: faust.App) -> None:
        async for batch in stream.batches(10, nothing):
            sizes.append(offsets(batch))
            if len(sizes) == 3:
                break

    consumer = run(body, events)
    assert sizes == [list(range(10)), list(range(10, 20)), list(range(20, 25))]
    assert consumer.tracked == list(range(25))


def test_a_batch_is_acknowledged_by_who_has_taken_it_and_nothing_else_is() -> None:
    events = fresh(20)

    async def body(stream: Any, app: faust.App) -> None:
        batches = stream.batches(10, nothing)
        batch = await first(batches)
        await first(batches)
        assert not any(event.acked for event in events)
        stream.acknowledge(batch)

    run(body, events)
    assert [event.acked for event in events] == [True] * 10 + [False] * 10


def test_a_batch_of_an_earlier_assignment_is_acknowledged_no_more() -> None:
    events = fresh(10)

    async def body(stream: Any, app: faust.App) -> None:
        batch = await first(stream.batches(10, nothing))
        app.consumer_generation_id = 2
        stream.acknowledge(batch)

    run(body, events)
    assert not any(event.acked for event in events)


def test_before_it_waits_it_says_so_and_while_there_is_more_it_does_not() -> None:
    events, told = fresh(20), []

    async def body(stream: Any, app: faust.App) -> None:
        async def before_waiting() -> None:
            told.append(taken)

        taken = 0
        with pytest.raises(asyncio.TimeoutError):
            batches = stream.batches(10, before_waiting)
            while True:
                taken += len(await asyncio.wait_for(anext(batches), 0.2))

    run(body, events)
    assert told == [20]


def test_it_says_so_too_when_a_rebalance_holds_back_what_is_there() -> None:
    """Else a hand-over would wait for results that nobody settles."""
    events, told = fresh(20), []

    async def body(stream: Any, app: faust.App) -> None:
        async def before_waiting() -> None:
            told.append("waiting")

        batches = stream.batches(10, before_waiting)
        await first(batches)
        app.flow_control.suspend()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(first(batches), 0.2)

    run(body, events)
    assert told and set(told) == {"waiting"}


def test_events_of_an_earlier_assignment_are_dropped_unacknowledged() -> None:
    events = [Event(Message(number, generation_id=number % 2)) for number in range(10)]

    async def body(stream: Any, app: faust.App) -> None:
        batches = stream.batches(10, nothing)
        batch = await first(batches)
        assert offsets(batch) == [1, 3, 5, 7, 9]
        stream.acknowledge(batch)
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
            await asyncio.wait_for(first(stream.batches(10, nothing)), 0.2)

    consumer = run(body, events)
    assert not any(event.acked for event in events)
    assert consumer.tracked == []
