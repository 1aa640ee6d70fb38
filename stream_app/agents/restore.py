"""Learned state after a start or a rebalance: the last checkpoint, and what stands between it and the committed offsets (docs/checkpoints.md).

Offsets are committed behind checkpoints, so there is something between only where a checkpoint is missing, or not for this configuration:
then the partition's log is read from its beginning, as far as its retention reaches. Nothing is published while restoring.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream_app.agents.checkpoints import Checkpoints
from stream_app.agents.intake import Handler, Record, judged_at
from stream_app.contracts.errors import ContractError

IDLE_SECONDS = 5.0
STALLED_SECONDS = 60.0
"""As long as the broker is known to have more, or has said nothing yet."""
log: Any = structlog.get_logger()


class Restorable(Protocol):
    """State by partition, and how far each input topic is learned in it."""

    def keep_only(self, partitions: Iterable[int]) -> None: ...

    def position(self, topic: str, partition: int) -> int: ...

    def has(self, partition: int) -> bool: ...

    def forget(self, partition: int) -> None: ...

    def advance(self, record: Record) -> None: ...


class Restorer:
    """Brings the engines of assigned partitions up to the committed offsets. `handlers`: what learns from a record, by topic name."""

    def __init__(
        self, client: dict[str, Any], group: str, partitions: Restorable, handlers: dict[str, Handler], checkpoints: Checkpoints | None = None
    ) -> None:
        self._client = client
        self._group = group
        self._partitions = partitions
        self._handlers = handlers
        self._checkpoints = checkpoints

    async def restore(self, assigned: Sequence[TopicPartition]) -> float:
        """Restore every partition whose state is behind its committed offsets; seconds it took."""
        started = time.perf_counter()
        mine = [tp for tp in assigned if tp.topic in self._handlers]
        numbers = {tp.partition for tp in mine}
        self._partitions.keep_only(numbers)
        if self._checkpoints is not None:
            self._checkpoints.keep_only(numbers)
        if mine:
            consumer = AIOKafkaConsumer(**self._client, group_id=self._group, enable_auto_commit=False, auto_offset_reset="earliest")
            await asyncio.wait_for(consumer.start(), STALLED_SECONDS)
            try:
                await self._restore(consumer, mine)
            finally:
                await consumer.stop()
        return time.perf_counter() - started

    async def _restore(self, consumer: AIOKafkaConsumer, mine: list[TopicPartition]) -> None:
        consumer.assign(mine)
        # Bounded: a worker that waits for ever for a broker that was away holds its partitions, and nobody reads them.
        committed = {tp: await asyncio.wait_for(consumer.committed(tp), STALLED_SECONDS) or 0 for tp in mine}
        behind = {tp.partition for tp in mine if self._partitions.position(tp.topic, tp.partition) < committed[tp]}
        for number in sorted({tp.partition for tp in mine}):
            await self._begin(number, number in behind)
        ends = {tp: offset for tp, offset in committed.items() if self._partitions.position(tp.topic, tp.partition) < offset}
        if ends:
            consumer.assign(list(ends))
            for tp in ends:
                consumer.seek(tp, self._partitions.position(tp.topic, tp.partition))
            count = await self._merge(consumer, ends)
            log.info("state restored from the log", topics=sorted({tp.topic for tp in ends}), partitions=sorted(behind), records=count)

    async def _begin(self, number: int, behind: bool) -> None:
        """A partition that stayed here, and nobody read further, goes on; every other begins at its checkpoint, or at nothing."""
        if self._partitions.has(number) and not behind:
            if self._checkpoints is not None:
                self._checkpoints.renew(number)
            return
        self._partitions.forget(number)
        if self._checkpoints is not None:
            await self._checkpoints.restore(number)

    async def _merge(self, consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> int:
        """One record of each topic waits in front; the earliest is learned from. So outcomes teach at the time they came, not before."""
        waiting: dict[TopicPartition, list[Any]] = {tp: [] for tp in ends}
        open_ends, count = set(ends), 0
        while open_ends:
            for tp in [tp for tp in open_ends if not waiting[tp]]:
                waiting[tp] = await _fetch(consumer, tp, ends[tp])
                if not waiting[tp]:
                    open_ends.discard(tp)
            # Learn until some topic's queue is empty: only then can the next earliest be unknown.
            while open_ends and all(waiting[tp] for tp in open_ends):
                first = min(open_ends, key=lambda tp: (waiting[tp][-1].timestamp, tp))
                self._learn(first, waiting[first].pop())
                count += 1
        return count

    def _learn(self, tp: TopicPartition, message: Any) -> None:
        record = Record(tp.topic, tp.partition, message.offset, message.timestamp / 1000.0, message.key, message.value, [*message.headers])
        try:
            self._handlers[tp.topic](record, judged_at(record))
        except ContractError:
            pass  # refused, answered and dead-lettered when it first came
        except Exception as error:
            log.warning("record failed again while restoring", topic=tp.topic, offset=message.offset, exception=type(error).__qualname__)
        self._partitions.advance(record)


def _patience(highwater: int | None, position: int) -> float:
    """Seconds without a record after which nothing more is expected: a broker that has more may only be electing a leader."""
    return STALLED_SECONDS if highwater is None or position < highwater else IDLE_SECONDS


async def _fetch(consumer: AIOKafkaConsumer, tp: TopicPartition, end: int) -> list[Any]:
    """The next records of one partition below `end`, the first one last; empty at the end, or where nothing more comes."""
    started = time.monotonic()
    while (at := await consumer.position(tp)) < end and time.monotonic() - started < _patience(consumer.highwater(tp), at):
        records = (await consumer.getmany(tp, timeout_ms=500, max_records=1_000)).get(tp, [])
        if below := [record for record in records if record.offset < end]:
            return below[::-1]
    if (reached := await consumer.position(tp)) < end:
        # Nothing more is there: markers, or records that retention or compaction took.
        log.warning("log ends before the committed offset", topic=tp.topic, partition=tp.partition, reached=reached, committed=end)
    return []
