"""The fast way from the fetcher to an agent's queue beside Faust's own: the same fetches give the same events, acknowledgements and offsets."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import aiokafka
import faust
import pytest
from faust.types import TP

from stream_app.agents import fast
from stream_app.agents.consumer import CheckpointedConsumer
from stream_app.agents.fast import drain
from stream_app.agents.fast.drain import DrainingConsumer
from stream_app.agents.stream import BatchStream
from tests.support.broker import PATIENCE

A, B = TP("in", 0), TP("in", 1)
KINDS = [CheckpointedConsumer, DrainingConsumer]
both = pytest.mark.parametrize("kind", KINDS, ids=["stock", "fast"])


class Fetched(NamedTuple):
    """A record as aiokafka hands it over."""

    topic: str
    partition: int
    offset: int
    value: bytes | None = b"v"
    key: bytes | None = b"k"
    timestamp: int = 1_700_000_000_000
    timestamp_type: int = 0
    headers: tuple[tuple[str, bytes], ...] = (("h", b"1"), ("h", b"2"))
    checksum: int | None = None
    serialized_key_size: int = 1
    serialized_value_size: int = 1


def records(tp: TP, *offsets: int, size: int = 1) -> dict[TP, list[Fetched]]:
    return {tp: [Fetched(tp.topic, tp.partition, offset, b"v" * size, serialized_value_size=size) for offset in offsets]}


class Stage:
    """A consumer of `kind` on an app of its own, which is given the fetches of a script; a step may also be something to do between two fetches."""

    def __init__(self, kind: type[CheckpointedConsumer], room: int = 1_000) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)  # Faust's parts take it when they are made
        self.app = app = faust.App("drain-test", broker="kafka://127.0.0.1:1", Stream=BatchStream, store="memory://", stream_buffer_maxsize=room)
        self.steps: list[Any] = []
        self.sought = 0
        self.buffered = 0
        self.taken: list[Any] = []
        self.longest = 0
        app.transport.Consumer = self._scripted(kind)
        app.consumer = self.consumer = app.transport.create_consumer(
            callback=app.topics.on_message, on_partitions_revoked=self._nothing, on_partitions_assigned=self._nothing
        )
        app.consumer_generation_id = 1
        self.topic = app.topic("in", key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw").clone(is_iterator=True)

    def _scripted(stage, kind: type[CheckpointedConsumer]) -> Any:  # noqa: N805
        class Scripted(kind):  # type: ignore[valid-type,misc]
            async def _wait_next_records(self, timeout: float) -> Any:
                await asyncio.sleep(0)
                stage.buffered = max(stage.buffered, len(self._buffered_partitions))
                if not self.flow_active:
                    await self.can_resume_flow.wait()
                while stage.steps and callable(stage.steps[0]):
                    stage.steps.pop(0)()
                if not stage.steps:
                    self._stopped.set()
                    return None, None
                return stage.steps.pop(0), {A, B}

            def assignment(self) -> set[TP]:
                return {A, B}

            def highwater(self, tp: TP) -> int:
                return 1_000

            async def perform_seek(self) -> None:
                stage.sought += 1

        return Scripted

    async def _nothing(self, *_: Any) -> None:
        pass

    def run(self, *steps: Any, reader: Callable[[], Any] | None = None) -> None:
        """Until the script is over and the queue empty. `reader`: an agent; by default one that takes everything at once, and acknowledges it."""
        self.loop.run_until_complete(asyncio.wait_for(self._run(list(steps), reader or self.read), PATIENCE))
        self.loop.close()
        asyncio.set_event_loop(None)

    async def _run(self, steps: list[Any], reader: Callable[[], Any]) -> None:
        self.steps, topics = steps, self.app.topics
        topics.add(self.topic)
        await topics._update_indices()
        await topics.on_partitions_assigned({A, B})
        self.app.flow_control.resume()
        self.consumer.resume_flow()
        reading = asyncio.ensure_future(reader())
        await self.consumer._drain_messages(Fetcher())
        while not self.topic.queue.empty():
            await asyncio.sleep(0.001)
        reading.cancel()

    async def read(self, at_once: int = 1_000) -> None:
        while True:
            for _ in range(at_once):
                self.longest = max(self.longest, self.topic.queue.qsize())
                self.take(await self.topic.queue.get())
            await asyncio.sleep(0.001)

    def take(self, event: Any) -> None:
        self.taken.append(event)
        event.message.tracked = True
        self.consumer.track_message(event.message)
        event.ack()

    def rebalance(self) -> None:
        """What Faust does when partitions are revoked, and given back in the next generation."""
        self.consumer.stop_flow()
        self.app.flow_control.suspend()
        self.app.consumer_generation_id += 1

    def resume(self, **offsets: int) -> None:
        self.consumer._read_offset.update({TP("in", int(name[1:])): offset for name, offset in offsets.items()})
        self.app.flow_control.resume()
        self.consumer.resume_flow()

    def offsets(self, tp: TP, generation: int = 1) -> list[int]:
        return [event.message.offset for event in self.taken if event.message.tp == tp and event.message.generation_id == generation]

    def committable(self, tp: TP) -> int | None:
        """After as many commits as it takes: beside a gap, Faust's own way needs two."""
        found = None
        while (offset := self.consumer._new_offset(tp)) is not None:
            found = offset
        return found


@dataclass
class Fetcher:
    """As much of Faust's as the loop asks for."""

    _stopped: asyncio.Event = field(default_factory=asyncio.Event)


@both
def test_events_are_as_they_were_fetched_in_the_order_of_their_partition(kind: Any) -> None:
    stage = Stage(kind)
    stage.run(records(A, 0, 1, 2), records(B, 5, 6) | records(A, 3, 4), {}, records(A, 5))
    assert stage.offsets(A) == [0, 1, 2, 3, 4, 5]
    assert stage.offsets(B) == [5, 6]
    event = stage.taken[0]
    assert (event.key, event.value, event.message.key, event.message.value) == (b"k", b"v", b"k", b"v")
    assert event.message.headers == (("h", b"1"), ("h", b"2"))
    assert event.message.timestamp == 1_700_000_000.0
    assert (stage.committable(A), stage.committable(B)) == (6, 7)
    assert len(stage.consumer.unacked) == 0


@both
def test_records_that_were_read_before_are_dropped(kind: Any) -> None:
    stage = Stage(kind)
    stage.run(lambda: stage.resume(_0=10), records(A, 8, 9, 10, 11), records(A, 10, 11, 12))
    assert stage.offsets(A) == [10, 11, 11, 12]  # the last one read is read again: consumers skip it by its offset


@both
def test_offsets_without_a_record_count_as_acknowledged(kind: Any) -> None:
    stage = Stage(kind)
    stage.run(records(A, 1, 2, 3), records(A, 7, 8, 20), records(A, 21))
    assert stage.offsets(A) == [1, 2, 3, 7, 8, 20, 21]
    assert stage.committable(A) == 22


@both
def test_a_full_queue_holds_the_fetcher_up_and_loses_nothing(kind: Any) -> None:
    stage = Stage(kind, room=20)
    stage.run(records(A, *range(100)), records(B, *range(100)), reader=lambda: stage.read(at_once=3))
    assert stage.offsets(A) == stage.offsets(B) == list(range(100))
    assert stage.longest <= 20
    assert stage.buffered > 0  # the partition was left out of fetches meanwhile


@both
def test_a_rebalance_in_mid_fetch_drops_the_rest_which_is_read_again(kind: Any) -> None:
    stage = Stage(kind, room=20)

    async def reader() -> None:
        while len(stage.taken) < 7:
            stage.take(await stage.topic.queue.get())
        stage.rebalance()
        await asyncio.sleep(0.02)
        stage.resume(_0=7)  # what was acknowledged
        await stage.read()

    stage.run(records(A, *range(100)), records(A, *range(7, 100)), reader=reader)
    assert stage.offsets(A) == list(range(7))
    assert stage.offsets(A, generation=2) == list(range(7, 100))


@both
def test_a_fetch_that_comes_back_during_a_rebalance_is_dropped_and_sought_again(kind: Any) -> None:
    stage = Stage(kind)

    async def reader() -> None:
        await asyncio.sleep(0.05)
        stage.resume(_0=0)
        await stage.read()

    class Late(dict[TP, list[Fetched]]):
        """The rebalance begins while this fetch is under way."""

        def __iter__(self) -> Any:
            raise AssertionError("nothing of it is looked at")

    def begin() -> None:
        stage.rebalance()
        stage.steps.insert(0, Late())

    stage.run(begin, records(A, 0, 1), reader=reader)
    assert stage.sought == 1
    assert stage.offsets(A, generation=2) == [0, 1]


def test_a_fetch_that_waited_through_a_rebalance_counts_nothing_as_acknowledged() -> None:
    stage = Stage(DrainingConsumer, room=20)

    async def reader() -> None:
        while stage.topic.queue.qsize() < 20:
            await asyncio.sleep(0.001)
        stage.rebalance()
        stage.resume(_0=1)
        await stage.read()

    # 20 to 29 lie between the last record that went in and the first that waits; the second time they are there.
    stage.run(records(A, *range(20)), records(A, 30, 31), records(A, *range(1, 32)), reader=reader)
    assert stage.offsets(A, generation=2) == list(range(1, 32))
    assert not stage.consumer._gap[A]


def test_few_large_records_fill_a_queue_as_many_small_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "QUEUED_BYTES", 1_000)
    stage = Stage(DrainingConsumer)
    fetches = [records(A, number, size=400) for number in range(30)]
    stage.run(*fetches, reader=lambda: stage.read(at_once=1))
    assert stage.offsets(A) == list(range(30))
    assert stage.longest <= 3  # the third makes it 1,200 bytes


def test_with_another_faust_the_way_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fast.fits()
    assert fast.consumer(True) is DrainingConsumer
    assert fast.consumer(False) is CheckpointedConsumer
    monkeypatch.setattr(aiokafka, "__version__", "0.15.0")
    assert fast.consumer(True) is CheckpointedConsumer
