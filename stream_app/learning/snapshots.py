"""A snapshot of learned state, and an engine that is given one: by what each class says in its `KEEPS` (plain.py)."""

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from stream_app.learning.compiled import Array
from stream_app.learning.plain import Grown, MisfitError, Part, Queue, Rows, Snapshot, Table, Value, decoded, encoded

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
