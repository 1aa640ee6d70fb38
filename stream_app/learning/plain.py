"""Learned state as plain data and back: named arrays and MessagePack values, no class, no code.

Every class that holds state says in `KEEPS` what a checkpoint keeps of it, by attribute: `PART` for arrays and for objects that say so
themselves, `Part(fixed=n)` for an array whose first n numbers are layout, `Grown` for an array whose length is learned too, and else the
type by which MessagePack is read back. State is taken into an engine that was made for it: types, sizes and layout are the engine's, and
data that does not fit is refused. Where a class has `taken_in`, it is called behind that, to check what kernels rely on.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec
import numpy as np

from stream_app.learning.compiled import Array

Keeps = dict[str, Any]


class MisfitError(ValueError):
    """State that is not of the engine which it is given to; says where, and never a value."""


class Part(NamedTuple):
    """An array of a size that the configuration fixes, or an object with parts; taken in in place."""

    fixed: int = 0


PART = Part()


class Grown(NamedTuple):
    """An array of which a checkpoint says how long it is: its other dimensions and its type are known, and it has at most `rows` rows."""

    dtype: Any
    width: tuple[int, ...] = ()
    rows: int = 1 << 24


GROUP = 512
"""Rows that are encoded together, about: a group ends where the key's code says so, so that most groups stay as they are while rows come and go."""


class Rows(NamedTuple):
    """Rows, many of them, by a key in their first place: told and encoded some at a time, by whoever has time."""

    rows: list[Any]
    told: Callable[[Any], Any]

    def groups(self, code: Callable[[Any], int]) -> Iterator[bytes]:
        """MessagePack arrays of rows; `code` of a row's key ends its group."""
        group: list[Any] = []
        for row in self.rows:
            group.append(self.told(row))
            if len(group) >= 4 * GROUP or code(row[0]) % GROUP == 0:
                yield encoded(group)
                group = []
        if group:
            yield encoded(group)


Value = Array | bytes | Rows | list[bytes]
Snapshot = dict[str, Value]
"""By path: arrays (copies), MessagePack, or rows: as `Rows` when taken, as their encoded groups when read back."""


class Table(NamedTuple):
    """A `BoundedTable`: the type of its keys, and that of its rows as told. Where rows are objects, `caught` makes of its items at once what
    later learning does not change, each with its key first; `told` makes of that a key and plain data, later; `made` a row of it again."""

    key: Any
    row: Any
    caught: Callable[[Any], list[Any]] = list
    told: Callable[[Any], Any] = lambda item: item
    made: Callable[[Any], Any] = lambda row: row


class Queue(NamedTuple):
    """A deque, or a list that a property makes, of many rows of this type, tuples with a key in their first place."""

    row: Any


def _told(value: Any) -> Any:
    """What MessagePack has no word for."""
    if isinstance(value, deque):
        return list(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__qualname__} is no plain data")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_told)


def encoded(value: Any) -> bytes:
    return _ENCODER.encode(sorted(value) if isinstance(value, set) else value)


@cache
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)


def decoded(data: Any, kind: Any, path: str) -> Any:
    """Raises MisfitError for anything that is not MessagePack of this type."""
    if not isinstance(data, bytes):
        raise MisfitError(f"{path}: is no value")
    try:
        return _decoder(kind).decode(data)
    except (msgspec.DecodeError, RecursionError, OverflowError, MemoryError):
        raise MisfitError(f"{path}: is no {kind}") from None
