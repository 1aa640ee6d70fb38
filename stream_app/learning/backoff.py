"""Hierarchical back-off of beta-binomial rates at two speeds: P(irregular) of an item from ever narrower groups of controlled items.

Each group's posterior rate is the prior of the next narrower one, worth `strength` controls; a group that has just the controls of the
wider one adds nothing. Groups are nested, so the rate is still over-confident, which the blend behind it takes back. The slow speed
forgets nothing, the fast one by forward decay (decay.py); one group of the chain, the home, keeps how well either did on its last ten
outcomes or so, and they are mixed by that (exponentially weighted forecasters with forgetting: Herbster and Warmuth, "Tracking the best
expert", 1998).
"""

from typing import Any, NamedTuple

import numpy as np

from stream_app.learning.compiled import CODES, FLOAT, FLOATS, INT, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.odds import log_loss, logistic

# Columns of a row. Sums of the fast speed are in growing weights; losses are of the home's own outcomes.
N, IRREGULAR, FAST_N, FAST_IRREGULAR, SLOW_LOSS, FAST_LOSS = range(6)
WIDTH = 6

RECENT = 0.9
"""What is left of the losses at the next outcome."""

# Places in `settings`.
STRENGTH, PRIOR, SLOW_FIRST, URGE = range(4)


@inlined
def same(n: float, wider: float) -> Any:
    """Whether a group has all the controls of the wider one; corrections leave rounding errors."""
    return abs(n - wider) <= 1e-9 * wider


@inlined
def descend(table: Array, settings: Array, codes: Array, begin: int, end: int, growth: float) -> tuple[float, float, float, int]:
    """(slow rate, fast rate, controls in the narrowest known group, groups known) of codes[begin:end], widest first."""
    sums = rows(table)
    strength, slow, fast, n, known = settings[STRENGTH], settings[PRIOR], settings[PRIOR], 0.0, 0
    for place in range(begin, end):
        slot = find(table, codes[place])
        if slot < 0:
            break
        known += 1
        # A group of just the controls of the wider one says nothing new: counting them again at every level would turn one into certainty.
        if same(sums[slot, N], n):
            continue
        n = sums[slot, N]
        slow = (sums[slot, IRREGULAR] + strength * slow) / (n + strength)
        fast = (sums[slot, FAST_IRREGULAR] / growth + strength * fast) / (sums[slot, FAST_N] / growth + strength)
    return slow, fast, n, known


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
    slow, fast, n, known = descend(table, settings, codes, 0, codes.size, growth)
    share = fast_share(table, settings, codes[home])
    found[0], found[1], found[2], found[3], found[4] = (1.0 - share) * slow + share * fast, slow, fast, n, known


@kernel(VOID, TABLE, FLOATS, CODES, INT, FLOAT, FLOAT, FLOAT)
def _learn(table: Array, settings: Array, codes: Array, home: int, irregular: float, weight: float, growth: float) -> None:
    slow, fast, _, _ = descend(table, settings, codes, 0, codes.size, growth)
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
    rate, wider = settings[PRIOR], 0.0
    for level in range(codes.size):
        slot = find(table, codes[level])
        if slot < 0:
            return level
        n, irregular = rows(table)[slot, N], rows(table)[slot, IRREGULAR]
        if not same(n, wider):
            rate, wider = (irregular + settings[STRENGTH] * rate) / (n + settings[STRENGTH]), n
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
    """One group on the way down: its controls, the share of them that was irregular, and the rate once the wider groups are counted in."""

    n: float
    own: float
    rate: float


class BackoffRates:
    """Rates of groups named by code, within `max_keys` groups: heavy ones stay, cold ones go, and going is counted (hashed.py).

    Codes are given widest first; `home` is the place of the group that compares the speeds. Growth is the fast speed's weight of now.
    """

    __slots__ = ("home", "settings", "table")

    def __init__(self, max_keys: int = 200_000, strength: float = 1.0, prior: float = 0.1, home: int = 0, slow_first: float = 2.0) -> None:
        self.table = HashedTable(max_keys, WIDTH)
        self.settings = np.array([strength, prior, slow_first, 0.0])
        self.home = home

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
