"""Hierarchical back-off of beta-binomial rates at two speeds: P(irregular) of an item from ever narrower groups of controlled items.

Each group's posterior rate is the prior of the next narrower one. A control counts once, at the narrowest group that it shares with the item:
a group speaks with those of its controls that are in no narrower group of the chain. What the wider rate is worth in a group, in controls,
is the group's strength: learned by place in the chain, down the log-loss of the rates (Adagrad: Duchi, Hazan and Singer, JMLR 12, 2011), so that
copies are believed where copies tell, and a chance finding is not where they do not. It takes the place of the dispersion of the
beta-binomial that empirical Bayes would fit (Gelman et al., "Bayesian Data Analysis", chapter 5).

The slow speed forgets nothing, the fast one by forward decay (decay.py); one group of the chain, the home, keeps how well either did on its
last ten outcomes or so, and they are mixed by that (exponentially weighted forecasters with forgetting: Herbster and Warmuth, "Tracking
the best expert", 1998).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from stream_app.learning.compiled import CODES, FLOAT, FLOATS, INT, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.odds import UNLIKELY, log_loss, logistic

# Columns of a row. Sums of the fast speed are in growing weights; losses are of the home's own outcomes.
N, IRREGULAR, FAST_N, FAST_IRREGULAR, SLOW_LOSS, FAST_LOSS = range(6)
WIDTH = 6

RECENT = 0.9
"""What is left of the losses at the next outcome."""

# Places in `settings`; behind them, by place in the codes, the strengths and the squares of the pulls on their logarithms so far.
STRENGTH, PRIOR, SLOW_FIRST, URGE = range(4)
_HEADER = 4

STEP = 0.2
"""Of a strength's logarithm at its first surprise."""
WEAKEST, STRONGEST = 0.05, 1_000.0
WIDEST = 10.0
"""How much stronger than the narrowest group of a chain the widest one starts: wide groups are mixed."""

# Rows of a trace, by place: what the rate kept of the wider one's, and by how much it moves with the logarithm of its group's strength.
KEPT, MOVED = range(2)


def tapered(strength: float, groups: int) -> list[float]:
    """Strengths to start from, for all goods and `groups` ever narrower ones, the last of which has `strength`."""
    return [strength, *(strength * np.geomspace(WIDEST, 1.0, groups)).tolist()]


@inlined
def _elsewhere(sums: Array, slot: int, inner: int) -> tuple[float, float, float, float]:
    """N to FAST_IRREGULAR of a group without its narrower one (`inner` below 0: none is known). Never below 0: a correction leaves rounding
    errors, and a group that had to make room for a while is short."""
    n, irregular, fast_n, fast_irregular = sums[slot, N], sums[slot, IRREGULAR], sums[slot, FAST_N], sums[slot, FAST_IRREGULAR]
    if inner < 0:
        return n, irregular, fast_n, fast_irregular
    left = n - sums[inner, N]
    if left <= 1e-9 * n:
        return 0.0, 0.0, 0.0, 0.0
    irregular, fast_n = min(max(irregular - sums[inner, IRREGULAR], 0.0), left), max(fast_n - sums[inner, FAST_N], 0.0)
    return left, irregular, fast_n, min(max(fast_irregular - sums[inner, FAST_IRREGULAR], 0.0), fast_n)


@inlined
def _next_known(table: Array, codes: Array, place: int, end: int) -> tuple[int, Any]:
    """(place, slot) of the first of codes[place:end] that is known; a slot of -1 where none is."""
    while place < end:
        slot = find(table, codes[place])
        if slot >= 0:
            return place, slot
        place += 1
    return end, np.int64(-1)


@inlined
def overall(table: Array, settings: Array, everything: Any) -> Any:
    """The slow rate of all controls."""
    slot = find(table, everything)
    if slot < 0:
        return settings[PRIOR]
    sums = rows(table)
    return (sums[slot, IRREGULAR] + settings[STRENGTH] * settings[PRIOR]) / (sums[slot, N] + settings[STRENGTH])


@inlined
def descend(table: Array, settings: Array, codes: Array, begin: int, end: int, growth: float, trace: Array) -> tuple[float, float, float, int]:
    """(slow rate, fast rate, controls in the narrowest known group, how many groups go down to it) of codes[0], everything, and within it of
    codes[begin:end], widest first. `trace` (2, places or more) is written at the places of groups that have a say.

    A group that had to make room for others, while a narrower one is still known, is passed over.
    """
    sums = rows(table)
    slow, fast, n, known = settings[PRIOR], settings[PRIOR], 0.0, 0
    place, slot = 0, find(table, codes[0])
    while slot >= 0:
        n, known = sums[slot, N], max(place - begin + 1, 0) + 1
        narrower, inner = _next_known(table, codes, max(place + 1, begin), end)
        alone, irregular, fast_n, fast_irregular = _elsewhere(sums, slot, inner)
        if alone > 0.0:
            strength = settings[_HEADER + place]
            rate = (irregular + strength * slow) / (alone + strength)
            trace[KEPT, place] = strength / (alone + strength)
            trace[MOVED, place] = (slow - rate) * trace[KEPT, place]
            slow, fast = rate, (fast_irregular / growth + strength * fast) / (fast_n / growth + strength)
        place, slot = narrower, inner
    return slow, fast, n, known


@inlined
def strengthen(table: Array, settings: Array, codes: Array, begin: int, end: int, irregular: float, weight: float, trace: Array) -> None:
    """Move the strengths of codes[begin:end] one step down the log-loss of an outcome that is not yet counted."""
    trace[KEPT, begin:end], trace[MOVED, begin:end] = 1.0, 0.0
    rate, _, _, _ = descend(table, settings, codes, begin, end, 1.0, trace)
    rate = min(max(rate, UNLIKELY), 1.0 - UNLIKELY)
    error, squares = weight * (rate - irregular) / (rate * (1.0 - rate)), (settings.size + _HEADER) // 2
    for place in range(end - 1, begin - 1, -1):
        pull = error * trace[MOVED, place]
        settings[squares + place] += pull * pull
        moved = settings[_HEADER + place] * np.exp(-STEP * pull / np.sqrt(1.0 + settings[squares + place]))
        settings[_HEADER + place] = min(max(moved, WEAKEST), STRONGEST)
        error *= trace[KEPT, place]


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

    __slots__ = ("home", "settings", "table")

    def __init__(
        self, max_keys: int = 200_000, strengths: Sequence[float] = (1.0,) * 16, prior: float = 0.1, home: int = 0, slow_first: float = 2.0
    ) -> None:
        self.table = HashedTable(max_keys, WIDTH)
        self.settings = np.array([strengths[0], prior, slow_first, 0.0, *strengths, *np.zeros(len(strengths))])
        self.home = home

    @property
    def strengths(self) -> list[float]:
        """By place: what the next wider rate is worth, in controls."""
        return self.settings[_HEADER : (self.settings.size + _HEADER) // 2].tolist()  # type: ignore[no-any-return]

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
