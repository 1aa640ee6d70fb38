"""One ownership of one partition: its term, what it has on the topic, and how its next checkpoint is written."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from stream_app.learning.plain import Snapshot
from stream_app.state.errors import FencedError
from stream_app.state.manifest import MANIFEST, SCHEMA, Key, Manifest, Seal, Term
from stream_app.state.packing import Packed, Packer
from stream_app.state.topic import CheckpointTopic


class About(NamedTuple):
    """What a manifest says besides the state: `inputs` and `reached` by topic, `learning` by engine."""

    partitions: int
    worker: str
    model: str
    learning: dict[str, str]
    inputs: dict[str, int]
    reached: dict[str, float]


class Written(NamedTuple):
    """What a checkpoint took: seconds of work outside of the event loop, records and bytes sent."""

    work_seconds: float
    records: int
    sent_bytes: int
    total_bytes: int


@dataclass
class Owner:
    """`stale`: keys of earlier terms, which go once there is a checkpoint of this one; `inputs`: the offsets of the last checkpoint."""

    partition: int
    term: Term
    seal: Seal
    stale: set[Key] = field(default_factory=set)
    inputs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.packer = Packer(self.seal)
        self._sizes: dict[bytes, int] = {}

    def renew(self, generation: int) -> None:
        """The same worker has the partition in another generation: everything is written again under a new term."""
        if generation != self.term.generation:
            self.stale |= {self._key(digest) for digest in self._sizes} | {Key(self.partition, self.term, MANIFEST)}
            self.term, self._sizes = Term.after(self.term, generation), {}
            self.packer.keep(set())

    async def write(
        self, topic: CheckpointTopic, snapshot: Snapshot, about: About, settled: Awaitable[None], owns: Callable[[], Awaitable[bool]]
    ) -> Written:
        """Chunks first, then, when `settled` is done and if `owns` says yes, the manifest, then what is no longer needed goes.

        Raises FencedError when the partition is another worker's, and whatever the topic or `settled` raises: the checkpoint before then
        stays the last.
        """
        term = self.term
        packed, work = await asyncio.to_thread(_timed, self.packer, snapshot)
        chunks = {self._key(digest): chunk for digest, chunk in packed.chunks.items()}
        self.stale |= chunks.keys()  # until the manifest names them
        await topic.write(self.partition, chunks.items())
        await settled
        if self.term != term or not await owns():
            raise FencedError(f"partition {self.partition} is another worker's, or of another generation")
        manifest = Manifest(SCHEMA, self.partition, *_placed(term, about), time.time(), packed.entries, packed.small, packed.small_bytes)
        sealed = self.seal.sealed(manifest)
        await topic.write(self.partition, [(Key(self.partition, term, MANIFEST), sealed)])
        self.inputs = dict(about.inputs)
        await self._clear(topic, packed, manifest.chunks())
        sent = sum(map(len, packed.chunks.values())) + len(sealed)
        return Written(work, len(packed.chunks) + 1, sent, sum(self._sizes.values()) + len(sealed))

    async def _clear(self, topic: CheckpointTopic, packed: Packed, live: set[bytes]) -> None:
        """Take away what the new checkpoint does not need."""
        known = self._sizes | {digest: len(chunk) for digest, chunk in packed.chunks.items()}
        self._sizes = {digest: known[digest] for digest in live}
        self.packer.keep(live)
        self.stale = (self.stale | {self._key(digest) for digest in known}) - {self._key(digest) for digest in live}
        await topic.write(self.partition, [(key, None) for key in sorted(self.stale)])
        self.stale = set()

    def _key(self, digest: bytes) -> Key:
        return Key(self.partition, self.term, digest.hex())


def _placed(term: Term, about: About) -> tuple[int, int, int, str, str, dict[str, str], dict[str, int], dict[str, float]]:
    return about.partitions, term.era, term.generation, about.worker, about.model, about.learning, about.inputs, about.reached


def _timed(packer: Packer, snapshot: Snapshot) -> tuple[Packed, float]:
    """In a thread of its own: hashing and packing leave the interpreter to the stream for most of the time."""
    started = time.thread_time()
    return packer.pack(snapshot), time.thread_time() - started
