"""What the checkpoint topic holds of one partition: its records in their order, and the latest checkpoint that is whole."""

from collections.abc import Iterator
from typing import NamedTuple

from stream_app.learning.plain import Snapshot
from stream_app.state.errors import CheckpointError, TornError
from stream_app.state.manifest import MANIFEST, Key, Manifest, Seal, Term
from stream_app.state.migrations import MIGRATIONS, Migrations, migrated
from stream_app.state.packing import unpacked


class Restored(NamedTuple):
    """A whole checkpoint."""

    manifest: Manifest
    snapshot: Snapshot


class Shelf:
    """Records go in as the log has them; the last one of a key counts, and one without a value takes it away."""

    def __init__(self, partition: int, seal: Seal) -> None:
        self._partition = partition
        self._seal = seal
        self._held: dict[Key, bytes] = {}
        self._latest: Term | None = None
        self.ignored = 0
        """Records with keys that nobody here writes."""

    def put(self, key: bytes | None, value: bytes | None) -> None:
        found = Key.decoded(key)
        if found is None or found.partition != self._partition:
            self.ignored += 1
            return
        self._latest = found.term if self._latest is None else max(self._latest, found.term)
        if value is None:
            self._held.pop(found, None)
        else:
            self._held[found] = value

    @property
    def latest(self) -> Term | None:
        """The latest term of any record."""
        return self._latest

    def keys(self) -> set[Key]:
        return set(self._held)

    def checkpoints(self) -> Iterator[Manifest | CheckpointError]:
        """Manifests, the latest term first, or what is wrong with them."""
        for key in sorted((key for key in self._held if key.what == MANIFEST), key=lambda key: key.term, reverse=True):
            try:
                manifest = self._seal.opened(self._held[key])
                if (manifest.partition, manifest.term) != (key.partition, key.term):
                    raise TornError("a manifest is of another place than its key says")
                yield manifest
            except CheckpointError as error:
                yield error

    def restored(self, manifest: Manifest, migrations: Migrations = MIGRATIONS) -> Restored:
        """Raises TornError where chunks are missing or changed, RefusedError for an earlier schema that nobody migrates."""
        return Restored(manifest, migrated(unpacked(manifest, lambda digest: self._chunk(manifest, digest)), manifest.schema, migrations))

    def _chunk(self, manifest: Manifest, digest: bytes) -> bytes:
        data = self._held.get(Key(manifest.partition, manifest.term, digest.hex()))
        if data is None:
            raise TornError("a chunk is missing")
        if self._seal.digest(data) != digest:
            raise TornError("a chunk is not as it was written")
        return data
