"""Outcomes wait for the declarations that were sent before them: two topics, one order.

Each topic is read at its own pace. After a pause, outcomes could run ahead of a long queue of declarations and find none of theirs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from stream_app.agents.intake import Record
from stream_app.agents.partitions import Partitions

LOOK_SECONDS = 0.02
STALL_SECONDS = 5.0


class AfterDeclarations:
    """`topic`: of the declarations; `end(topic, partition)`: the offset behind its last record, as far as known."""

    def __init__(self, partitions: Partitions, topic: str, end: Callable[[str, int], int]) -> None:
        self._partitions = partitions
        self._topic = topic
        self._end = end
        self._stalled: dict[int, int] = {}

    async def __call__(self, record: Record, before: Callable[[], Awaitable[None]] | None = None) -> None:
        """Returns once the declarations of the partition are read up to the record's Kafka timestamp, to their end, or make no progress."""
        number = record.partition
        if before is not None and self._behind(record):
            await before()
        position, moved = -1, time.monotonic()
        while self._behind(record) and self._stalled.get(number) != (now := self._partitions.position(self._topic, number)):
            if now != position:
                position, moved = now, time.monotonic()
            elif time.monotonic() - moved > STALL_SECONDS:
                self._stalled[number] = now  # the end may be a marker, not a record: no waiting until something moves
            await asyncio.sleep(LOOK_SECONDS)

    def _behind(self, record: Record) -> bool:
        partitions, number = self._partitions, record.partition
        if partitions.position(self._topic, number) >= self._end(self._topic, number):
            return False
        return partitions.reached(self._topic, number) < record.timestamp
