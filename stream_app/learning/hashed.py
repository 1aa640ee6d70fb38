"""Tables of rows of floats by code that never outgrow their bound: heavy keys stay, cold ones go, and going is counted.

Keys live in buckets of eight, one line of processor cache. A new key in a full bucket takes the place of the one with the least heat;
heat is how often a key was learned from, up to 255, less the heat of those that had to go since (least frequently used with dynamic
aging: Arlitt et al., "Evaluating content management techniques for web proxy caches", 1999). So one-off keys push out one-off keys, and a
key that was heavy once and is seen no more goes after some 255 others. From about 70 % of the bound on, some buckets are full.
"""

from typing import Any

import numpy as np

from stream_app.learning.compiled import ARRAY_TUPLE, BYTES, CODES, INTS, MATRIX, Array, inlined

WAYS = 8
HOTTEST = np.uint8(255)
_32 = np.uint64(32)
_NOBODY = np.uint64(0)
_ONE = np.uint64(1)

TABLE = ARRAY_TUPLE((CODES, BYTES, MATRIX, INTS))
"""(keys, heat, rows, [held, forgotten]): how a kernel takes a table."""


class HashedTable:
    """Up to `max_keys` rows of `width` floats, new ones zero. Kernels read and write `arrays` with `find` and `claim`."""

    __slots__ = ("arrays", "max_keys", "width")

    def __init__(self, max_keys: int, width: int) -> None:
        if max_keys < WAYS:
            raise ValueError(f"max_keys must be at least {WAYS}")
        self.max_keys = max_keys
        self.width = width
        self.arrays = self._empty()

    def _empty(self) -> tuple[Array, Array, Array, Array]:
        slots = self.max_keys // WAYS * WAYS
        return np.zeros(slots, np.uint64), np.zeros(slots, np.uint8), np.zeros((slots, self.width)), np.zeros(2, np.int64)

    def __len__(self) -> int:
        return int(self.arrays[3][0])

    @property
    def forgotten(self) -> int:
        """Keys that went so that others could come."""
        return int(self.arrays[3][1])

    def __getstate__(self) -> dict[str, Any]:
        """Only the slots in use, so that a snapshot is as large as what was learned."""
        keys, heat, rows, counts = self.arrays
        used = np.flatnonzero(keys)
        return {
            "max_keys": self.max_keys,
            "width": self.width,
            "slots": used,
            "keys": keys[used],
            "heat": heat[used],
            "rows": rows[used],
            "counts": counts.copy(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.max_keys, self.width = state["max_keys"], state["width"]
        self.arrays = self._empty()
        keys, heat, rows, counts = self.arrays
        used = state["slots"]
        keys[used], heat[used], rows[used], counts[:] = state["keys"], state["heat"], state["rows"], state["counts"]


@inlined
def _bucket(keys, key):  # type: ignore[no-untyped-def]
    """The first slot of the key's bucket: the upper half of its bits, scaled to the number of buckets."""
    buckets = np.uint64(keys.size // WAYS)
    return np.int64(((key >> _32) * buckets) >> _32) * WAYS


@inlined
def find(table, key):  # type: ignore[no-untyped-def]
    """The slot of a key, -1 where it is not known. Changes nothing."""
    keys = table[0]
    key = max(key, _ONE)
    first = _bucket(keys, key)
    for slot in range(first, first + WAYS):
        if keys[slot] == key:
            return slot
    return -1


@inlined
def claim(table, key):  # type: ignore[no-untyped-def]
    """The slot of a key that is being learned, made for it where it is not known: its row is then zero."""
    keys, heat, rows, counts = table
    key = max(key, _ONE)
    first = _bucket(keys, key)
    coldest = first
    for slot in range(first, first + WAYS):
        if keys[slot] == key:
            if heat[slot] < HOTTEST:
                heat[slot] += np.uint8(1)
            return slot
        if heat[slot] < heat[coldest]:
            coldest = slot
    if keys[coldest] == _NOBODY:
        counts[0] += 1
    else:
        counts[1] += 1
        cooled = heat[coldest]
        for slot in range(first, first + WAYS):
            heat[slot] -= cooled
        rows[coldest, :] = 0.0
    keys[coldest] = key
    heat[coldest] = 1
    return coldest
