"""Pairs of attributes that do not belong together: an origin that does not make the goods, a route that nobody takes.

Misses: a false attribute that is common for its partner; three attributes that are usual two by two.
"""

from math import log
from typing import Any, NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import TableDetector
from stream_app.detectors.features import DEPARTURE, HS6, MODE, OFFICE, ORIGIN, PROCEDURE, Features
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import CODES, FLOAT, FLOATS, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, rows, sum_of
from stream_app.learning.keys import joined

ATTRIBUTES = ("hs6", "origin", "departure", "procedure", "mode_of_transport", "office")
PLACES = (HS6, ORIGIN, DEPARTURE, PROCEDURE, MODE, OFFICE)
PAIRS = tuple((i, j) for i in range(len(ATTRIBUTES)) for j in range(i + 1, len(ATTRIBUTES)))
MANY = 10.0
"""Items with an attribute, from which on it can speak for another one."""
_N = len(ATTRIBUTES)
_OFFICE = ATTRIBUTES.index("office")


@inlined
def _value_key(codes: Array, i: int) -> Any:
    return joined(codes[PLACES[i]], np.uint64(i + 1))


@inlined
def _pair_key(codes: Array, i: int, j: int) -> Any:
    return joined(joined(codes[PLACES[i]], codes[PLACES[j]]), np.uint64(_N * i + j + 1))


@inlined
def _lifts_of(table: Array, total: float, codes: Array, strength: float, growth: float) -> Array:
    """(1 / P(b | a), n_a, n_ab, n_b) of every pair, in the order of PAIRS; for the office P(b) / P(b | a) in the first place.

    Sums stay in growing weights, which cancel out of every ratio; the prior strength is scaled up to them instead.
    """
    found = np.ones((_N * (_N - 1) // 2, 4))
    sums = rows(table)
    alone = np.empty(_N)
    for i in range(_N):
        alone[i] = sum_of(table, sums, _value_key(codes, i))
    k, q = strength * growth, 0
    for i in range(_N):
        for j in range(i + 1, _N):
            prior = (alone[j] + 0.5 * growth) / (total + growth)
            both = sum_of(table, sums, _pair_key(codes, i, j))
            found[q, 0] = (alone[i] + k) / (both + k * prior) * (prior if j == _OFFICE else 1.0)
            found[q, 1], found[q, 2], found[q, 3] = alone[i] / growth, both / growth, alone[j] / growth
            q += 1
    return found


@kernel(MATRIX, TABLE, FLOATS, CODES, FLOAT, FLOAT)
def _lifts(table: Array, total: Array, codes: Array, strength: float, growth: float) -> Array:
    return _lifts_of(table, total[0], codes, strength, growth)


@kernel(FLOAT, TABLE, FLOATS, CODES, FLOAT, FLOAT)
def _largest_lift(table: Array, total: Array, codes: Array, strength: float, growth: float) -> float:
    if total[0] == 0.0:
        return 1.0
    return float(max(1.0, _lifts_of(table, total[0], codes, strength, growth)[:, 0].max()))


@kernel(VOID, TABLE, FLOATS, CODES, FLOAT)
def _learn(table: Array, total: Array, codes: Array, growth: float) -> None:
    sums = rows(table)
    for i in range(_N):
        sums[claim(table, _value_key(codes, i)), 0] += growth
        for j in range(i + 1, _N):
            sums[claim(table, _pair_key(codes, i, j)), 0] += growth
    total[0] += growth


class Pair(NamedTuple):
    """How unlikely the second attribute is for the first (1 / P; for the office P(office) / P); items with the first, with both, with the second."""

    lift: float
    seen: float
    both: float
    other: float


class RareCombination(TableDetector):
    """Surprise of one attribute given another, -ln P(b | a), the largest of the fifteen pairs.

    P(b | a) = (n_ab + k P(b)) / (n_a + k): the overall share of b until a is known well. A small office is no surprise in itself, so
    pairs with the office count only what they exceed the office's own rarity by.
    """

    weight = 0.1
    quiet = 2.0

    def __init__(self, max_keys: int = 400_000, prior_strength: float = 5.0) -> None:
        self.max_keys = max_keys
        self.prior_strength = prior_strength
        self._sums = HashedTable(max_keys, 1)
        self._total = np.zeros(1)

    def score_one(self, x: Features) -> float:
        return log(_largest_lift(self._sums.words, self._total, x.codes, self.prior_strength, x.growth))

    def learn_one(self, x: Features) -> None:
        _learn(self._sums.words, self._total, x.codes, x.growth)

    def explain_one(self, x: Features) -> list[Reason]:
        """The two rarest pairs."""
        ranked = sorted(((log(max(pair.lift, 1.0)), q, pair) for q, pair in enumerate(self._pairs(x))), reverse=True)
        return self.worth_saying([self._reason("rare_combination", x, *row) for row in ranked[:2] if row[0] > 0.0])

    def counter_one(self, x: Features) -> list[Reason]:
        """The pair that belongs together most: the second attribute is what most items of the first have, and few others."""
        n = float(self._total[0]) / x.growth
        usual = [(q, pair) for q, pair in enumerate(self._pairs(x)) if 2.0 * pair.both > pair.seen >= MANY]
        ranked = sorted(((log(pair.both * n / (pair.seen * pair.other)), q, pair) for q, pair in usual), reverse=True)
        return [self._reason("usual_combination", x, *row) for row in ranked[:1] if row[0] > 0.0]

    def _pairs(self, x: Features) -> list[Pair]:
        """In the order of PAIRS; none before anything was learned."""
        if not self._total[0]:
            return []
        return [Pair(*row) for row in _lifts(self._sums.words, self._total, x.codes, self.prior_strength, x.growth).tolist()]

    def _reason(self, code: str, x: Features, impact: float, q: int, pair: Pair) -> Reason:
        d, item = x.declaration, x.item
        values = x.hs6, item.origin_country, d.departure_country, item.procedure or d.procedure, d.transport_mode, d.office
        i, j = PAIRS[q]
        n = float(self._total[0]) / x.growth
        path = [
            step("all_items", n=n, value=pair.other / n),
            step(ATTRIBUTES[i], values[i], n=pair.seen, value=pair.both / pair.seen if pair.seen else None),
        ]
        details: dict[str, float | str] = {"attribute": ATTRIBUTES[j], "both": round(pair.both, 1)}
        feature = f"{ATTRIBUTES[i]}_x_{ATTRIBUTES[j]}"
        return reason(code, feature, actual=values[j], path=path, impact=impact, details=details)

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._sums,)
