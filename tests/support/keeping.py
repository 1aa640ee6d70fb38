"""What learned state comes back as, and where two objects that hold some differ."""

from collections import deque
from collections.abc import Collection
from typing import Any

import numpy as np

from stream_app.learning.plain import Rows, Snapshot
from stream_app.state.packing import key_code


def as_read(taken: Snapshot) -> Snapshot:
    """As it comes back from a topic."""
    return {path: list(value.groups(key_code)) if isinstance(value, Rows) else value for path, value in taken.items()}


def difference(one: Any, other: Any, path: str = "", but: Collection[str] = (), seen: set[int] | None = None) -> str | None:
    """Where two object graphs differ first; types, orders and the last bit of a number count. `but`: attributes that may."""
    seen = set() if seen is None else seen
    if id(one) in seen:
        return None
    seen.add(id(one))
    if type(one) is not type(other):
        return f"{path}: {type(one)} and {type(other)}"
    if isinstance(one, np.ndarray):
        return None if one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes() else path
    if isinstance(one, (list, tuple, deque)):
        pairs = [(f"{path}/{n}", a, b) for n, (a, b) in enumerate(zip(one, other, strict=False))]
        return f"{path}: {len(one)} and {len(other)}" if len(one) != len(other) else _first(pairs, but, seen)
    if isinstance(one, dict):
        if [*one] != [*other]:
            return f"{path}: other keys"
        return _first([(f"{path}/{key}", one[key], other[key]) for key in one], but, seen)
    if type(one).__module__.startswith("stream_app"):
        names = {*getattr(one, "__dict__", {}), *(name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ()))} - {*but}
        return _first([(f"{path}.{name}", getattr(one, name), getattr(other, name)) for name in sorted(names) if hasattr(one, name)], but, seen)
    if callable(one):
        return None
    return None if one == other or one != one else f"{path}: {one!r} and {other!r}"


def _first(pairs: list[tuple[str, Any, Any]], but: Collection[str], seen: set[int]) -> str | None:
    return next((found for path, a, b in pairs if (found := difference(a, b, path, but, seen))), None)
