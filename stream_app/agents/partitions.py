"""Learned state belongs to an input partition: which engines this worker has, and how far each has read."""

from collections.abc import Collection, Iterable
from typing import Any

from stream_app.agents import indicators
from stream_app.agents.intake import Record
from stream_app.engine.engine import Engine
from stream_app.engine.heads.challengers import RESTORED
from stream_app.engine.heads.priors import Priors
from stream_app.engine.monitoring.figures import Key
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.selection import ControlLists
from stream_app.engine.shadow import Shadow
from stream_app.instruments.suite import Suite
from stream_app.learning.plain import MisfitError, Snapshot
from stream_app.learning.snapshots import take_in
from stream_app.metrics import Metrics
from stream_app.state.errors import RefusedError
from stream_app.state.owner import About
from stream_app.state.packing import Packer
from stream_app.state.shelf import Restored

LIVE, SHADOW = "live", "shadow"
"""The engines of a partition, as checkpoints call them."""
SHARES = ".shares"
"""Behind an engine's name: what it keeps of others."""


class Partitions:
    """An engine a partition, and the next offset of each of its input topics."""

    def __init__(
        self,
        pipeline: Pipeline,
        lists: ControlLists | None = None,
        challenger: Pipeline | None = None,
        shadow_share: float = 1.0,
        worker_id: str = "",
        priors: Priors | None = None,
    ) -> None:
        """`lists`: the watchlist and the suppressions, the same for all engines, as `priors` are; `challenger`: what runs beside, on a share of the
        declarations."""
        self.count = 1
        """How many partitions the topic of declarations has, on all workers: an office's capacity a day is divided among them."""
        self.sharing = False
        """Whether what partitions learn is shared between them."""
        self.adopted: set[int] = set()
        """Partitions that went on from a checkpoint."""
        self._pipeline = pipeline
        self._lists = lists
        self._challenger = challenger
        self._shadow_share = shadow_share
        self._priors = priors
        self._worker_id = worker_id
        self._engines: dict[int, Engine] = {}
        self._shadows: dict[int, Shadow] = {}
        self._next: dict[tuple[str, int], int] = {}
        self._mine: frozenset[int] | None = None
        self._reached: dict[tuple[str, int], float] = {}
        self._told: set[Key] = set()

    def engine(self, partition: int) -> Engine:
        """The engine of an assigned partition, made when first asked for."""
        engine = self._engines.get(partition)
        if engine is None:
            engine = self._engines[partition] = self._fresh(self._pipeline, partition, "live")
        return engine

    def shadow(self, partition: int) -> Shadow | None:
        """The challenger of an assigned partition, made when first asked for; None where there is no challenger."""
        shadow = self._shadows.get(partition)
        if shadow is None and self._challenger is not None:
            shadow = self._shadows[partition] = Shadow(self._fresh(self._challenger, partition, "shadow"), self._shadow_share)
        return shadow

    def _fresh(self, pipeline: Pipeline, partition: int, mode: str) -> Engine:
        engine = Engine(pipeline, mode, lists=self._lists, part=(partition, self.count), priors=self._priors)
        if self.sharing:
            engine.shares.lessons.share()
        return engine

    def engines_of(self, partition: int) -> list[tuple[str, Engine]]:
        """All engines of an assigned partition, as checkpoints call them."""
        shadow = self.shadow(partition)
        return [(LIVE, self.engine(partition)), *([] if shadow is None else [(SHADOW, shadow.engine)])]

    def is_next(self, record: Record) -> bool:
        """False for a record that was learned from already: after a rebalance, reading starts again at the committed offset."""
        return record.offset >= self._next.get((record.topic, record.partition), 0)

    def advance(self, record: Record) -> None:
        place = record.topic, record.partition
        self._next[place] = record.offset + 1
        self._reached[place] = record.timestamp

    def reached(self, topic: str, partition: int) -> float:
        """The Kafka timestamp of the record last read, in seconds since 1970; 0 before the first."""
        return self._reached.get((topic, partition), 0.0)

    def position(self, topic: str, partition: int) -> int:
        return self._next.get((topic, partition), 0)

    def owns(self, partition: int) -> bool:
        """Whether records of the partition are this worker's to process now."""
        return self._mine is None or partition in self._mine

    @property
    def mine(self) -> list[int]:
        """The partitions whose records are this worker's to process now, once that is known."""
        return sorted(self._mine or ())

    def suspend(self) -> None:
        """Own nothing until `keep_only` says what: a rebalance is under way."""
        self._mine = frozenset()

    def keep_only(self, partitions: Iterable[int]) -> None:
        """Own these, and forget the engines of the others."""
        kept = self._mine = frozenset(partitions)
        self._engines = {number: engine for number, engine in self._engines.items() if number in kept}
        self._shadows = {number: shadow for number, shadow in self._shadows.items() if number in kept}
        self._next = {place: offset for place, offset in self._next.items() if place[1] in kept}

    def has(self, partition: int) -> bool:
        """Whether anything is known of it: state, or how far it was read."""
        return partition in self._engines or any(number == partition for _, number in self._next)

    def numbers(self) -> list[int]:
        """The partitions whose state is here."""
        return sorted({*self._engines, *(number for _, number in self._next)})

    def learning(self) -> dict[str, str]:
        """By engine, the digest of the settings that its learned state depends on."""
        shadow = {} if self._challenger is None else {SHADOW: self._challenger.learning()}
        return {LIVE: self._pipeline.learning(), **shadow}

    def learners(self, partition: int) -> dict[str, Any]:
        """The engines of an assigned partition by name, and what they keep of others: what a checkpoint keeps of them is in their KEEPS."""
        engines = self.engines_of(partition)
        return dict(engines) | {name + SHARES: engine.shares for name, engine in engines}

    def taken(self, partition: int, packer: Packer) -> tuple[Snapshot, About]:
        """Its state at this moment, and what a manifest says of it."""
        found: Snapshot = {}
        for name, part in self.learners(partition).items():
            found |= packer.taken(part, name)
        inputs = {topic: offset for (topic, number), offset in self._next.items() if number == partition}
        reached = {topic: at for (topic, number), at in self._reached.items() if number == partition}
        return found, About(self.count, self._worker_id, self._pipeline.version(), self.learning(), inputs, reached)

    def adopt(self, partition: int, restored: Restored, topics: Collection[str]) -> None:
        """Go on from a checkpoint. Raises RefusedError for one that another configuration learned; the partition has no state then."""
        manifest, wanted = restored.manifest, self.learning()
        if not manifest.inputs.keys() <= set(topics):
            raise RefusedError("other_topics", "the checkpoint says of other input topics how far they are learned")
        if changed := sorted(name for name, digest in wanted.items() if manifest.learning.get(name) != digest):
            now, then = self._pipeline.version(), manifest.model
            raise RefusedError(
                "other_settings", f"the checkpoint of model {then} was learned by other settings than model {now} has ({', '.join(changed)})"
            )
        self.forget(partition)
        try:
            for name, part in self.learners(partition).items():
                told = _below(restored.snapshot, name)
                # A checkpoint of a release that did not share has none: all that it holds was learned there.
                if told or not name.endswith(SHARES):
                    take_in(part, told, name)
        except MisfitError as error:
            self.forget(partition)
            raise RefusedError("misfit", f"the checkpoint does not fit this release's engine: {error}") from None
        for _, engine in self.engines_of(partition):
            engine.heads.challengers.begin_anew(RESTORED)
        self.adopted.add(partition)
        self._next.update({(topic, partition): offset for topic, offset in manifest.inputs.items()})
        self._reached.update({(topic, partition): at for topic, at in manifest.reached.items()})

    def forget(self, partition: int) -> None:
        """Start a partition anew."""
        self.adopted.discard(partition)
        self._engines.pop(partition, None)
        self._shadows.pop(partition, None)
        self._next = {place: offset for place, offset in self._next.items() if place[1] != partition}

    def suites(self) -> list[Suite]:
        """The instruments of every engine."""
        return [suite for engine in self._engines.values() for suite in (engine.instruments, engine.beside)]

    def report(self, metrics: Metrics) -> None:
        """Sizes of everything that is bounded, summed over the partitions."""
        held: dict[str, float] = {}
        forgotten: dict[str, float] = {}
        challengers = [shadow.engine for shadow in self._shadows.values()]
        for prefix, engine in [*(("", engine) for engine in self._engines.values()), *(("shadow.", engine) for engine in challengers)]:
            for name, (here, gone) in engine.sizes().items():
                table = prefix + name
                held[table] = held.get(table, 0) + here
                forgotten[table] = forgotten.get(table, 0) + gone
        for table in held:
            metrics.keys_held.labels(table).set(held[table])
            metrics.keys_forgotten.labels(table).set(forgotten[table])
        metrics.partitions.set(len(self._engines))
        self._told = indicators.report(self._engines.values(), metrics, self._told)


def _below(snapshot: Snapshot, name: str) -> Snapshot:
    return {path: value for path, value in snapshot.items() if path.startswith(f"{name}/")}
