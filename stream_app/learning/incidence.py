"""How often something happens: the decayed share of cases with it, in ever wider groups. Each group's share is the prior of the narrower one.

Beta-binomial: a group of n cases, k of them with it, has the share (k + strength * wider) / (n + strength).
"""

from typing import Any

import numpy as np

from stream_app.learning.compiled import CODES, FLOAT, FLOATS, INTS, VOID, Array, inlined, kernel, together
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.plain import PART

_N, _WITH = range(2)


@inlined
def _descend(table: Array, codes: Array, begin: int, end: int, prior: float, strength: float, growth: float) -> Any:
    """(share, cases in the narrowest known group, of them with it) of codes[begin:end]."""
    share, n, hits, sums = prior, 0.0, 0.0, rows(table)
    for place in range(end - 1, begin - 1, -1):
        slot = find(table, codes[place])
        if slot < 0:
            break
        n, hits = sums[slot, _N] / growth, sums[slot, _WITH] / growth
        share = (hits + strength * share) / (n + strength)
    return share, n, hits


@kernel(together(FLOAT, FLOAT, FLOAT), TABLE, CODES, FLOAT, FLOAT, FLOAT)
def _share(table: Array, codes: Array, prior: float, strength: float, growth: float) -> tuple[float, float, float]:
    share, n, hits = _descend(table, codes, 0, codes.size, prior, strength, growth)
    return share, n, hits


@kernel(FLOAT, TABLE, CODES, FLOAT, FLOAT, FLOAT)
def _lift(table: Array, codes: Array, prior: float, strength: float, growth: float) -> float:
    own, _, _ = _descend(table, codes, 0, codes.size, prior, strength, growth)
    wider, _, _ = _descend(table, codes, 1, codes.size, prior, strength, growth)
    return float(own / wider)


@kernel(FLOATS, TABLE, CODES, INTS, FLOAT, FLOAT, FLOAT)
def _shares(table: Array, codes: Array, ends: Array, prior: float, strength: float, growth: float) -> Array:
    found, begin = np.empty(ends.size), 0
    for number in range(ends.size):
        found[number] = _descend(table, codes, begin, ends[number], prior, strength, growth)[0]
        begin = ends[number]
    return found


@kernel(VOID, TABLE, CODES, FLOAT, FLOAT)
def _count(table: Array, codes: Array, hit: float, growth: float) -> None:
    sums = rows(table)
    for place in range(codes.size):
        slot = claim(table, codes[place])
        sums[slot, _N] += growth
        sums[slot, _WITH] += growth * hit


class Incidence:
    """Shares of groups named by code, narrowest first. `prior`: the share before any case is known, worth `strength` cases."""

    KEEPS = {"table": PART}

    __slots__ = ("prior", "strength", "table")

    def __init__(self, max_keys: int, prior: float, strength: float = 20.0) -> None:
        self.prior = prior
        self.strength = strength
        self.table = HashedTable(max_keys, 2)

    def share(self, codes: Array, growth: float) -> tuple[float, float, float]:
        """(the share, cases in the narrowest known group, of them with it)."""
        return _share(self.table.words, codes, self.prior, self.strength, growth)

    def lift(self, codes: Array, growth: float) -> float:
        """The share of the narrowest group over that of the next wider one."""
        return _lift(self.table.words, codes, self.prior, self.strength, growth)

    def shares(self, codes: Array, ends: Array, growth: float) -> list[float]:
        """The shares of several back-offs, whose codes stand one behind the other; `ends`: where each of them ends."""
        return _shares(self.table.words, codes, ends, self.prior, self.strength, growth).tolist()  # type: ignore[no-any-return]

    def count(self, codes: Array, hit: bool, growth: float) -> None:
        """Take a case in, in all its groups."""
        _count(self.table.words, codes, float(hit), growth)
