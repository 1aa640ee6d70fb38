"""What several partitions learned of the same thing, as sums: each keeps its own share, and scores against the sum of all.

Sums in forward decay add up (decay.py). What kernels read and write is the sum; beside it lies what the others told of it last (`lent`), so one's own
share is the difference, and hearing a share again changes nothing. A share is told in chunks, so that none outgrows a record: chunk c holds
the codes of one range, the same range in every partition, since their tables are of one size.
"""

import numpy as np

from stream_app.learning.compiled import Array
from stream_app.learning.hashed import WAYS, HashedTable
from stream_app.learning.lent import HEAT, NOTHING, lend, own
from stream_app.learning.plain import Grown
from stream_app.learning.share import Share

CHUNK_BUCKETS = 512
"""Buckets of a table that are told together: at most 4,096 rows, a third of a megabyte at the widest."""


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
        n = own(self._table.words, begin, end, *self._lent[chunk], self._run, keys, found)
        order = np.argsort(keys[:n])
        return Share(keys[order], found[order])

    def lend(self, chunk: int, share: Share) -> None:
        """What all others have of the chunk is this now, whatever it was before. Raises ValueError for what is no share of it."""
        low, high = self._range(chunk)
        codes, before = share.keys & ~HEAT, self._lent[chunk]
        if share.rows.shape != (len(codes), self.width) or not np.isfinite(share.rows).all():
            raise ValueError("the rows of a share are not as wide as its table, or no numbers")
        if len(codes) and not (low <= int(codes[0]) and int(codes[-1]) < high and (codes[:-1] < codes[1:]).all()):
            raise ValueError("a share has keys of another chunk, or out of order")
        gone = before.keys[~_are_among(before.keys & ~HEAT, codes)]
        keys = np.concatenate((share.keys, gone))
        given = np.concatenate((share.rows, np.zeros((len(gone), self.width))))
        self.dropped += int(lend(self._table.words, keys, given, *before, self._run))
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
