"""The fast way of what was fetched to the agents: whole fetches, not record by record (docs/speed.md, decision 0018).

Faust 0.15 takes four asyncio tasks a record to carry it from the consumer to a stream's queue: some 100 microseconds. Everything else
is Faust's own: fetching, seeking, pausing, rebalancing, its messages, events and queues, acknowledging and committing.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from faust.transport.consumer import ensure_TP
from faust.types import TP

from stream_app.agents.consumer import CheckpointedConsumer

FETCH_SECONDS, FULL_FETCH_SECONDS = 1.0, 0.05
"""How long a fetch may find nothing. While a partition's queue is full it is not asked for, and the others must not hold it up for long."""
CHUNK = 512
"""Records put into a queue at once; then the agents have their turn."""
QUEUED_BYTES = 32 << 20
"""Of the records in one topic's queue, beyond which nothing is added: they may be small, or 4 MiB each."""
LOOK_SECONDS = 0.005


class DrainingConsumer(CheckpointedConsumer):
    """Overrides one method of Faust's consumer: the loop between the fetcher and the queues."""

    _waits = False

    @property
    def held_up(self) -> bool:
        """Whether the loop waits for room in a queue."""
        return self._waits

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await self._drain_once()
        except asyncio.CancelledError:
            if not self.transport.app.should_stop:
                raise
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise

    async def _drain_once(self) -> None:
        records, active = await self._wait_next_records(FULL_FETCH_SECONDS if self._buffered_partitions else FETCH_SECONDS)
        generation = self.app.consumer_generation_id
        await asyncio.sleep(0)  # where something is always there, nothing above ever gives way
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self._seek_again()
            return
        for place, found in records.items():
            tp = ensure_TP(place)
            if found and (active is None or tp in active or tp in self._buffered_partitions):
                self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
                if not await self._deliver(tp, found, generation):
                    return

    async def _seek_again(self) -> None:
        """A fetch that came during a rebalance is dropped, as Faust does; the next one begins at the committed offsets."""
        try:
            await self.perform_seek()
        except Exception as error:
            self.log.warning("exception performing seek when flow not active: %s", type(error).__qualname__)

    async def _deliver(self, tp: TP, records: Sequence[Any], generation: int) -> bool:
        """False where a rebalance came meanwhile: the rest is read again, by whoever has the partition then."""
        queue = self._queue(tp)
        begin = 0
        while begin < len(records) and self._flows(generation):
            if queue is None:
                await self.wait_first(self.callback(self._to_message(tp, records[begin])), self.suspend_flow.wait())
                self._read_offset[tp] = records[begin].offset
                begin += 1
                continue
            chunk = records[begin : begin + await self._room(queue, generation)]
            await self._note_gaps(tp, chunk, generation)
            if self._flows(generation):  # from here on nothing else runs until the chunk is delivered
                self._put(tp, queue, chunk)
                begin += len(chunk)
            if self._commit_every is not None and self._n_acked >= self._commit_every:
                self._n_acked = 0
                await self.commit()
            await asyncio.sleep(0)
        return self._flows(generation)

    def _flows(self, generation: int) -> bool:
        app = self.app
        return bool(self.flow_active and app.flow_control.is_active() and app.consumer_generation_id == generation and not self.should_stop)

    def _queue(self, tp: TP) -> Any:
        """The queue of the one agent that reads this topic as raw bytes; None where it is otherwise, and Faust's own way is taken."""
        channels = [channel for channel in self.app.topics if tp.topic in channel.topics]
        if len(channels) != 1 or channels[0].value_type is not bytes or channels[0].active_partitions is not None:
            return None
        return channels[0].queue

    async def _room(self, queue: Any, generation: int) -> int:
        """How many records the queue takes now; waits for one, at the most until a rebalance."""
        self._waits = True
        try:
            await self.app.producer.buffer.wait_until_ebb()
            while self._flows(generation) and (queue.qsize() >= queue.maxsize or _held_bytes(queue) >= QUEUED_BYTES):
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._waits = False
        return max(1, min(CHUNK, int(queue.maxsize - queue.qsize())))

    async def _note_gaps(self, tp: TP, records: Sequence[Any], generation: int) -> None:
        """Offsets that hold no record (compaction, transaction markers) count as acknowledged."""
        if not self.app.topics.acks_enabled_for(tp.topic):
            return
        read = self._read_offset[tp]
        for record in records:
            if read and record.offset - read > 1:
                if not self._flows(generation):  # what is a gap now may hold records when it is read again
                    return
                await self._add_gap(tp, read + 1, record.offset - 1)
            read = record.offset if read is None else max(read, record.offset)

    def _put(self, tp: TP, queue: Any, records: Sequence[Any]) -> None:
        read, app = self._read_offset[tp], self.app
        create = cast(Any, app.conf).Event
        new = [record for record in records if read is None or record.offset >= read]
        events = []
        for record in new:
            message = self._to_message(tp, record)
            message.incref(1)
            events.append(create(app, message.key, message.value, message.headers, message))
        for event in events[:-1]:
            queue.force_put_nowait(event)
        if new:
            # Looks at the queue's length, and leaves the partition out of the next fetches until it is shorter.
            queue.put_nowait_enhanced(events[-1], on_pressure_high=lambda: self.on_buffer_full(tp), on_pressure_drop=self._pressure_drop(tp))
            self._read_offset[tp] = new[-1].offset

    def _pressure_drop(self, tp: TP) -> Any:
        """One and the same callable a partition: a queue keeps each only once."""
        drops: dict[TP, Any] = self.__dict__.setdefault("_drops", {})
        return drops.setdefault(tp, lambda: self.on_buffer_drop(tp))


def _held_bytes(queue: Any) -> int:
    return sum(cast(Any, event).message.serialized_value_size for event in queue._queue)
