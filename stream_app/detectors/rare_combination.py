"""Pairs of attributes that do not belong together: an origin that does not make the goods, a route that nobody takes.

Misses: a false attribute that is common for its partner; three attributes that are usual two by two.
"""

from math import log
from typing import Any, NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import TableDetector
from stream_app.detectors.features import DEPARTURE, HS6, ITEM, MODE, OFFICE, ORIGIN, PROCEDURE, Features, Item
from stream_app.explain.reasons import reason, step
from stream_app.learning import hashed
from stream_app.learning.compiled import FLOAT, FLOATS, MATRIX, VOID, Array, inlined, kernel, together
from stream_app.learning.hashed import TABLE, HashedTable, claim, rows, sum_of
from stream_app.learning.keys import joined
from stream_app.learning.plain import PART
from stream_app.learning.shares import Shared, SharedSums, SharedTable

ATTRIBUTES = ("hs6", "origin", "departure", "procedure", "mode_of_transport", "office")
PLACES = (HS6, ORIGIN, DEPARTURE, PROCEDURE, MODE, OFFICE)
PAIRS = tuple((i, j) for i in range(len(ATTRIBUTES)) for j in range(i + 1, len(ATTRIBUTES)))
STATE = together(TABLE, FLOATS, FLOAT)
"""Decayed counts of values and pairs, the count of all items, the prior's strength."""
MANY = 10.0
"""Items with an attribute, from which on it can speak for another one."""
UNKNOWN = 0.5
"""Items with an attribute, below which none is told."""
_N = len(ATTRIBUTES)
_OFFICE = ATTRIBUTES.index("office")


@inlined
def _value_key(codes: Array, i: int) -> Any:
    return joined(codes[PLACES[i]], np.uint64(i + 1))


@inlined
def _pair_key(codes: Array, i: int, j: int) -> Any:
    return joined(joined(codes[PLACES[i]], codes[PLACES[j]]), np.uint64(_N * i + j + 1))


@inlined
def _alone(state: Any, x: Item) -> Array:
    """The count of each of the item's values."""
    table, _, _ = state
    sums, alone = rows(table), np.empty(_N)
    for i in range(_N):
        alone[i] = sum_of(table, sums, _value_key(x.codes, i))
    return alone


@inlined
def _lift(state: Any, x: Item, alone: Array, i: int, j: int) -> Any:
    """(1 / P(b | a), n_ab) of a pair; for the office P(b) / P(b | a) in the first place.

    Sums stay in growing weights, which cancel out of every ratio; the prior strength is scaled up to them instead.
    """
    table, total, strength = state
    k = strength * x.growth
    prior = (alone[j] + 0.5 * x.growth) / (total[0] + x.growth)
    both = sum_of(table, rows(table), _pair_key(x.codes, i, j))
    return (alone[i] + k) / (both + k * prior) * (prior if j == _OFFICE else 1.0), both


@inlined
def expect(state: Any, x: Item) -> None:
    """Have what `surprise` looks up loaded."""
    for i in range(_N):
        hashed.expect(state[0], _value_key(x.codes, i))
        for j in range(i + 1, _N):
            hashed.expect(state[0], _pair_key(x.codes, i, j))


@inlined
def surprise(state: Any, x: Item) -> Any:
    if state[1][0] == 0.0:
        return 0.0
    largest, alone = 1.0, _alone(state, x)
    for i in range(_N):
        for j in range(i + 1, _N):
            largest = max(largest, _lift(state, x, alone, i, j)[0])
    return log(largest)


@inlined
def take(state: Any, x: Item) -> None:
    table, total, _ = state
    sums = rows(table)
    for i in range(_N):
        sums[claim(table, _value_key(x.codes, i)), 0] += x.growth
        for j in range(i + 1, _N):
            sums[claim(table, _pair_key(x.codes, i, j)), 0] += x.growth
    total[0] += x.growth


@kernel(FLOAT, STATE, ITEM)
def _score(state: Any, x: Item) -> float:
    return float(surprise(state, x))


@kernel(MATRIX, STATE, ITEM)
def _lifts(state: Any, x: Item) -> Array:
    """(lift, n_a, n_ab, n_b) of every pair, in the order of PAIRS."""
    found, alone, q = np.empty((_N * (_N - 1) // 2, 4)), _alone(state, x), 0
    for i in range(_N):
        for j in range(i + 1, _N):
            lift, both = _lift(state, x, alone, i, j)
            found[q, 0], found[q, 1], found[q, 2], found[q, 3] = lift, alone[i] / x.growth, both / x.growth, alone[j] / x.growth
            q += 1
    return found


@kernel(VOID, STATE, ITEM)
def _learn(state: Any, x: Item) -> None:
    take(state, x)


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

    KEEPS = TableDetector.KEEPS | {"_total": PART}

    weight = 0.1
    quiet = 2.0

    def __init__(self, max_keys: int = 400_000, prior_strength: float = 5.0) -> None:
        self.max_keys = max_keys
        self.prior_strength = prior_strength
        self._sums = HashedTable(max_keys, 1)
        self._total = np.zeros(1)

    @property
    def state(self) -> tuple[Array, Array, float]:
        """As STATE."""
        return self._sums.words, self._total, self.prior_strength

    def score_one(self, x: Features) -> float:
        return _score(self.state, x.vector)

    def learn_one(self, x: Features) -> None:
        _learn(self.state, x.vector)

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
        return [Pair(*row) for row in _lifts(self.state, x.vector).tolist()]

    def _reason(self, code: str, x: Features, impact: float, q: int, pair: Pair) -> Reason:
        d, item = x.declaration, x.item
        values = x.hs6, item.origin_country, d.departure_country, item.procedure or d.procedure, d.transport_mode, d.office
        i, j = PAIRS[q]
        n = float(self._total[0]) / x.growth
        everything = step("all_items", n=n, value=pair.other / n)
        given = step(ATTRIBUTES[i], values[i], n=pair.seen, value=pair.both / pair.seen if pair.seen else None)
        path = [everything, given]
        details: dict[str, float | str] = {"attribute": ATTRIBUTES[j], "both": round(pair.both, 1)}
        if code == "rare_combination" and pair.seen < UNKNOWN:
            # Of the first nothing is known: what is rare is the second, among all goods.
            code, path, details = "rare_value", [everything], {**details, "both": round(pair.other, 1), "given": given.group}
        feature = f"{ATTRIBUTES[i]}_x_{ATTRIBUTES[j]}"
        return reason(code, feature, actual=values[j], path=path, impact=impact, details=details)

    @property
    def shared(self) -> dict[str, Shared]:
        return {"sums": SharedTable(self._sums), "total": SharedSums(self._total)}

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._sums,)
