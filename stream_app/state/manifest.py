"""What a checkpoint is made of: the manifest that is written last, the terms of owners, the keys of its records."""

import hmac
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from stream_app.state.errors import RefusedError, TornError

SCHEMA = 1
"""Of what a checkpoint holds and how. A release that writes another one says in state/migrations.py how to read the ones before."""
DIGEST_BYTES = 16


class Term(NamedTuple):
    """One ownership of a partition; a later one is greater. `generation` is the consumer group's; where that does not grow (the group was made
    anew, or a worker came back to the same generation), the `era` does."""

    era: int
    generation: int

    @classmethod
    def after(cls, seen: "Term | None", generation: int) -> "Term":
        """Of an owner in this generation, who found `seen` to be the latest term so far."""
        if seen is None:
            return cls(0, generation)
        return cls(seen.era + (generation <= seen.generation), generation)

    def __str__(self) -> str:
        return f"{self.era}.{self.generation}"


class Entry(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """One array (`dtype` and `lengths` as of numpy) or one list of groups of rows (`dtype` ROWS, `lengths` their bytes), and its chunks' digests."""

    path: str
    dtype: str
    lengths: tuple[int, ...]
    chunks: list[bytes]


ROWS = "rows"


class Manifest(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`inputs`: the next offset of every input topic; `reached`: the Kafka time of the last record of each. `learning`: by engine, the
    digest of the settings that its state depends on. `small`: chunks of everything that is not in `entries`."""

    schema: int
    partition: int
    partitions: int
    era: int
    generation: int
    worker: str
    model: str
    learning: dict[str, str]
    inputs: dict[str, int]
    reached: dict[str, float]
    written_at: float
    entries: list[Entry]
    small: list[bytes]
    small_bytes: int

    @property
    def term(self) -> Term:
        return Term(self.era, self.generation)

    def chunks(self) -> set[bytes]:
        """The digests of everything that must be there."""
        return {digest for chunks in (*(entry.chunks for entry in self.entries), self.small) for digest in chunks if digest}


class Seal:
    """Digests of chunks and manifests. With a secret key they also say that somebody who knows it wrote them."""

    def __init__(self, key: bytes = b"") -> None:
        self._key = blake2b(key, digest_size=32).digest() if key else b""

    def digest(self, data: bytes) -> bytes:
        return blake2b(data, digest_size=DIGEST_BYTES, key=self._key).digest()

    def sealed(self, manifest: Manifest) -> bytes:
        body = msgspec.msgpack.encode(manifest)
        return self.digest(body) + body

    def opened(self, data: bytes) -> Manifest:
        """Raises TornError for what is not a manifest as it was written, RefusedError for one of a later schema."""
        digest, body = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
        if not hmac.compare_digest(digest, self.digest(body)):
            raise TornError("a manifest is not as it was written, or was sealed with another key")
        try:
            # Before all else: a manifest of another schema may be laid out otherwise.
            schema = _HEAD.decode(body).schema
            if schema > SCHEMA:
                raise RefusedError("newer_schema", f"the checkpoint has schema {schema}, this release reads up to {SCHEMA}: run the newer release")
            return _MANIFEST.decode(body)
        except (msgspec.DecodeError, RecursionError, OverflowError):
            raise TornError("a manifest is no manifest") from None


class _Head(msgspec.Struct):
    schema: int


_HEAD, _MANIFEST = msgspec.msgpack.Decoder(_Head), msgspec.msgpack.Decoder(Manifest)
MANIFEST = "manifest"


class Key(NamedTuple):
    """Of a record: whose it is, and what: MANIFEST or a chunk's digest in hexadecimal."""

    partition: int
    term: Term
    what: str

    def encoded(self) -> bytes:
        return f"{self.partition}/{self.term}/{self.what}".encode()

    @classmethod
    def decoded(cls, key: Any) -> "Key | None":
        """None for a key that is none of ours."""
        try:
            partition, term, what = bytes(key).decode("ascii").split("/")
            era, generation = term.split(".")
            return cls(int(partition), Term(int(era), int(generation)), what)
        except (ValueError, TypeError):
            return None
