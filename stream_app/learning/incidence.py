"""How often something happens: the decayed share of cases with it, in ever wider groups. Each group's share is the prior of the narrower one.

Beta-binomial: a group of n cases, k of them with it, has the share (k + strength * wider) / (n + strength).
"""

import numpy as np

from stream_app.learning.compiled import CODES, FLOAT, FLOATS, VOID, Array, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.plain import PART

_N, _WITH = range(2)


@kernel(FLOATS, TABLE, CODES, FLOAT, FLOAT, FLOAT)
def _share(table: Array, codes: Array, prior: float, strength: float, growth: float) -> Array:
    """[share, cases in the narrowest known group, of them with it]."""
    found, sums = np.zeros(3), rows(table)
    found[0] = prior
    for place in range(codes.size - 1, -1, -1):
        slot = find(table, codes[place])
        if slot < 0:
            break
        n, hits = sums[slot, _N] / growth, sums[slot, _WITH] / growth
        found[0] = (hits + strength * found[0]) / (n + strength)
        found[1], found[2] = n, hits
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
        share, n, hits = _share(self.table.words, codes, self.prior, self.strength, growth).tolist()
        return share, n, hits

    def count(self, codes: Array, hit: bool, growth: float) -> None:
        """Take a case in, in all its groups."""
        _count(self.table.words, codes, float(hit), growth)
