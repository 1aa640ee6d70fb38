"""Whether a value has precedents: how often peers declared about the same, mixed with what their mean and spread make of it.

One bell curve fits no commodity with several qualities, and calls every dear one odd for ever. A histogram knows them once they were seen;
where it knows nothing, the curve speaks.
"""

from math import exp, floor, lgamma, log, log1p, pi
from typing import Any

import numpy as np

from stream_app.learning import hashed
from stream_app.learning.compiled import CODES, FLOAT, FLOATS, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, rows, sum_of
from stream_app.learning.keys import joined
from stream_app.learning.peers import PeerSpread, Spread, measures_of, slots_of, spread_of
from stream_app.learning.peers import take as take_peers

BIN = 0.15
"""Width of a bin of logarithms: about a seventh."""
STRENGTH = 5.0
"""Peers that the curve is worth."""
AT_MOST = 2.0
"""Times what the curve finds: the want of precedents is no evidence against a value near the middle of its peers."""
GROUP = 1
"""Which of the peer keys a histogram is kept for: the second narrowest. The narrowest ones are too small to fill one."""
LEAST = 1e-300
_MIDDLE = np.int64(2**32)


class Precedents:
    """Histograms of the measures of a `PeerSpread`, forward-decayed; bins next to a value count half as much as its own.

    The density at a value is (n_near + STRENGTH * curve) / (n + STRENGTH): a Dirichlet prior with Student's curve as its mean.
    """

    __slots__ = ("bins",)

    def __init__(self, max_keys: int) -> None:
        self.bins = HashedTable(max_keys, 1)

    def surprises(self, peers: PeerSpread, keys: Array, fields: Array, growth: float) -> list[float]:
        """Of every measure, in nats: ln of the curve's peak over the density; 0 where it is missing, and until enough peers are known."""
        return _surprises(peers.table.words, self.bins.words, peers.shape, keys, fields, growth).tolist()  # type: ignore[no-any-return]

    def learn_both(self, peers: PeerSpread, keys: Array, fields: Array, growth: float) -> None:
        """Add the measures to the peers, and to their bins."""
        _learn_both(peers.table.words, self.bins.words, peers.shape, keys, fields, growth)

    def judged(self, peers: PeerSpread, keys: Array, fields: Array, growth: float) -> tuple[Spread | None, float]:
        """Of a single measure: what peers let expect (as `PeerSpread.spreads`), and its surprise."""
        mean, deviation, freedom, level, n, nats = _judged(peers.table.words, self.bins.words, peers.shape, keys, fields, growth).tolist()
        return Spread(mean, deviation, freedom, int(level), n) if n == n else None, nats


@inlined
def _bin(value: float) -> Any:
    return np.int64(floor(value / BIN))


@inlined
def _key(group: Any, measure: int, place: Any) -> Any:
    return joined(joined(group, np.uint64(measure + 1)), np.uint64(place + _MIDDLE))


@inlined
def _near(bins: Array, group: Any, measure: int, value: float, growth: float) -> Any:
    """Peers in the value's bin, half of them, and a quarter of those in each bin beside it."""
    place, counts = _bin(value), rows(bins)
    beside = sum_of(bins, counts, _key(group, measure, place - 1)) + sum_of(bins, counts, _key(group, measure, place + 1))
    return (0.5 * sum_of(bins, counts, _key(group, measure, place)) + 0.25 * beside) / growth


@inlined
def expect(bins: Array, shape: Array, keys: Array, fields: Array) -> None:
    """Have the bins around every measure loaded."""
    values = measures_of(shape, fields)
    for measure in range(values.size):
        if not np.isnan(values[measure]):
            for beside in range(-1, 2):
                hashed.expect(bins, _key(keys[GROUP], measure, _bin(values[measure]) + beside))


@inlined
def _surprise(spread: Any, sums: Array, bins: Array, slots: Array, shape: Array, keys: Array, measure: int, value: float, growth: float) -> Any:
    """`spread`: what peers let expect of the measure."""
    mean, deviation, freedom, _, n = spread
    if np.isnan(n):
        return 0.0
    z = (value - mean) / deviation
    log_peak = lgamma((freedom + 1.0) / 2.0) - lgamma(freedom / 2.0) - 0.5 * log(freedom * pi) + log(BIN / deviation)
    drop = (freedom + 1.0) / 2.0 * log1p(z * z / freedom)
    peers = sums[slots[GROUP], 3 * measure] / growth if slots[GROUP] >= 0 else 0.0
    density = (_near(bins, keys[GROUP], measure, value, growth) + STRENGTH * exp(log_peak - drop)) / (peers + STRENGTH)
    nats = min(max(0.0, log_peak - log(max(density, LEAST))), AT_MOST * drop)
    return nats if z < 0.0 else shape[measure + 1, 3] * nats


@inlined
def _all(table: Array, bins: Array, shape: Array, keys: Array, fields: Array, growth: float) -> Array:
    sums, slots, values = rows(table), slots_of(table, keys), measures_of(shape, fields)
    found = np.zeros(values.size)
    for measure in range(values.size):
        if not np.isnan(values[measure]):
            spread = spread_of(sums, slots, keys.size, measure, shape, growth)
            found[measure] = _surprise(spread, sums, bins, slots, shape, keys, measure, values[measure], growth)
    return found


@inlined
def largest(table: Array, bins: Array, shape: Array, keys: Array, fields: Array, growth: float) -> Any:
    """The largest surprise among the measures, in nats."""
    return _all(table, bins, shape, keys, fields, growth).max()


@inlined
def take(bins: Array, shape: Array, keys: Array, fields: Array, growth: float) -> None:
    """Add the measures to their bins."""
    values = measures_of(shape, fields)
    for measure in range(values.size):
        if not np.isnan(values[measure]):
            place = _bin(values[measure])
            rows(bins)[claim(bins, _key(keys[GROUP], measure, place)), 0] += growth


@kernel(FLOATS, TABLE, TABLE, MATRIX, CODES, FLOATS, FLOAT)
def _surprises(table: Array, bins: Array, shape: Array, keys: Array, fields: Array, growth: float) -> Array:
    return _all(table, bins, shape, keys, fields, growth)


@kernel(VOID, TABLE, TABLE, MATRIX, CODES, FLOATS, FLOAT)
def _learn_both(table: Array, bins: Array, shape: Array, keys: Array, fields: Array, growth: float) -> None:
    take_peers(table, shape, keys, fields, growth)
    take(bins, shape, keys, fields, growth)


@kernel(FLOATS, TABLE, TABLE, MATRIX, CODES, FLOATS, FLOAT)
def _judged(table: Array, bins: Array, shape: Array, keys: Array, fields: Array, growth: float) -> Array:
    sums, slots, found = rows(table), slots_of(table, keys), np.empty(6)
    spread = spread_of(sums, slots, keys.size, 0, shape, growth)
    found[0], found[1], found[2], found[3], found[4] = spread
    found[5] = _surprise(spread, sums, bins, slots, shape, keys, 0, measures_of(shape, fields)[0], growth)
    return found
