"""What partitions learned, told to all others behind their checkpoints: a partition's owner tells what a whole checkpoint has (docs/shares.md).

So only the owner does, and after a crash nothing was told that is not learned again.
"""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog
from aiokafka.errors import KafkaError

from stream_app.agents.partitions import Partitions
from stream_app.learning.lessons import Batch
from stream_app.learning.share import Share
from stream_app.metrics import Metrics
from stream_app.state.manifest import Seal, Term
from stream_app.state.shares import SCHEMA, LessonKey, Place, ShareKey, TellsLessons, TellsShare, sealed
from stream_app.state.topic import CheckpointTopic

TOGETHER = 16
"""Chunks that are sent before the first of them is awaited."""
log: Any = structlog.get_logger()


class Topics(NamedTuple):
    """Names; one partition each, so that everybody hears the lessons in one order."""

    shares: str
    lessons: str


@dataclass
class Told:
    """What a partition's owner has told: when, by the monotonic clock, and the digest of every chunk."""

    at: float = float("-inf")
    digests: dict[Place, bytes] = field(default_factory=dict)


class ShareTeller:
    """Of the partitions that this worker owns. `seconds`: between two tellings of a partition's share; lessons are told behind every checkpoint."""

    def __init__(
        self, client: dict[str, Any], topics: Topics, partitions: Partitions, seconds: float, seal: Seal, metrics: Metrics, wait_ms: int = 100
    ) -> None:
        self._topics = topics
        self._writers = {name: CheckpointTopic(client, name, wait_ms) for name in topics}
        self._partitions, self._seconds, self._seal, self._metrics = partitions, seconds, seal, metrics
        self._told: dict[int, Told] = {}

    def keep_only(self, numbers: Collection[int]) -> None:
        """The others are other workers' now: what was told of them may have changed since."""
        self._told = {number: told for number, told in self._told.items() if number in numbers}

    def seal(self, number: int) -> dict[str, list[Batch]]:
        """Before a checkpoint is taken: the lessons that are to be told behind it, by engine. They never change again."""
        if not self._partitions.sharing:
            return {}
        return {name: engine.shares.lessons.seal() for name, engine in self._partitions.engines_of(number)}

    async def tell(self, number: int, term: Term, batches: dict[str, list[Batch]]) -> None:
        """Behind a checkpoint that is whole: its lessons, and, if it is time, what has changed of its share. What fails is told with the next one."""
        if not self._partitions.sharing:
            return
        try:
            await self._tell_lessons(number, batches)
            told = self._told.setdefault(number, Told())
            if time.monotonic() - told.at >= self._seconds:
                await self._tell_share(number, term, told)
                told.at = time.monotonic()
        except (KafkaError, TimeoutError) as error:
            self._told.pop(number, None)
            self._metrics.shares_refused.labels("not_sent").inc()
            log.warning("share not told", partition=number, exception=type(error).__qualname__)

    async def _tell_lessons(self, number: int, batches: dict[str, list[Batch]]) -> None:
        learning, sent = self._partitions.learning(), []
        for name, waiting in batches.items():
            for batch in waiting:
                value = sealed(TellsLessons(SCHEMA, learning[name], number, name, batch), self._seal)
                sent.append((LessonKey(number, name, batch.number), value))
        await self._writers[self._topics.lessons].write(0, sent)
        self._count("lessons", [value for _, value in sent])
        if self._partitions.owns(number):
            for name, engine in self._partitions.engines_of(number):
                if waiting := batches.get(name, []):
                    engine.shares.lessons.told(waiting[-1].number)

    async def _tell_share(self, number: int, term: Term, told: Told) -> None:
        """As long as the partition is ours: some chunks are worked out, then sent together."""
        for name, engine in self._partitions.engines_of(number):
            places = list(engine.shares.places())
            for begin in range(0, len(places), TOGETHER):
                if not self._partitions.owns(number):
                    return
                sent = []
                for table, chunk in places[begin : begin + TOGETHER]:
                    place, started = Place(name, table, chunk), time.thread_time()
                    if (value := self._changed(number, place, term, engine.shares.own((table, chunk)), told)) is not None:
                        sent.append((ShareKey(number, place), value))
                    self._metrics.share_seconds.inc(time.thread_time() - started)
                    await asyncio.sleep(0)
                await self._writers[self._topics.shares].write(0, sent)
                self._count("shares", [value for _, value in sent])

    def _changed(self, number: int, place: Place, term: Term, share: Share, told: Told) -> bytes | None:
        """The record of a chunk; None where it is as it was told before, or still empty."""
        digest, before = self._seal.digest(share.keys.tobytes() + share.rows.tobytes()), told.digests.get(place)
        if before == digest or (before is None and not len(share.keys)):
            return None
        told.digests[place] = digest
        return sealed(_told(self._partitions.learning()[place.engine], number, place, term, share), self._seal)

    def _count(self, kind: str, values: list[bytes]) -> None:
        self._metrics.shares_told.labels(kind).inc(len(values))
        self._metrics.share_sent.inc(sum(map(len, values)))

    async def stop(self) -> None:
        for writer in self._writers.values():
            await writer.stop()


def _told(learning: str, number: int, place: Place, term: Term, share: Share) -> TellsShare:
    return TellsShare(SCHEMA, learning, number, place, term.era, term.generation, share.keys.tobytes(), share.rows.tobytes())
