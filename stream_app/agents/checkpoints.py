"""When checkpoints are written, and where a partition's state comes from (docs/checkpoints.md).

A checkpoint is taken between two records, and its manifest is written only when everything that came of the records before was acknowledged
by the broker; only then do the group's offsets move.
"""

import asyncio
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from stream_app.agents.outbox import Outbox
from stream_app.agents.partitions import Partitions
from stream_app.agents.telling import ShareTeller
from stream_app.metrics import Metrics
from stream_app.state.errors import CheckpointError, FencedError
from stream_app.state.manifest import Manifest, Seal, Term
from stream_app.state.owner import Owner, Written
from stream_app.state.shelf import Shelf
from stream_app.state.topic import CheckpointTopic

LOOK_SECONDS = 0.2
SEND_BYTES_PER_SECOND = 100e6
"""What sending costs, measured with aiokafka: two thirds of it in the event loop."""
log: Any = structlog.get_logger()

Offsets = dict[tuple[str, int], int]


class Group(Protocol):
    """What is asked of the consumer group."""

    async def commit(self, offsets: Offsets) -> bool:
        """Whether the broker takes these next offsets from this worker."""

    @property
    def generation(self) -> int: ...

    @property
    def is_member(self) -> bool:
        """Whether this worker is one, as far as the broker has said."""


@dataclass(frozen=True)
class Pace:
    """How often: every `seconds`, or after as many records, but never more often than keeps their cost below `share` of all time: that of all
    partitions, whatever they hold, so those of one worker have one pace. `costs`: the last one's, in seconds, by what metrics call the partition."""

    seconds: float = 30.0
    records: int = 200_000
    share: float = 0.03
    costs: dict[str, float] = field(default_factory=dict, compare=False)

    def pause(self, partition: str, cost: float) -> float:
        """Seconds from the end of a checkpoint to the next one of its partition, at the least."""
        self.costs[partition] = cost
        return sum(self.costs.values()) / self.share


@dataclass
class Schedule:
    """Of one partition: when it was written last, and at the earliest is again, by the monotonic clock."""

    at: float
    not_before: float = 0.0
    hastened: bool = False


class Checkpoints:
    """The checkpoints of this worker's partitions. One is written at a time; `outboxes` are those of the agents, by kind."""

    def __init__(
        self,
        topic: CheckpointTopic,
        partitions: Partitions,
        inputs: Collection[str],
        group: Group,
        worker: str,
        pace: Pace,
        seal: Seal,
        metrics: Metrics,
        of: str = "",
    ) -> None:
        """`of`: what metrics call its partitions by, before their number."""
        self._of = of
        self.outboxes: dict[str, Outbox] = {}
        self.teller: ShareTeller | None = None
        self._topic, self._partitions, self._inputs, self._group = topic, partitions, inputs, group
        self._worker, self._pace, self._seal, self._metrics = worker, pace, seal, metrics
        self._owners: dict[int, Owner] = {}
        self._schedules: dict[int, Schedule] = {}
        self._writing = asyncio.Lock()

    async def restore(self, number: int) -> bool:
        """Own the partition, and give it the state of its last whole checkpoint; False where there is none for this configuration."""
        generation = self._group.generation
        shelf = await self._topic.read(number, self._worker, generation, self._seal)
        self._owners[number] = Owner(number, Term.after(shelf.latest, generation), self._seal, shelf.keys())
        self._schedule(number)
        return any(self._adopt(number, shelf, found) for found in shelf.checkpoints())

    def _adopt(self, number: int, shelf: Shelf, found: Manifest | CheckpointError) -> bool:
        try:
            if isinstance(found, CheckpointError):
                raise found
            self._partitions.adopt(number, shelf.restored(found), self._inputs)
        except CheckpointError as error:
            self._metrics.checkpoints_unusable.labels(error.code).inc()
            log.warning("checkpoint not used", partition=number, code=error.code, reason=str(error))
            return False
        if found.partitions != self._partitions.count:
            log.warning("checkpoint of another number of partitions", partition=number, then=found.partitions, now=self._partitions.count)
        self._owners[number].inputs = dict(found.inputs)
        log.info("checkpoint restored", partition=number, term=str(found.term), model=found.model, inputs=found.inputs)
        return True

    def renew(self, number: int) -> None:
        """The partition has stayed here, in another generation of the group."""
        if number in self._owners:
            self._owners[number].renew(self._group.generation)
            self._schedule(number)

    def keep_only(self, numbers: Iterable[int]) -> None:
        """The others are other workers' now."""
        kept = set(numbers)
        self._owners = {number: owner for number, owner in self._owners.items() if number in kept}
        for number in self._schedules.keys() - kept:
            del self._schedules[number]
            self._pace.costs.pop(self._of + str(number), None)
            self._metrics.checkpoint_age.remove(self._of + str(number))

    def _schedule(self, number: int) -> None:
        """The first ones of a worker's partitions are spread over the interval."""
        place = (number % max(len(self._owners), 1) + 1) / max(len(self._owners), 1)
        self._schedules[number] = Schedule(time.monotonic() - self._pace.seconds * (1.0 - place))

    async def run(self) -> None:
        """For as long as the worker runs."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for number in sorted(self._owners):
                if self._due(number):
                    await self._try(number)

    def _due(self, number: int) -> bool:
        owner, schedule, now = self._owners.get(number), self._schedules.get(number), time.monotonic()
        if owner is None or schedule is None or not self._partitions.owns(number):
            return False
        self._metrics.checkpoint_age.labels(self._of + str(number)).set(now - schedule.at)
        since = self._since(owner)
        if not since:
            schedule.at = max(schedule.at, now - self._pace.seconds)  # the first record waits for no longer than the others
            schedule.hastened = False
            return False
        return now >= schedule.not_before and (schedule.hastened or now - schedule.at >= self._pace.seconds or since >= self._pace.records)

    def hasten(self) -> None:
        """What decides has changed, and no checkpoint says so: records before and behind it are best kept apart by one. Their cost stays bounded."""
        for schedule in self._schedules.values():
            schedule.hastened = True

    def _since(self, owner: Owner) -> int:
        """Records that the last checkpoint does not have."""
        return sum(max(0, self._partitions.position(topic, owner.partition) - owner.inputs.get(topic, 0)) for topic in self._inputs)

    async def _try(self, number: int) -> None:
        """A checkpoint that fails is counted, and tried again; the offsets wait for it."""
        try:
            await self.write(number)
        except FencedError as error:
            self._count("fenced", error)
        except Exception as error:
            self._count("failed", error)
            if number in self._schedules:
                self._schedules[number].not_before = time.monotonic() + self._pace.seconds / 4.0

    def _count(self, result: str, error: Exception) -> None:
        self._metrics.checkpoints.labels(result).inc()
        log.warning("checkpoint not written", result=result, exception=type(error).__qualname__, reason=str(error))

    async def write(self, number: int, leaving: bool = False) -> None:
        """`leaving`: the partition is about to be another's; who was asked to leave is still a member."""
        async with self._writing:
            owner = self._owners.get(number)
            if owner is None:
                return
            started = time.monotonic()
            lessons = self.teller.seal(number) if self.teller is not None else {}
            snapshot, about = self._partitions.taken(number, owner.packer)
            pause = time.monotonic() - started
            written = await owner.write(self._topic, snapshot, about, self._settled(), lambda: self._owns(owner, leaving))
            self._told(number, pause, written)
            await self._group.commit({(topic, number): offset for topic, offset in owner.inputs.items()})
        if self.teller is not None and not leaving:
            await self.teller.tell(number, owner.term, lessons)

    async def _settled(self) -> None:
        for outbox in self.outboxes.values():
            await outbox.cleared()

    async def _owns(self, owner: Owner, leaving: bool) -> bool:
        """In the broker's eyes: it takes the offsets of the checkpoint before from this worker."""
        if not self._group.is_member:
            return False
        return leaving or await self._group.commit({(topic, owner.partition): offset for topic, offset in owner.inputs.items() if offset})

    def _told(self, number: int, pause: float, written: Written) -> None:
        metrics, now = self._metrics, time.monotonic()
        cost = pause + written.work_seconds + written.sent_bytes / SEND_BYTES_PER_SECOND
        if number in self._schedules:
            self._schedules[number] = Schedule(now, now + self._pace.pause(self._of + str(number), cost))
        metrics.checkpoints.labels("written").inc()
        metrics.checkpoint_seconds.inc(cost)
        metrics.checkpoint_pause.observe(pause)
        metrics.checkpoint_sent.inc(written.sent_bytes)
        metrics.checkpoint_bytes.labels(self._of + str(number)).set(written.total_bytes)

    async def hand_over(self, seconds: float) -> None:
        """Write what the last checkpoints do not have, as far as there is time: whoever owns the partitions next goes on from there."""
        try:
            await asyncio.wait_for(self._hand_over(), seconds)
        except TimeoutError:
            log.warning("not handed over in time", seconds=seconds)

    async def _hand_over(self) -> None:
        for number, owner in sorted(self._owners.items()):
            if self._since(owner):
                try:
                    await self.write(number, leaving=True)
                except Exception as error:
                    self._count("fenced" if isinstance(error, FencedError) else "failed", error)

    async def stop(self) -> None:
        await self._topic.stop()
