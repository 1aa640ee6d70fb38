"""Shares and lessons as records, and the last share that every partition told (docs/shares.md).

On the compacted topic of shares the key is `partition/engine/table/chunk`, so a later share takes the place of an earlier one; on the topic of
lessons it is `partition/engine/number`, and everything stays as long as its retention reaches. Values are sealed as checkpoints are.
"""

import hmac
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from stream_app.learning.lessons import Batch
from stream_app.learning.share import Share
from stream_app.state.errors import RefusedError
from stream_app.state.manifest import DIGEST_BYTES, Seal, Term

SCHEMA = 1
T = TypeVar("T")


class Place(NamedTuple):
    """A chunk of a shared table of the engines of this name."""

    engine: str
    table: str
    chunk: int


class ShareKey(NamedTuple):
    partition: int
    place: Place

    def encoded(self) -> bytes:
        return "/".join((str(self.partition), *map(str, self.place))).encode()


class LessonKey(NamedTuple):
    partition: int
    engine: str
    number: int

    def encoded(self) -> bytes:
        return "/".join(map(str, self)).encode()


class TellsShare(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """`learning`: the digest of the settings that it was learned with; era and generation: the owner's term."""

    schema: int
    learning: str
    partition: int
    place: Place
    era: int
    generation: int
    keys: bytes
    rows: bytes

    @property
    def share(self) -> Share:
        """Raises RefusedError for what is no share."""
        keys = np.frombuffer(self.keys, np.uint64) if len(self.keys) % 8 == 0 else None
        rows = np.frombuffer(self.rows, np.float64) if len(self.rows) % 8 == 0 else None
        if keys is None or rows is None or (len(rows) % len(keys) if len(keys) else len(rows)):
            raise RefusedError("misfit", "a share's keys and rows do not fit")
        return Share(keys, rows.reshape(len(keys), -1) if len(keys) else np.zeros((0, 0)))


class TellsLessons(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    schema: int
    learning: str
    partition: int
    engine: str
    batch: Batch


class _Head(msgspec.Struct, array_like=True):
    schema: int


def sealed(told: TellsShare | TellsLessons, seal: Seal) -> bytes:
    body = msgspec.msgpack.encode(told)
    return seal.digest(body) + body


def share_told(value: bytes, seal: Seal) -> TellsShare:
    """Raises RefusedError for what is no share, or not as it was written."""
    return _opened(value, seal, _SHARE)


def lessons_told(value: bytes, seal: Seal) -> TellsLessons:
    """Raises RefusedError as `share_told`."""
    return _opened(value, seal, _LESSONS)


_SHARE, _LESSONS = msgspec.msgpack.Decoder(TellsShare), msgspec.msgpack.Decoder(TellsLessons)
_HEAD = msgspec.msgpack.Decoder(_Head)


def _opened(value: bytes, seal: Seal, decoder: msgspec.msgpack.Decoder[T]) -> T:
    digest, body = value[:DIGEST_BYTES], value[DIGEST_BYTES:]
    if not hmac.compare_digest(digest, seal.digest(body)):
        raise RefusedError("torn", "a share is not as it was written, or was sealed with another key")
    try:
        if (schema := _HEAD.decode(body).schema) != SCHEMA:
            raise RefusedError("other_schema", f"a share has schema {schema}, this release reads {SCHEMA}")
        return decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, OverflowError):
        raise RefusedError("misfit", "what is told is no share") from None


class Held(NamedTuple):
    term: Term
    share: Share


class Book:
    """The last share of every partition, by place: of two the one of the later term, of one term the one that came later."""

    def __init__(self) -> None:
        self._held: dict[Place, dict[int, Held]] = {}

    def put(self, told: TellsShare) -> bool:
        """False for one of an owner that has a successor. Raises RefusedError for what is no share."""
        held, term = self._held.setdefault(told.place, {}), Term(told.era, told.generation)
        if told.partition in held and held[told.partition].term > term:
            return False
        held[told.partition] = Held(term, told.share)
        return True

    def drop(self, partition: int, place: Place) -> None:
        self._held.get(place, {}).pop(partition, None)

    def of_others(self, place: Place, partition: int) -> dict[int, Share]:
        """By partition, in the order of their numbers: whoever adds them up gets the same to the last bit."""
        held = self._held.get(place, {})
        return {number: held[number].share for number in sorted(held) if number != partition and len(held[number].share.keys)}

    def places(self) -> list[Place]:
        return sorted(self._held)
