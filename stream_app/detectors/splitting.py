"""One consignment declared as many: like goods for one trader or address within days, alike in value and small for such goods.

All pieces but the first score, the second only mildly. Misses: pieces weeks apart, pieces of very different values, a new name and address
for every piece; and a trader that has split all its goods from its first day on.
"""

from math import erf, exp, log, sqrt
from typing import Any, NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import TableDetector
from stream_app.detectors.features import CONSIGNEE, HS4, ITEM, TRADER, VALUE, Features, Item, peer_key
from stream_app.explain.reasons import reason, step
from stream_app.learning import arrivals, hashed
from stream_app.learning.compiled import FLOAT, MATRIX, VOID, Array, inlined, kernel, together
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.keys import code, joined
from stream_app.learning.peers import VARIANCE_FLOOR, PeerSpread, slots_of, spread_of
from stream_app.learning.peers import take as take_peers
from stream_app.learning.shares import Shared, SharedTable

PARTIES = ("trader", "consignee")
_PLACES = (TRADER, CONSIGNEE)
_NOBODY = np.uint64(code(""))
_SUM, _SQUARES, _UNDER, _WIDTH = arrivals.WIDTH, arrivals.WIDTH + 1, arrivals.WIDTH + 2, arrivals.WIDTH + 3
STATE = together(TABLE, TABLE, MATRIX, FLOAT)
"""Series by party and heading; the peers' sums and what is measured of them; the logarithm of the threshold."""
SPEEDS = np.array([7.0, 60.0])
"""Half-lives in days of a series, and of the party's own rhythm that it is compared with."""
_SPANS_HELD = 1.0 / log(2.0)
"""A count that halves every span holds 1.44 spans' worth of even arrivals."""
PRIOR_PIECES = 0.3
"""Pieces a span that a party is taken to send of any goods, until its own rhythm in them is known."""
FULL_SERIES = 5.0
"""Pieces from which more of them are no more evidence: a long series is a habit."""
JUST_UNDER = 0.5
"""From this share of a threshold on a value lies just under it."""
RAREST = 0.001


class Series(NamedTuple):
    """Like goods of one party: nats, pieces with this one, their typical value and its spread as logarithms, usual ones of such goods."""

    nats: float
    pieces: float
    mean: float
    usual_mean: float
    usual_deviation: float
    n: float
    level: float


class Splitting(TableDetector):
    """How much more alike a series' values are than those of such goods, in nats, times the share of it that the party's rhythm does not explain.

    k values with a variance of s^2 where sigma^2 is usual have (k - 1) / 2 (ln(sigma^2 / s^2) - 1 + s^2 / sigma^2) nats, the divergence of
    the two normals; twice as much counts what is small for such goods, and next to nothing what is large. `threshold`: a value in
    accounting currency under which duty or formalities are less (0: none); for pieces just under it the improbability of that counts, if
    it is more.
    """

    counts_arrivals = True

    def __init__(self, max_keys: int = 100_000, threshold: float = 0.0) -> None:
        self.max_keys = max_keys
        self.threshold = threshold
        self._limit = log(threshold) if threshold else -np.inf
        self._series = HashedTable(max_keys, _WIDTH)
        self._peers = PeerSpread([(VALUE, -1, False, 1.0)], max_keys)

    @property
    def state(self) -> tuple[Array, Array, Array, float]:
        """As STATE."""
        return self._series.words, self._peers.table.words, self._peers.shape, self._limit

    def score_one(self, x: Features) -> float:
        return _score(self.state, x.vector)

    def learn_one(self, x: Features) -> None:
        _learn(self.state, x.vector)

    def explain_one(self, x: Features) -> list[Reason]:
        """One reason a party that the series goes to."""
        rows = sorted(zip((Series(*row) for row in _found(self.state, x.vector).tolist()), PARTIES, strict=True), reverse=True)
        return [_reason(x, series, party) for series, party in rows if series.nats >= self.quiet]

    @property
    def shared(self) -> dict[str, Shared]:
        return {"peers": SharedTable(self._peers.table, 3)}

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return self._series, self._peers.table


def _reason(x: Features, series: Series, party: str) -> Reason:
    lower, upper = (exp(series.usual_mean + side * series.usual_deviation) for side in (-2.0, 2.0))
    typical = exp(series.usual_mean)
    details: dict[str, float | str] = {"pieces": round(series.pieces, 1), "heading": x.hs6[:4], "identity": party}
    level, key = peer_key(x, int(series.level))
    path = [step(level, *key, n=series.n, value=typical)]
    each, nats = exp(series.mean), series.nats
    return reason("splitting", "customs_value", actual=each, typical=typical, lower=lower, upper=upper, path=path, impact=nats, details=details)


@inlined
def _key(codes: Array, i: int) -> Any:
    return joined(joined(codes[_PLACES[i]], codes[HS4]), np.uint64(i + 1))


@inlined
def _under(value: float, limit: float) -> Any:
    return 1.0 if limit + log(JUST_UNDER) <= value < limit else 0.0


@inlined
def _normal(z: float) -> Any:
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))


@inlined
def _alike(pieces: float, variance: float, usual: float) -> Any:
    """Nats; 0 where the values differ as usual or more."""
    ratio = max(variance, VARIANCE_FLOOR) / usual
    return 0.5 * (min(pieces, FULL_SERIES) - 1.0) * (ratio - 1.0 - log(ratio)) if ratio < 1.0 else 0.0


@inlined
def _just_under(pieces: float, limit: float, mean: float, deviation: float) -> Any:
    """Nats of pieces that all lie just under the threshold."""
    likely = _normal((limit - mean) / deviation) - _normal((limit + log(JUST_UNDER) - mean) / deviation)
    return (min(pieces, FULL_SERIES) - 1.0) * -log(max(likely, RAREST))


@inlined
def _series_of(state: Any, x: Item) -> Array:
    """As `Series`, a row for each of PARTIES."""
    series, peers, shape, limit = state
    found, value = np.zeros((2, 7)), x.measures[VALUE]
    if np.isnan(value):
        return found
    mean, deviation, _, level, n = spread_of(rows(peers), slots_of(peers, x.peers), x.peers.size, 0, shape, x.growth)
    if np.isnan(n):
        return found
    for i in range(2):
        slot = find(series, _key(x.codes, i))
        if slot >= 0 and x.codes[_PLACES[i]] != _NOBODY:
            nats, pieces, middle = _nats(rows(series)[slot], value, mean, deviation, x.day, limit)
            found[i, 0], found[i, 1], found[i, 2] = nats, pieces, middle
            found[i, 3], found[i, 4], found[i, 5], found[i, 6] = mean, deviation, n, level
    return found


@inlined
def _nats(row: Array, value: float, mean: float, deviation: float, day: float, limit: float) -> Any:
    """(nats, pieces, their typical value) of a series that the value continues; mean and deviation of such goods."""
    past = arrivals.fading(row, day, SPEEDS[0])
    recent = row[arrivals.RECENT] * past
    pieces = recent + 1.0
    middle = (row[_SUM] * past + value) / pieces
    variance = ((row[_SQUARES] * past + value * value) / pieces - middle * middle) * pieces / max(recent, 1.0)
    earlier, spans = arrivals.rhythm(row, day, SPEEDS)
    excess = max(1.0 - _SPANS_HELD * (earlier + PRIOR_PIECES) / (spans + 1.0) / pieces, 0.0)
    small = 2.0 / (1.0 + exp(min(2.0 * (middle - mean) / deviation, 50.0)))
    nats = small * _alike(pieces, variance, deviation * deviation) if pieces > 1.5 else 0.0
    under = row[_UNDER] * past + 1.0 if _under(value, limit) else 0.0
    if under > 1.5:
        nats = max(nats, _just_under(under, limit, mean, deviation))
    return nats * excess, pieces, middle


@inlined
def expect(state: Any, x: Item) -> None:
    """Have what `surprise` looks up loaded."""
    series, peers, _, _ = state
    for level in range(x.peers.size):
        hashed.expect(peers, x.peers[level])
    for i in range(2):
        hashed.expect(series, _key(x.codes, i))


@inlined
def surprise(state: Any, x: Item) -> Any:
    found = _series_of(state, x)
    return max(found[0, 0], found[1, 0])


@inlined
def take(state: Any, x: Item) -> None:
    series, peers, shape, limit = state
    take_peers(peers, shape, x.peers, x.measures, x.growth)
    value = x.measures[VALUE]
    if np.isnan(value):
        return
    known = rows(series)
    for i in range(2):
        if x.codes[_PLACES[i]] != _NOBODY:
            row = known[claim(series, _key(x.codes, i))]
            past = arrivals.fading(row, x.day, SPEEDS[0])
            row[_SUM] = row[_SUM] * past + x.share * value
            row[_SQUARES] = row[_SQUARES] * past + x.share * value * value
            row[_UNDER] = row[_UNDER] * past + x.share * _under(value, limit)
            arrivals.arrive(row, x.day, x.share, SPEEDS)


@kernel(MATRIX, STATE, ITEM)
def _found(state: Any, x: Item) -> Array:
    return _series_of(state, x)


@kernel(FLOAT, STATE, ITEM)
def _score(state: Any, x: Item) -> float:
    return float(surprise(state, x))


@kernel(VOID, STATE, ITEM)
def _learn(state: Any, x: Item) -> None:
    take(state, x)
