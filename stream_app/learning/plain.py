"""Learned state as plain data and back: named arrays and MessagePack values, no class, no code.

Every class that holds state says in `KEEPS` what a checkpoint keeps of it, by attribute: `PART` for arrays and for objects that say so
themselves, `Part(fixed=n)` for an array whose first n numbers are layout, `Grown` for an array whose length is learned too, and else the
type by which MessagePack is read back. State is taken into an engine that was made for it: types, sizes and layout are the engine's, and
data that does not fit is refused. Where a class has `taken_in`, it is called behind that, to check what kernels rely on.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
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


Copy = Callable[[str, Array], Any]
"""Of an array at a path, by whoever wants no more copied than has changed."""


def snapshot(thing: Any, path: str = "", copy: Copy = lambda path, array: array.copy()) -> Snapshot:
    """Copies of all that `thing` keeps: it may go on learning meanwhile."""
    found: Snapshot = {}
    _tell(thing, path, found, copy)
    return found


def _tell(thing: Any, path: str, found: Snapshot, copy: Copy) -> None:
    if isinstance(thing, np.ndarray):
        found[path] = copy(path, thing)
        return
    for name, part in _children(thing):
        _tell(part, f"{path}/{name}", found, copy)
    for name, kind in getattr(thing, "KEEPS", {}).items():
        place, value = f"{path}/{name}", getattr(thing, name)
        if isinstance(kind, Part):
            _tell(value, place, found, copy)
        elif isinstance(kind, Grown):
            found[place] = copy(place, value)
        elif isinstance(kind, Table):
            found[place + "/forgotten"] = encoded(value.forgotten)
            found[place] = Rows(kind.caught(value.items()), kind.told)
        elif isinstance(kind, Queue):
            found[place] = Rows(list(value), tuple)
        else:
            found[place] = encoded(value)


def _children(thing: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(thing, dict):
        return thing.items()
    return enumerate(thing) if isinstance(thing, (list, tuple)) else ()


def take_in(thing: Any, given: Snapshot, path: str = "") -> None:
    """Give `thing`, which was just made, the state of a snapshot. Raises MisfitError; `thing` is of no use then."""
    used: set[str] = set()
    _take(thing, path, given, used)
    if left := sorted(given.keys() - used):
        raise MisfitError(f"{left[0]}: nothing here keeps that ({len(left)} such parts)")


def _take(thing: Any, path: str, given: Snapshot, used: set[str], fixed: int = 0) -> None:
    if isinstance(thing, np.ndarray):
        _fill(thing, _one(given, path, used), path, fixed)
        return
    for name, part in _children(thing):
        _take(part, f"{path}/{name}", given, used)
    for name, kind in getattr(thing, "KEEPS", {}).items():
        place = f"{path}/{name}"
        if isinstance(kind, Part):
            _take(getattr(thing, name), place, given, used, kind.fixed)
        elif isinstance(kind, Grown):
            _grow(thing, name, _grown(_one(given, place, used), kind, place))
        elif isinstance(kind, Table):
            _put(getattr(thing, name), kind, given, place, used)
        elif isinstance(kind, Queue):
            _checked(place, partial(_set, thing, name, _grouped(_one(given, place, used), kind.row, place)))
        else:
            value = decoded(_one(given, place, used), kind, place)
            _checked(place, partial(_set, thing, name, value))
    if hasattr(thing, "taken_in"):
        _checked(path, thing.taken_in)


def _checked(path: str, work: Callable[[], None]) -> None:
    try:
        work()
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise MisfitError(f"{path}: {error}") from None


def _one(given: Snapshot, path: str, used: set[str]) -> Value:
    used.add(path)
    try:
        return given[path]
    except KeyError:
        raise MisfitError(f"{path}: is missing") from None


def _fill(array: Array, value: Value, path: str, fixed: int) -> None:
    if not isinstance(value, np.ndarray) or value.dtype != array.dtype or value.shape != array.shape:
        raise MisfitError(f"{path}: is no {array.dtype} of {array.shape}")
    if fixed and not np.array_equal(value[..., :fixed], array[..., :fixed]):
        raise MisfitError(f"{path}: is laid out otherwise")
    array[...] = value


def _grown(value: Value, kind: Grown, path: str) -> Array:
    dtype = np.dtype(kind.dtype)
    if dtype.names and isinstance(value, np.ndarray) and value.dtype.str == dtype.str and value.ndim == 1:
        value = value.view(dtype)  # fields have no names on a topic
    if not isinstance(value, np.ndarray) or value.dtype != dtype or value.ndim == 0 or value.shape[1:] != kind.width or len(value) > kind.rows:
        raise MisfitError(f"{path}: is no {dtype.str} of at most {kind.rows} rows of {kind.width}")
    return value.copy()  # it will be written to


def _grow(thing: Any, name: str, value: Array) -> None:
    """In place where it fits: kernels may know the array by where it is."""
    held = getattr(thing, name)
    if held.shape == value.shape and not isinstance(getattr(type(thing), name, None), property):
        held[...] = value
    else:
        setattr(thing, name, value)


def _grouped(groups: Value, kind: Any, path: str) -> list[Any]:
    if not isinstance(groups, list):
        raise MisfitError(f"{path}: are no rows")
    return [row for group in groups for row in decoded(group, list[kind], path)]


def _put(table: Any, kind: Table, given: Snapshot, path: str, used: set[str]) -> None:
    for key, row in _grouped(_one(given, path, used), tuple[kind.key, kind.row], path):  # type: ignore[name-defined]
        table.put(key, kind.made(row))
    if table.forgotten:
        raise MisfitError(f"{path}: are more rows than there is room for")
    table.forgotten = decoded(_one(given, path + "/forgotten", used), int, path + "/forgotten")


def _set(thing: Any, name: str, value: Any) -> None:
    """Containers are filled again, not replaced: others may hold them too."""
    held = None if isinstance(getattr(type(thing), name, None), property) else getattr(thing, name)
    if isinstance(held, (deque, list)):
        held.clear()
        held.extend(value)
    elif isinstance(held, (dict, set)):
        held.clear()
        held.update(value)
    else:
        setattr(thing, name, value)
