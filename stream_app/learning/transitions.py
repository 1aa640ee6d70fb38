"""What follows what: first-order Markov surprise with back-off, against what the context usually surprises by.

P(next | context) is a Dirichlet estimate whose prior is the wider context's (Good 1965; the back-off of language models, MacKay and Peto
1995). A context from which many things follow surprises at every step, so its own mean surprise, its entropy as met so far, is taken off.
What never followed is no less probable than that something new follows (the share of firsts in the context, method C of Witten and Bell,
"The zero-frequency problem", 1991), and is this: firsts are common where customers are as many as containers, and rare where ships call.
"""

from math import log
from typing import NamedTuple

import numpy as np

from stream_app.learning.compiled import CODE, CODES, FLOAT, FLOATS, VOID, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.keys import joined
from stream_app.learning.plain import PART

_N, _SURPRISE, _FIRSTS = range(3)


class Followed(NamedTuple):
    """`excess` nats above the context's mean surprise, 0 or more; `n` times the narrowest known context was met, `both` with this behind it."""

    excess: float
    n: float
    both: float
    level: int
    """Place of that context, -1 where none is known."""


@inlined
def _probability(table: Array, sums: Array, contexts: Array, value: int, strength: float, unseen: float, growth: float) -> tuple[float, int]:
    """(P of the value, place of the narrowest known context)."""
    p, new, level = unseen, 1.0, -1
    among_new = unseen
    for place in range(contexts.size - 1, -1, -1):
        slot = find(table, contexts[place])
        if slot < 0:
            break
        n, both = sums[slot, _N] / growth, 0.0
        behind = find(table, joined(contexts[place], value))
        if behind >= 0:
            both = sums[behind, _N] / growth
        p = (both + strength * p) / (n + strength)
        new = (sums[slot, _FIRSTS] / growth + strength * new) / (n + strength)
        if both > 0.0:
            among_new = p
        else:
            p = max(p, new * among_new)
        level = place
    return p, level


@kernel(FLOATS, TABLE, CODES, CODE, FLOAT, FLOAT, FLOAT)
def _followed(table: Array, contexts: Array, value: int, strength: float, unseen: float, growth: float) -> Array:
    found, sums = np.zeros(4), rows(table)
    p, level = _probability(table, sums, contexts, value, strength, unseen, growth)
    found[3] = level
    if level < 0:
        return found
    slot = find(table, contexts[level])
    n = sums[slot, _N] / growth
    found[0] = max(-log(p) - sums[slot, _SURPRISE] / growth / (n + strength), 0.0)
    found[1] = n
    behind = find(table, joined(contexts[level], value))
    if behind >= 0:
        found[2] = sums[behind, _N] / growth
    return found


@kernel(VOID, TABLE, CODES, CODE, FLOAT, FLOAT, FLOAT)
def _learn(table: Array, contexts: Array, value: int, strength: float, unseen: float, growth: float) -> None:
    sums = rows(table)
    p, _ = _probability(table, sums, contexts, value, strength, unseen, growth)
    for place in range(contexts.size):
        slot = claim(table, contexts[place])
        behind = joined(contexts[place], value)
        sums[slot, _N] += growth
        sums[slot, _SURPRISE] -= growth * log(p)
        if find(table, behind) < 0:
            sums[slot, _FIRSTS] += growth
        sums[claim(table, behind), _N] += growth


class Transitions:
    """Contexts named by code, narrowest first, the last one the widest. `unseen`: P of anything before anything is known."""

    KEEPS = {"table": PART}

    __slots__ = ("strength", "table", "unseen")

    def __init__(self, max_keys: int, strength: float = 5.0, unseen: float = 0.01) -> None:
        self.strength = strength
        self.unseen = unseen
        self.table = HashedTable(max_keys, 3)

    def followed(self, contexts: Array, value: int, growth: float) -> Followed:
        """How surprising it is that `value` follows. State is left unchanged."""
        excess, n, both, level = _followed(self.table.words, contexts, value, self.strength, self.unseen, growth).tolist()
        return Followed(excess, n, both, int(level))

    def learn(self, contexts: Array, value: int, growth: float) -> None:
        """Take in that `value` followed."""
        _learn(self.table.words, contexts, value, self.strength, self.unseen, growth)
