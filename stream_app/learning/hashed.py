"""Tables of rows of floats by code that never outgrow their bound: heavy keys stay, cold ones go, and going is counted.

Keys live in buckets of eight, one line of processor cache. A new key in a full bucket takes the place of the one with the least heat;
heat is how often a key was learned from, up to 255, less the heat of those that had to go since (least frequently used with dynamic
aging: Arlitt et al., "Evaluating content management techniques for web proxy caches", 1999). So one-off keys push out one-off keys, and a
key that was heavy once and is seen no more goes after some 255 others. Some buckets are full before all are: of as many keys as half the
bound 0.7 % find no room, of 70 % of it 3.6 %.
"""

from typing import Any

import numpy as np

from stream_app.learning.compiled import CODES, Array, fetch, inlined
from stream_app.learning.pages import zeros
from stream_app.learning.plain import Part

WAYS = 8
_HEAT = np.uint64(0xFF)
"""The lowest byte of a key's word is its heat, so a table tells keys apart by the upper 56 bits of their codes."""
_CODE = ~_HEAT
_HOTTEST, _ONE, _NOBODY, _32 = _HEAT, np.uint64(1), np.uint64(0), np.uint64(32)
_LEAST = np.uint64(0x100)

TABLE = CODES
"""How a kernel takes a table: one array, since each costs a tenth of a microsecond a call. Words: slots, width, held, forgotten, four
unused; then a bucket after the other, eight keys with their heat and behind them their eight rows, as floats. So key and row lie side by
side: most of what a look-up costs is waiting for memory."""
_SLOTS, _WIDTH, _HELD, _FORGOTTEN = range(4)
_HEADER = 8


class HashedTable:
    """Up to `max_keys` rows of `width` floats, new ones zero. Kernels read and write `words` with `find`, `claim` and `rows`."""

    KEEPS = {"words": Part(fixed=2)}

    __slots__ = ("max_keys", "width", "words")

    def __init__(self, max_keys: int, width: int) -> None:
        if max_keys < WAYS:
            raise ValueError(f"max_keys must be at least {WAYS}")
        self.max_keys = max_keys
        self.width = width
        self.words = self._empty()

    def _empty(self) -> Array:
        slots = self.max_keys // WAYS * WAYS
        words = zeros(_HEADER + slots * (1 + self.width))
        words[:2] = slots, self.width
        return words

    def __len__(self) -> int:
        return int(self.words[_HELD])

    @property
    def forgotten(self) -> int:
        """Keys that went so that others could come."""
        return int(self.words[_FORGOTTEN])

    def items(self) -> dict[int, list[float]]:
        """The rows by code, its lowest byte 0."""
        keys, rows = self._parts()
        return {int(keys[at] & _CODE): rows[at].tolist() for at in zip(*np.nonzero(keys), strict=True)}

    def _parts(self) -> tuple[Array, Array]:
        """(keys with their heat [buckets, WAYS], rows [buckets, WAYS, width]), both of them views."""
        buckets = self.words[_HEADER:].reshape(-1, WAYS * (1 + self.width))
        return buckets[:, :WAYS], buckets[:, WAYS:].view(np.float64).reshape(-1, WAYS, self.width)

    def __getstate__(self) -> dict[str, Any]:
        """Only the slots in use, so that a snapshot is as large as what was learned."""
        keys, rows = self._parts()
        bucket, way = np.nonzero(keys)
        header = self.words[:_HEADER].copy()
        return {"max_keys": self.max_keys, "width": self.width, "header": header, "bucket": bucket.astype(np.uint32), "way": way.astype(np.uint8)} | {
            "keys": keys[bucket, way],
            "rows": rows[bucket, way],
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.max_keys, self.width = state["max_keys"], state["width"]
        self.words = self._empty()
        self.words[:_HEADER] = state["header"]
        keys, rows = self._parts()
        at = state["bucket"], state["way"]
        keys[at], rows[at] = state["keys"], state["rows"]


@inlined
def rows(table: Array) -> Array:
    """The rows by slot, to read and write. Take them once a kernel: a view costs more than a look-up."""
    width: Any = np.int64(table[_WIDTH])
    return np.lib.stride_tricks.as_strided(table.view(np.float64), (table.size - width + 1, width), (8, 8))


@inlined
def bucket_words(table: Array, bucket: Any) -> Any:
    """Where a bucket begins; its rows begin WAYS words behind. Codes in one bucket are smaller than those in the next."""
    return _HEADER + bucket * WAYS * (1 + np.int64(table[_WIDTH]))


@inlined
def _bucket(table: Array, key: Any) -> Any:
    """Where the key's bucket begins: the upper half of its bits, scaled to the number of buckets."""
    buckets = table[_SLOTS] // np.uint64(WAYS)
    return bucket_words(table, np.int64(((key >> _32) * buckets) >> _32))


@inlined
def find(table: Array, key: Any) -> Any:
    """The slot of a key, -1 where it is not known. Changes nothing."""
    key = max(key & _CODE, _LEAST)
    begin = _bucket(table, key)
    for way in range(WAYS):
        if table[begin + way] & _CODE == key:
            return begin + WAYS + way * np.int64(table[_WIDTH])
    return np.int64(-1)


@inlined
def expect(table: Array, key: Any) -> None:
    """Have the key's bucket loaded: waiting for memory one look-up after the other is most of what they cost, asked for ahead they come together."""
    begin = _bucket(table, max(key & _CODE, _LEAST))
    fetch(table, begin)
    fetch(table, begin + WAYS)
    if table[_WIDTH] > _ONE:
        fetch(table, begin + 2 * WAYS)


@inlined
def sum_of(table: Array, sums: Array, key: Any) -> float:
    """The first number of a key's row, 0 where the key is not known. `sums`: the table's rows."""
    slot = find(table, key)
    return sums[slot, 0] if slot >= 0 else 0.0


@inlined
def claim(table: Array, key: Any) -> Any:
    """The slot of a key that is being learned, made for it where it is not known: its row is then zero."""
    key = max(key & _CODE, _LEAST)
    begin, width = _bucket(table, key), np.int64(table[_WIDTH])
    coldest = 0
    for way in range(WAYS):
        word = table[begin + way]
        if word & _CODE == key:
            if word & _HEAT < _HOTTEST:
                table[begin + way] = word + _ONE
            return begin + WAYS + way * width
        if word & _HEAT < table[begin + coldest] & _HEAT:
            coldest = way
    slot = begin + WAYS + coldest * width
    if table[begin + coldest] == _NOBODY:
        table[_HELD] += _ONE
    else:
        table[_FORGOTTEN] += _ONE
        cooled = table[begin + coldest] & _HEAT
        for way in range(WAYS):
            table[begin + way] -= cooled
        table[slot : slot + width] = _NOBODY
    table[begin + coldest] = key | _ONE
    return slot


@inlined
def place(table: Array, key: Any) -> Any:
    """The slot of a key that others have learned, at least as hot as its lowest byte says; -1 where all in its bucket are hotter."""
    code, heat = max(key & _CODE, _LEAST), key & _HEAT
    begin, width = _bucket(table, code), np.int64(table[_WIDTH])
    coldest = 0
    for way in range(WAYS):
        word = table[begin + way]
        if word & _CODE == code:
            table[begin + way] = code | max(word & _HEAT, heat)
            return begin + WAYS + way * width
        if word & _HEAT < table[begin + coldest] & _HEAT:
            coldest = way
    slot = begin + WAYS + coldest * width
    if table[begin + coldest] == _NOBODY:
        table[_HELD] += _ONE
    elif table[begin + coldest] & _HEAT >= heat:
        return np.int64(-1)
    else:
        table[_FORGOTTEN] += _ONE
        table[slot : slot + width] = _NOBODY
    table[begin + coldest] = code | max(heat, _ONE)
    return slot
