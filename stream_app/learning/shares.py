"""What several partitions learned of the same thing, as sums: each keeps its own share, and scores against the sum of all.

Sums in forward decay add up (decay.py). What kernels read and write is the sum; beside it lies what the others told of it last (`lent`), so one's own
share is the difference, and hearing a share again changes nothing. A share is told in chunks, so that none outgrows a record: chunk c holds
the codes of one range, the same range in every partition, since their tables are of one size.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from stream_app.learning.compiled import CODES, INT, MATRIX, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, WAYS, HashedTable, bucket_words, find, place, rows
from stream_app.learning.plain import Grown

CHUNK_BUCKETS = 512
"""Buckets of a table that are told together: at most 4,096 rows, a third of a megabyte at the widest."""
NOTHING = 1e-9
"""Of a count: what is left of it when it is taken from itself, in floats."""
_HEAT = np.uint64(0xFF)
HOTTEST = np.uint64(16)
"""A key of others is no hotter: what is met here itself goes before it, and what nobody meets any more can cool down."""


class Share(NamedTuple):
    """`keys` ascend: the code of each row, its lowest byte the key's heat; `rows` (n, width) in growing weights."""

    keys: Array
    rows: Array

    @classmethod
    def empty(cls, width: int) -> "Share":
        return cls(np.zeros(0, np.uint64), np.zeros((0, width)))


def total(shares: Iterable[Share], width: int) -> Share:
    """The sum by key, as hot as its hottest. `empty` changes nothing."""
    found = [share for share in shares if len(share.keys)]
    if len(found) < 2:
        return found[0] if found else Share.empty(width)
    keys = np.concatenate([share.keys for share in found])
    order = np.argsort(keys & ~_HEAT, kind="stable")
    codes = keys[order] & ~_HEAT
    begins = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
    heats = np.maximum.reduceat(keys[order] & _HEAT, begins)
    return Share(codes[begins] | heats, np.add.reduceat(np.concatenate([share.rows for share in found])[order], begins))


class SharedTable:
    """A table of sums that others have shares of, too. A row is `measures` runs of as many columns, the first of each a count, never below 0.

    `dropped`: rows of others that found no room: hotter keys were there.
    """

    __slots__ = ("KEEPS", "_lent", "_run", "_table", "dropped")

    def __init__(self, table: HashedTable, run: int = 1) -> None:
        """Raises ValueError for rows that are no whole number of runs: kernels would write beyond them."""
        if table.width % run:
            raise ValueError("a row is no whole number of runs")
        self.KEEPS = {"lent_keys": Grown(np.uint64), "lent_rows": Grown(np.float64, (table.width,)), "dropped": int}
        self._table, self._run = table, run
        self._lent = [Share.empty(table.width)] * self.chunks
        self.dropped = 0

    @property
    def width(self) -> int:
        return self._table.width

    @property
    def chunks(self) -> int:
        return -(-self._buckets // CHUNK_BUCKETS)

    @property
    def _buckets(self) -> int:
        return self._table.max_keys // WAYS

    def own(self, chunk: int) -> Share:
        """What was learned here."""
        begin, end = self._span(chunk)
        keys, found = np.empty((end - begin) * WAYS, np.uint64), np.empty(((end - begin) * WAYS, self.width))
        n = _own(self._table.words, begin, end, *self._lent[chunk], self._run, keys, found)
        order = np.argsort(keys[:n])
        return Share(keys[order], found[order])

    def lend(self, chunk: int, share: Share) -> None:
        """What all others have of the chunk is this now, whatever it was before. Raises ValueError for what is no share of it."""
        low, high = self._range(chunk)
        codes, before = share.keys & ~_HEAT, self._lent[chunk]
        if share.rows.shape != (len(codes), self.width) or not np.isfinite(share.rows).all():
            raise ValueError("the rows of a share are not as wide as its table, or no numbers")
        if len(codes) and not (low <= int(codes[0]) and int(codes[-1]) < high and (codes[:-1] < codes[1:]).all()):
            raise ValueError("a share has keys of another chunk, or out of order")
        gone = before.keys[~_are_among(before.keys & ~_HEAT, codes)]
        keys = np.concatenate((share.keys, gone))
        given = np.concatenate((share.rows, np.zeros((len(gone), self.width))))
        self.dropped += int(_lend(self._table.words, keys, given, *before, self._run))
        given = given[: len(codes)]
        kept = given.any(axis=1)
        self._lent[chunk] = Share(share.keys[kept], given[kept])

    def _span(self, chunk: int) -> tuple[int, int]:
        """Its first bucket, and the first one behind it."""
        return chunk * CHUNK_BUCKETS, min((chunk + 1) * CHUNK_BUCKETS, self._buckets)

    def _range(self, chunk: int) -> tuple[int, int]:
        """Its first code, and the first one behind it."""
        low, high = (-(-(bucket << 32) // self._buckets) << 32 for bucket in self._span(chunk))
        return low, high

    @property
    def lent_keys(self) -> Array:
        """What was lent, all chunks together: for checkpoints."""
        return np.concatenate([share.keys for share in self._lent])

    @lent_keys.setter
    def lent_keys(self, keys: Array) -> None:
        if not (keys[:-1] < keys[1:]).all():
            raise ValueError("keys that were lent are out of order")
        ends = [np.searchsorted(keys, np.uint64(self._range(chunk)[0])) for chunk in range(1, self.chunks)]
        self._lent = [Share(part, np.zeros((len(part), self.width))) for part in np.split(keys, ends)]

    @property
    def lent_rows(self) -> Array:
        return np.concatenate([share.rows for share in self._lent])

    @lent_rows.setter
    def lent_rows(self, given: Array) -> None:
        ends = np.cumsum([len(share.keys) for share in self._lent])
        if len(given) != ends[-1]:
            raise ValueError("keys and rows that were lent do not fit")
        parts = np.split(given, ends[:-1])
        self._lent = [Share(share.keys, part) for share, part in zip(self._lent, parts, strict=True)]


class SharedSums:
    """A few sums in one array, every one of which is there from the beginning: as one chunk."""

    __slots__ = ("KEEPS", "_sums", "dropped", "lent")

    chunks = 1

    def __init__(self, sums: Array) -> None:
        self.KEEPS = {"lent": Grown(np.float64, (), sums.size)}
        self._sums = sums
        self.lent = np.zeros(sums.size)
        self.dropped = 0

    @property
    def width(self) -> int:
        return int(self._sums.size)

    def own(self, chunk: int) -> Share:
        """What was learned here."""
        del chunk
        live = self._sums.reshape(-1)
        left = live - self.lent
        return Share(np.array([256], np.uint64), np.where(np.abs(left) > NOTHING * np.abs(live), left, 0.0).reshape(1, -1))

    def lend(self, chunk: int, share: Share) -> None:
        """What all others have is this now, whatever it was before. Raises ValueError for what is no share of it."""
        if len(share.rows) > 1 or share.rows.shape[1] != self.width or not np.isfinite(share.rows).all():
            raise ValueError("a share is not as wide as its sums, or no numbers")
        own = self.own(chunk).rows[0]
        self.lent = share.rows[0].copy() if len(share.rows) else np.zeros(self.width)
        self._sums.reshape(-1)[:] = own + self.lent

    def taken_in(self) -> None:
        """Raises ValueError for another number of sums."""
        if len(self.lent) != self.width:
            raise ValueError("sums that were lent do not fit")


Shared = SharedTable | SharedSums


def _are_among(some: Array, codes: Array) -> Array:
    """Which of some ascending codes are among others."""
    if not len(codes):
        return np.zeros(len(some), bool)
    at = np.minimum(np.searchsorted(codes, some), len(codes) - 1)
    found: Array = codes[at] == some
    return found


@inlined
def _place_of(keys: Array, code: Any) -> Any:
    """Where a code is among ascending keys, -1 where it is not."""
    at = np.searchsorted(keys, code)
    return at if at < keys.size and keys[at] & ~_HEAT == code else -1


@inlined
def _subtract(live: Array, lent: Array, run: int, own: Array) -> bool:
    """What is one's own of a row; whether there is anything. A count below what was lent was pushed out since, and has come again by itself."""
    some = False
    for begin in range(0, live.size, run):
        left = live[begin] - lent[begin]
        gone = left < -NOTHING * lent[begin]
        nothing = not gone and left <= NOTHING * live[begin]
        some = some or not nothing
        for column in range(begin, begin + run):
            own[column] = live[column] if gone else 0.0 if nothing else live[column] - lent[column]
    return some


@kernel(INT, TABLE, INT, INT, CODES, MATRIX, INT, CODES, MATRIX)
def _own(table: Array, begin: int, end: int, lent_keys: Array, lent_rows: Array, run: int, keys: Array, found: Array) -> int:
    sums, n, width = rows(table), 0, found.shape[1]
    none = np.zeros(width)
    for bucket in range(begin, end):
        at = bucket_words(table, bucket)
        for way in range(WAYS):
            key = table[at + way]
            if key != 0:
                told = _place_of(lent_keys, key & ~_HEAT)
                if _subtract(sums[at + WAYS + way * width], lent_rows[told] if told >= 0 else none, run, found[n]):
                    keys[n] = key & ~_HEAT | min(key & _HEAT, HOTTEST)
                    n += 1
    return n


@inlined
def _is_empty(row: Array) -> bool:
    return not np.any(row)


@kernel(INT, TABLE, CODES, MATRIX, CODES, MATRIX, INT)
def _lend(table: Array, keys: Array, given: Array, lent_keys: Array, lent_rows: Array, run: int) -> int:
    """Rows of one's own and those given, added up. What finds no room is 0 in `given` afterwards; how many they are."""
    sums, dropped = rows(table), 0
    own, none = np.empty(given.shape[1]), np.zeros(given.shape[1])
    for number in range(keys.size):
        code = keys[number] & ~_HEAT
        slot, told = find(table, code), _place_of(lent_keys, code)
        if slot < 0:
            if _is_empty(given[number]):
                continue
            slot = place(table, keys[number])
            if slot < 0:
                given[number, :] = 0.0
                dropped += 1
                continue
            own[:] = 0.0
        else:
            place(table, keys[number])
            _subtract(sums[slot], lent_rows[told] if told >= 0 else none, run, own)
        for column in range(own.size):
            sums[slot, column] = own[column] + given[number, column]
    return dropped
