"""What peers usually look like: the decayed mean and spread of measures, on ever narrower peer groups."""

from collections.abc import Sequence
from math import log1p, sqrt
from typing import Any, NamedTuple

import numpy as np

from stream_app.learning.compiled import CODES, FLOAT, FLOATS, INT, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.plain import PART

VARIANCE_FLOOR = 0.0025
"""Of a logarithm: differences of five percent are never a surprise, however often one and the same value was declared."""
PLENTY = 15.0
"""Peers that need no prior: a wider group would move their mean by a seventieth of the way to its own."""
MIN_FREEDOM, MAX_FREEDOM = 3.0, 8.0
MAX_LEVELS = 8

Form = tuple[int, int, bool, float]
"""A measure: ln of one field over another (-1: over nothing); whether it only stands in where no earlier measure is known; and what the
surprise of a value above its peers weighs."""


class Spread(NamedTuple):
    """What to expect of the next value: Student's distribution, and the narrowest level of the back-off with enough peers and their count."""

    mean: float
    deviation: float
    freedom: float
    level: int
    n: float

    def surprise(self, value: float, below: float = 1.0) -> float:
        """ln of the peak of Student's density over the density at the value; times `below` where that lies under the mean."""
        t = (value - self.mean) / self.deviation
        return (1.0 if t >= 0.0 else below) * (self.freedom + 1.0) / 2.0 * log1p(t * t / self.freedom)


class Level(NamedTuple):
    """One group by itself."""

    mean: float
    deviation: float
    n: float


class PeerSpread:
    """Decayed sums of measures by peer key, widest group last. Every group corrects what the wider one expects.

    Normal with unknown mean and variance; each level's posterior is the next one's prior, worth `mean_strength` peers for the mean and
    `variance_strength` for the variance (Gelman et al., Bayesian Data Analysis, section 3.3). So three peers already count, and a
    hundred drown their prior. Values beyond `clip` deviations are learned as if they lay there: no fraud drags its peers along.

    Keys are at most MAX_LEVELS codes, narrowest first; fields are logarithms, NaN where one is missing. A row holds
    (w, w x, w x^2) of every measure, one after the other.
    """

    KEEPS = {"table": PART}

    __slots__ = ("shape", "table")

    def __init__(
        self,
        forms: Sequence[Form],
        max_keys: int,
        min_peers: float = 3.0,
        mean_strength: float = 0.2,
        variance_strength: float = 1.0,
        clip: float = 4.0,
    ) -> None:
        self.shape = np.array([(min_peers, mean_strength, variance_strength, clip), *forms], np.float64)
        self.table = HashedTable(max_keys, 3 * len(forms))

    def values(self, fields: Array) -> list[float]:
        """The measures of an item, NaN where one is missing."""
        return _values_of(self.shape, fields).tolist()  # type: ignore[no-any-return]

    def spreads(self, keys: Array, fields: Array, growth: float) -> list[Spread | None]:
        """What to expect of every measure; None where it is missing, and until the widest group has `min_peers`."""
        rows = _spreads(self.table.words, self.shape, keys, fields, growth).tolist()
        return [Spread(mean, deviation, freedom, int(level), n) if n == n else None for mean, deviation, freedom, level, n in rows]

    def learn(self, keys: Array, fields: Array, growth: float) -> None:
        """Add the measures to every level, each clipped to what its peers make credible."""
        _learn(self.table.words, self.shape, keys, fields, growth)

    def levels(self, keys: Array, measure: int, growth: float) -> list[Level]:
        """Every group by itself, narrowest first; n is 0 where nothing is known."""
        return [Level(*row) for row in _levels(self.table.words, keys, measure, growth).tolist()]

    def expected(self, levels: Sequence[Level]) -> list[float | None]:
        """The mean that is expected once each of `levels` (narrowest first) has corrected the wider ones; None where it is not asked.

        Groups wider than the first with plenty are not; nor is one without peers, and none that is narrower than it.
        """
        start = next((place for place, level in enumerate(levels) if level.n >= PLENTY), len(levels) - 1)
        found: list[float | None] = [None] * len(levels)
        mean = levels[start].mean
        for place in range(start, -1, -1):
            own, _, n = levels[place]
            if not n:
                break
            if place < start:
                mean += (own - mean) * n / (n + float(self.shape[0, 1]))
            found[place] = mean
        return found


@inlined
def _measure(shape: Array, fields: Array, number: int) -> Any:
    """ln of one field over another (over nothing: -1), NaN where one is missing."""
    numerator, denominator = int(shape[number + 1, 0]), int(shape[number + 1, 1])
    return fields[numerator] - fields[denominator] if denominator >= 0 else fields[numerator]


@inlined
def measures_of(shape: Array, fields: Array) -> Array:
    """All measures; those that only stand in for others are left out where another is known."""
    values = np.empty(len(shape) - 1)
    known = False
    for number in range(values.size):
        values[number] = np.nan if known and shape[number + 1, 2] else _measure(shape, fields, number)
        known = known or not np.isnan(values[number])
    return values


@inlined
def slots_of(table: Array, keys: Array) -> Array:
    slots = np.empty(MAX_LEVELS, np.int64)
    for level in range(keys.size):
        slots[level] = find(table, keys[level])
    return slots


@inlined
def spread_of(sums: Array, slots: Array, levels: int, measure: int, shape: Array, growth: float) -> Any:
    """(mean, deviation, freedom, level, n) of a measure; n is NaN where too few peers are known."""
    min_peers, kappa, nu = shape[0, 0], shape[0, 1], shape[0, 2]
    at, level = 3 * measure, levels - 1
    for narrow in range(levels):
        if slots[narrow] >= 0 and sums[slots[narrow], at] >= PLENTY * growth:
            level = narrow
            break
    if slots[level] < 0 or sums[slots[level], at] < min_peers * growth:
        return 0.0, 1.0, MIN_FREEDOM, level, np.nan
    mean, variance, n = _moments(sums[slots[level]], at, growth)
    weight, peers = n, n
    for narrower in range(level - 1, -1, -1):
        if slots[narrower] < 0 or sums[slots[narrower], at] == 0.0:
            break
        own, spread, n = _moments(sums[slots[narrower]], at, growth)
        shift = own - mean
        weight = n + kappa
        variance = (n * spread + nu * variance + kappa * n / weight * shift * shift) / (n + nu)
        mean += shift * n / weight
        if n >= min_peers:
            level, peers = narrower, n
    deviation = sqrt(max(variance, VARIANCE_FLOOR) * (1.0 + 1.0 / weight))
    return mean, deviation, min(max(weight, MIN_FREEDOM), MAX_FREEDOM), level, peers


@inlined
def _moments(sums: Array, at: int, growth: float) -> Any:
    """(mean, variance, n) of a group by itself."""
    mean = sums[at + 1] / sums[at]
    return mean, sums[at + 2] / sums[at] - mean * mean, sums[at] / growth


@kernel(FLOATS, MATRIX, FLOATS)
def _values_of(shape: Array, fields: Array) -> Array:
    return measures_of(shape, fields)


@kernel(MATRIX, TABLE, MATRIX, CODES, FLOATS, FLOAT)
def _spreads(table: Array, shape: Array, keys: Array, fields: Array, growth: float) -> Array:
    sums, slots, values = rows(table), slots_of(table, keys), measures_of(shape, fields)
    found = np.full((values.size, 5), np.nan)
    for measure in range(values.size):
        if not np.isnan(values[measure]):
            mean, deviation, freedom, level, n = spread_of(sums, slots, keys.size, measure, shape, growth)
            found[measure, 0], found[measure, 1], found[measure, 2] = mean, deviation, freedom
            found[measure, 3], found[measure, 4] = level, n
    return found


@inlined
def take(table: Array, shape: Array, keys: Array, fields: Array, growth: float) -> None:
    """Add the measures to every level, each clipped to what its peers make credible."""
    sums, slots, values = rows(table), slots_of(table, keys), measures_of(shape, fields)
    some = False
    for measure in range(values.size):
        if not np.isnan(values[measure]):
            some = True
            mean, deviation, _, _, n = spread_of(sums, slots, keys.size, measure, shape, growth)
            if not np.isnan(n):
                reach = shape[0, 3] * deviation
                values[measure] = min(max(values[measure], mean - reach), mean + reach)
    for level in range(keys.size if some else 0):
        slot = claim(table, keys[level])
        for measure in range(values.size):
            if not np.isnan(values[measure]):
                sums[slot, 3 * measure] += growth
                sums[slot, 3 * measure + 1] += growth * values[measure]
                sums[slot, 3 * measure + 2] += growth * values[measure] * values[measure]


@kernel(VOID, TABLE, MATRIX, CODES, FLOATS, FLOAT)
def _learn(table: Array, shape: Array, keys: Array, fields: Array, growth: float) -> None:
    take(table, shape, keys, fields, growth)


@kernel(MATRIX, TABLE, CODES, INT, FLOAT)
def _levels(table: Array, keys: Array, measure: int, growth: float) -> Array:
    found, sums = np.zeros((keys.size, 3)), rows(table)
    for level in range(keys.size):
        slot = find(table, keys[level])
        if slot >= 0 and sums[slot, 3 * measure] > 0.0:
            mean, variance, n = _moments(sums[slot], 3 * measure, growth)
            found[level, 0], found[level, 1], found[level, 2] = mean, sqrt(max(variance, 0.0)), n
    return found
