"""What peers usually look like: the decayed mean and spread of a measure, on ever narrower peer groups."""

from math import log1p, sqrt
from typing import NamedTuple

from stream_app.learning.table import BoundedTable

VARIANCE_FLOOR = 0.0025
"""Of a logarithm: differences of five percent are never a surprise, however often one and the same value was declared."""
MIN_FREEDOM, MAX_FREEDOM = 3.0, 8.0


class Spread(NamedTuple):
    """What to expect of the next value: Student's distribution, and the narrowest level of the back-off with enough peers and their count."""

    mean: float
    deviation: float
    freedom: float
    level: int
    n: float


class PeerSpread:
    """Decayed sums (w, w x, w x^2) of one measure by peer key, widest group last. Every group corrects what the wider one expects.

    Normal with unknown mean and variance; each level's posterior is the next one's prior, worth `mean_strength` peers for the mean and
    `variance_strength` for the variance (Gelman et al., Bayesian Data Analysis, section 3.3). So three peers already count, and a
    hundred drown their prior. Values beyond `clip` deviations are learned as if they lay there: no fraud drags its peers along.
    """

    __slots__ = ("clip", "mean_strength", "min_peers", "table", "variance_strength")

    def __init__(self, max_keys: int, min_peers: float = 3.0, mean_strength: float = 0.2, variance_strength: float = 1.0, clip: float = 4.0) -> None:
        self.table: BoundedTable[str, list[float]] = BoundedTable(max_keys)
        self.min_peers = min_peers
        self.mean_strength = mean_strength
        self.variance_strength = variance_strength
        self.clip = clip

    def spread(self, keys: tuple[str, ...], growth: float) -> Spread | None:
        """The expectation for keys given narrowest first; None until the widest has `min_peers`. State is left unchanged."""
        get, kappa, nu = self.table.get, self.mean_strength, self.variance_strength
        level = len(keys)
        mean = variance = weight = peers = 0.0
        for key in reversed(keys):
            level -= 1
            sums = get(key)
            if sums is None:
                break
            n = sums[0] / growth
            own = sums[1] / sums[0]
            squares = n * max(sums[2] / sums[0] - own * own, 0.0)
            if not weight:
                if n < self.min_peers:
                    return None
                mean, variance, weight, speaks, peers = own, squares / n, n, level, n
                continue
            shift = own - mean
            variance = (squares + nu * variance + kappa * n / (kappa + n) * shift * shift) / (n + nu)
            mean += shift * n / (n + kappa)
            weight = n + kappa
            if n >= self.min_peers:
                speaks, peers = level, n
        if not weight:
            return None
        deviation = sqrt(max(variance, VARIANCE_FLOOR) * (1.0 + 1.0 / weight))
        return Spread(mean, deviation, min(max(weight, MIN_FREEDOM), MAX_FREEDOM), speaks, peers)

    def learn(self, keys: tuple[str, ...], value: float, growth: float, known: Spread | None) -> None:
        """Add a value to every level, clipped to what its peers (`known`: the spread before this value) make credible."""
        if known is not None:
            reach = self.clip * known.deviation
            value = min(max(value, known.mean - reach), known.mean + reach)
        table, weighted = self.table, growth * value
        for key in keys:
            sums = table.get(key)
            if sums is None:
                table.put(key, [growth, weighted, weighted * value])
            else:
                sums[0] += growth
                sums[1] += weighted
                sums[2] += weighted * value
                table.touch(key)


def surprise(value: float, peers: Spread) -> float:
    """How far `value` lies from what is expected, in nats: ln of Student's density at its peak over the density at `value`."""
    z = (value - peers.mean) / peers.deviation
    return (peers.freedom + 1.0) / 2.0 * log1p(z * z / peers.freedom)
