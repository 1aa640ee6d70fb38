"""What peers usually look like: the decayed mean and spread of measures, on ever narrower peer groups."""

from collections.abc import Sequence
from math import log1p, sqrt
from operator import add
from typing import NamedTuple

from stream_app.learning.table import Generations

VARIANCE_FLOOR = 0.0025
"""Of a logarithm: differences of five percent are never a surprise, however often one and the same value was declared."""
PLENTY = 15.0
"""Peers that need no prior: a wider group would move their mean by a seventieth of the way to its own."""
MIN_FREEDOM, MAX_FREEDOM = 3.0, 8.0

Sums = list[float]
"""(w, w x, w x^2) of every measure, one after the other."""


class Spread(NamedTuple):
    """What to expect of the next value: Student's distribution, and the narrowest level of the back-off with enough peers and their count."""

    mean: float
    deviation: float
    freedom: float
    level: int
    n: float


class PeerSpread:
    """Decayed sums of `measures` measures by peer key, widest group last. Every group corrects what the wider one expects.

    Normal with unknown mean and variance; each level's posterior is the next one's prior, worth `mean_strength` peers for the mean and
    `variance_strength` for the variance (Gelman et al., Bayesian Data Analysis, section 3.3). So three peers already count, and a
    hundred drown their prior. Values beyond `clip` deviations are learned as if they lay there: no fraud drags its peers along.
    """

    __slots__ = ("clip", "mean_strength", "measures", "min_peers", "table", "variance_strength")

    def __init__(
        self,
        measures: int,
        max_keys: int,
        min_peers: float = 3.0,
        mean_strength: float = 0.2,
        variance_strength: float = 1.0,
        clip: float = 4.0,
    ) -> None:
        self.measures = measures
        self.table: Generations[str, Sums] = Generations(max_keys)
        self.min_peers = min_peers
        self.mean_strength = mean_strength
        self.variance_strength = variance_strength
        self.clip = clip

    def rows(self, keys: Sequence[str]) -> list[Sums | None]:
        """The sums of the keys' groups, in the order of the keys: what `spread` reads."""
        return self.table.get(keys)

    def spread(self, rows: Sequence[Sums | None], measure: int, growth: float) -> Spread | None:
        """The expectation from rows given narrowest first; None until the widest has `min_peers`. State is left unchanged."""
        at, plenty = 3 * measure, PLENTY * growth
        level = len(rows)
        for start, sums in enumerate(rows, start=1):
            if sums is not None and sums[at] >= plenty:
                level = start
                break
        level -= 1
        sums = rows[level]
        if sums is None or (n := sums[at] / growth) < self.min_peers:
            return None
        mean = sums[at + 1] / sums[at]
        variance = sums[at + 2] / sums[at] - mean * mean
        if level:
            return self._narrowed(rows, at, growth, Spread(mean, variance, n, level, n))
        return _prediction(mean, variance, n, 0, n)

    def _narrowed(self, rows: Sequence[Sums | None], at: int, growth: float, widest: Spread) -> Spread:
        """The prior `widest` (its freedom is its weight) corrected by every narrower group in turn."""
        kappa, nu = self.mean_strength, self.variance_strength
        mean, variance, weight, speaks, peers = widest
        for level in range(widest.level - 1, -1, -1):
            sums = rows[level]
            if sums is None or not (total := sums[at]):
                break
            n = total / growth
            own = sums[at + 1] / total
            squares = n * (sums[at + 2] / total - own * own)
            shift = own - mean
            weight = n + kappa
            variance = (squares + nu * variance + kappa * n / weight * shift * shift) / (n + nu)
            mean += shift * n / weight
            if n >= self.min_peers:
                speaks, peers = level, n
        return _prediction(mean, variance, weight, speaks, peers)

    def learn(self, keys: Sequence[str], values: Sequence[tuple[int, float, Spread | None]], growth: float) -> None:
        """Add (measure, value, its spread before this value) to every level, each value clipped to what its peers make credible."""
        if not values:
            return
        added = [0.0] * (3 * self.measures)
        for measure, value, known in values:
            if known is not None:
                value = self._clipped(value, known)
            added[3 * measure : 3 * measure + 3] = growth, growth * value, growth * value * value
        rows = self.table.renew(keys)
        self.table.put(keys, [added if row is None else [*map(add, row, added)] for row in rows])

    def _clipped(self, value: float, known: Spread) -> float:
        reach = self.clip * known.deviation
        if value > known.mean + reach:
            return known.mean + reach
        return known.mean - reach if value < known.mean - reach else value


def _prediction(mean: float, variance: float, weight: float, level: int, n: float) -> Spread:
    """What to expect of the next value when mean and variance rest on `weight` values."""
    deviation = sqrt((variance if variance > VARIANCE_FLOOR else VARIANCE_FLOOR) * (1.0 + 1.0 / weight))
    freedom = MAX_FREEDOM if weight > MAX_FREEDOM else weight if weight > MIN_FREEDOM else MIN_FREEDOM
    return Spread(mean, deviation, freedom, level, n)


def surprise(value: float, peers: Spread) -> float:
    """How far `value` lies from what is expected, in nats: ln of Student's density at its peak over the density at `value`."""
    z = (value - peers.mean) / peers.deviation
    return (peers.freedom + 1.0) / 2.0 * log1p(z * z / peers.freedom)
