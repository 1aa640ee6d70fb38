"""What peers usually look like: the decayed mean and spread of measures, on ever narrower peer groups."""

from collections.abc import Sequence
from math import log1p, sqrt
from typing import NamedTuple

from stream_app.learning.table import BoundedTable

VARIANCE_FLOOR = 0.0025
"""Of a logarithm: differences of five percent are never a surprise, however often one and the same value was declared."""
PLENTY = 100.0
"""Peers that need no prior: whatever a wider group says moves their mean by less than a five-hundredth of their spread."""
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
        self.table: BoundedTable[str, Sums] = BoundedTable(max_keys)
        self.min_peers = min_peers
        self.mean_strength = mean_strength
        self.variance_strength = variance_strength
        self.clip = clip

    def rows(self, keys: Sequence[str]) -> list[Sums | None]:
        """The sums of the keys' groups, in the order of the keys: what `spread` reads."""
        get = self.table.get
        return [get(key) for key in keys]

    def spread(self, rows: Sequence[Sums | None], measure: int, growth: float) -> Spread | None:
        """The expectation from rows given narrowest first; None until the widest has `min_peers`. State is left unchanged."""
        kappa, nu, at, plenty = self.mean_strength, self.variance_strength, 3 * measure, PLENTY * growth
        level = len(rows)
        for start, sums in enumerate(rows, start=1):
            if sums is not None and sums[at] >= plenty:
                level = start
                break
        mean = variance = weight = peers = 0.0
        while level:
            level -= 1
            sums = rows[level]
            if sums is None or not (total := sums[at]):
                break
            n = total / growth
            own = sums[at + 1] / total
            squares = n * max(sums[at + 2] / total - own * own, 0.0)
            if not weight:
                if n < self.min_peers:
                    return None
                mean, variance, weight, speaks, peers = own, squares / n, n, level, n
                continue
            shift = own - mean
            weight = n + kappa
            variance = (squares + nu * variance + kappa * n / weight * shift * shift) / (n + nu)
            mean += shift * n / weight
            if n >= self.min_peers:
                speaks, peers = level, n
        if not weight:
            return None
        deviation = sqrt(max(variance, VARIANCE_FLOOR) * (1.0 + 1.0 / weight))
        return Spread(mean, deviation, min(max(weight, MIN_FREEDOM), MAX_FREEDOM), speaks, peers)

    def learn(self, keys: Sequence[str], values: Sequence[tuple[int, float, Spread | None]], growth: float) -> None:
        """Add (measure, value, its spread before this value) to every level, each value clipped to what its peers make credible."""
        table = self.table
        clipped = [(3 * measure, self._clip(value, known)) for measure, value, known in values]
        for key in keys:
            sums = table.get(key)
            if sums is None:
                sums = [0.0] * (3 * self.measures)
                table.put(key, sums)
            else:
                table.touch(key)
            for at, value in clipped:
                weighted = growth * value
                sums[at] += growth
                sums[at + 1] += weighted
                sums[at + 2] += weighted * value

    def _clip(self, value: float, known: Spread | None) -> float:
        if known is None:
            return value
        reach = self.clip * known.deviation
        return min(max(value, known.mean - reach), known.mean + reach)


def surprise(value: float, peers: Spread) -> float:
    """How far `value` lies from what is expected, in nats: ln of Student's density at its peak over the density at `value`."""
    z = (value - peers.mean) / peers.deviation
    return (peers.freedom + 1.0) / 2.0 * log1p(z * z / peers.freedom)
