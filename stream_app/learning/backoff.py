"""Hierarchical back-off of beta-binomial rates at two speeds: P(irregular) of an item from ever narrower groups of controlled items (chain.py).

The slow speed forgets nothing, the fast one by forward decay (decay.py); one group of the chain, the home, keeps how well either did on its
last ten outcomes or so, and they are mixed by that (exponentially weighted forecasters with forgetting: Herbster and Warmuth, "Tracking
the best expert", 1998).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from stream_app.learning.chain import FAST_IRREGULAR, FAST_N, IRREGULAR, SLOW_FIRST, URGE, N, descend, settings_of, strengthen, strengths_of
from stream_app.learning.compiled import CODES, FLOAT, FLOATS, INT, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.odds import log_loss, logistic
from stream_app.learning.plain import PART, Part

# Columns of a row behind those of the chain: what either speed lost on the home's own outcomes.
SLOW_LOSS, FAST_LOSS = 4, 5
WIDTH = 6

RECENT = 0.9
"""What is left of the losses at the next outcome."""


@inlined
def fast_share(table: Array, settings: Array, home: Any) -> Any:
    """What the fast speed counts in the home group, 0 to 1: `slow_first` in log-odds against it until losses speak."""
    lead = settings[URGE] - settings[SLOW_FIRST]
    slot = find(table, home)
    if slot >= 0:
        lead += rows(table)[slot, SLOW_LOSS] - rows(table)[slot, FAST_LOSS]
    return logistic(lead)


@inlined
def count(table: Array, codes: Array, irregular: float, weight: float, growth: float) -> None:
    """Add a control result (irregular 1, compliant 0) to every group, `weight` of it."""
    sums = rows(table)
    for place in range(codes.size):
        row = sums[claim(table, codes[place])]
        row[N] += weight
        row[FAST_N] += weight * growth
        row[IRREGULAR] += weight * irregular
        row[FAST_IRREGULAR] += weight * growth * irregular


@inlined
def compare(table: Array, home: Any, slow: float, fast: float, irregular: float) -> None:
    """Charge the two speeds of the home group for what they said of an item, unless hotter groups have just pushed it out."""
    slot = find(table, home)
    if slot < 0:
        return
    row = rows(table)[slot]
    row[SLOW_LOSS] = RECENT * row[SLOW_LOSS] + log_loss(slow, irregular)
    row[FAST_LOSS] = RECENT * row[FAST_LOSS] + log_loss(fast, irregular)


@kernel(VOID, TABLE, FLOATS, CODES, INT, FLOAT, FLOATS)
def _rates(table: Array, settings: Array, codes: Array, home: int, growth: float, found: Array) -> None:
    slow, fast, n, known = descend(table, settings, codes, 1, codes.size, growth, np.empty((2, codes.size)))
    share = fast_share(table, settings, codes[home])
    found[0], found[1], found[2], found[3], found[4] = (1.0 - share) * slow + share * fast, slow, fast, n, known


@kernel(VOID, TABLE, FLOATS, CODES, INT, FLOAT, FLOAT, FLOAT)
def _learn(table: Array, settings: Array, codes: Array, home: int, irregular: float, weight: float, growth: float) -> None:
    trace = np.empty((2, codes.size))
    slow, fast, _, _ = descend(table, settings, codes, 1, codes.size, growth, trace)
    strengthen(table, settings, codes, 1, codes.size, irregular, weight, trace)
    count(table, codes, irregular, weight, growth)
    compare(table, codes[home], slow, fast, irregular)


@kernel(VOID, TABLE, CODES, FLOAT, FLOAT, FLOAT)
def _forget(table: Array, codes: Array, irregular: float, weight: float, growth: float) -> None:
    for place in range(codes.size):
        slot = find(table, codes[place])
        if slot >= 0:
            row = rows(table)[slot]
            row[N] = max(row[N] - weight, 0.0)
            row[FAST_N] = max(row[FAST_N] - weight * growth, 0.0)
            row[IRREGULAR] = min(max(row[IRREGULAR] - weight * irregular, 0.0), row[N])
            row[FAST_IRREGULAR] = min(max(row[FAST_IRREGULAR] - weight * growth * irregular, 0.0), row[FAST_N])


@kernel(INT, TABLE, FLOATS, CODES, MATRIX)
def _path(table: Array, settings: Array, codes: Array, steps: Array) -> int:
    trace = np.empty((2, codes.size))
    for level in range(codes.size):
        slot = find(table, codes[level])
        if slot < 0:
            return level
        n, irregular = rows(table)[slot, N], rows(table)[slot, IRREGULAR]
        rate, _, _, _ = descend(table, settings, codes, 1, level + 1, 1.0, trace)
        steps[level, 0], steps[level, 1], steps[level, 2] = n, irregular / n if n > 0.0 else 0.0, rate
    return codes.size


class Rates(NamedTuple):
    """`mixed` of the two speeds; `n` controls in the narrowest known group, `known` groups."""

    mixed: float
    slow: float
    fast: float
    n: float
    known: int


class Step(NamedTuple):
    """One group on the way down: its controls, the share of them that was irregular, and the rate of an item that no narrower group knows."""

    n: float
    own: float
    rate: float


class BackoffRates:
    """Rates of groups named by code, within `max_keys` groups: heavy ones stay, cold ones go, and going is counted (hashed.py).

    Codes are given widest first, the first of them is everything, and `strengths` has a start for each; `home` is the place of the group that
    compares the speeds. Growth is the fast speed's weight of now.
    """

    KEEPS = {"table": PART, "settings": Part(fixed=URGE)}

    __slots__ = ("home", "settings", "table")

    def __init__(
        self, max_keys: int = 200_000, strengths: Sequence[float] = (1.0,) * 16, prior: float = 0.1, home: int = 0, slow_first: float = 2.0
    ) -> None:
        self.table = HashedTable(max_keys, WIDTH)
        self.settings = settings_of(strengths, prior, slow_first)
        self.home = home

    @property
    def strengths(self) -> list[float]:
        """By place: what the next wider rate is worth, in controls."""
        return strengths_of(self.settings)

    @property
    def arrays(self) -> tuple[Array, Array]:
        return self.table.words, self.settings

    def rates(self, codes: Array, growth: float) -> Rates:
        """State is left unchanged."""
        found = np.empty(5)
        _rates(*self.arrays, codes, self.home, growth, found)
        mixed, slow, fast, n, known = found.tolist()
        return Rates(mixed, slow, fast, n, int(known))

    def path(self, codes: Array) -> list[Step]:
        """The known groups, widest first."""
        steps = np.empty((codes.size, 3))
        known = _path(*self.arrays, codes, steps)
        return [Step(*row) for row in steps[:known].tolist()]

    def learn(self, codes: Array, irregular: bool, growth: float, weight: float = 1.0) -> None:
        """Add `weight` control results to every group."""
        _learn(*self.arrays, codes, self.home, float(irregular), weight, growth)

    def forget(self, codes: Array, irregular: bool, growth: float, weight: float = 1.0) -> None:
        """Take a result out again that was learned with this growth and weight; groups that were given up meanwhile stay so."""
        _forget(self.table.words, codes, float(irregular), weight, growth)
