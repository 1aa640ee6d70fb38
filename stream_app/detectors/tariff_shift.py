"""A trader that moves its goods to a code or an origin that is new for it and bears less duty.

Misses: a first consignment, a trader that misdeclared from its first one on, a false code or origin at the same duty.
"""

from math import log
from typing import Any, NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import TableDetector
from stream_app.detectors.features import DUTY_RATE, HS2, HS4, HS6, ITEM, ORIGIN, TRADER, Features, Item
from stream_app.explain.reasons import reason, step
from stream_app.learning import hashed
from stream_app.learning.compiled import FLOAT, FLOATS, VOID, Array, inlined, kernel, together
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows, sum_of
from stream_app.learning.keys import joined

STATE = together(TABLE)
"""Decayed counts by trader and goods, with the sum of their duty rates."""
PRIOR_STRENGTH = 1.0
NEW = 0.1
"""P(code and origin that are new for the trader in these goods), before anything is known of it."""
KNOWN = 0.5
"""Items of the trader in a heading, by decayed count, from which its own duty there counts; else its chapter's."""


class Shift(NamedTuple):
    """Nats; the usual duty in percent, items of the goods, of them with this code and origin; 0 for the trader's heading, 1 for its chapter."""

    nats: float
    usual: float
    n: float
    times: float
    level: float


class TariffShift(TableDetector):
    """-ln P(code and origin | the trader's goods of the heading) times the share of its usual duty there that they save.

    Usual duty and probability are the trader's own in the heading (HS4), where it has none in the chapter (HS2). A percentage point is
    added to the usual duty: to save all of a small duty is no reason to move.
    """

    weight = 0.4

    counts_arrivals = True

    def __init__(self, max_keys: int = 200_000) -> None:
        self.max_keys = max_keys
        self._sums = HashedTable(max_keys, 2)

    @property
    def state(self) -> tuple[Array]:
        """As STATE."""
        return (self._sums.words,)

    def score_one(self, x: Features) -> float:
        return _score(self.state, x.vector)

    def learn_one(self, x: Features) -> None:
        _learn(self.state, x.vector)

    def explain_one(self, x: Features) -> list[Reason]:
        shift = Shift(*_shift(self.state, x.vector).tolist())
        if shift.nats < self.quiet:
            return []
        level, key = (("trader_hs4", x.hs6[:4]), ("trader_hs2", x.hs6[:2]))[int(shift.level)]
        path = [step(level, key, n=shift.n, value=shift.usual)]
        rate, details = float(x.measures[DUTY_RATE]), {"times": round(shift.times, 1)}
        return [reason("tariff_shift", "duty_rate", actual=rate, typical=shift.usual, path=path, impact=shift.nats, details=details)]

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._sums,)


@inlined
def _goods(codes: Array, level: int) -> Any:
    return joined(codes[TRADER], codes[HS4] if level == 0 else codes[HS2])


@inlined
def _declared(codes: Array) -> Any:
    return joined(joined(codes[TRADER], codes[HS6]), codes[ORIGIN])


@inlined
def _shift_of(state: Any, x: Item) -> Any:
    """As `Shift`."""
    table, rate = state[0], x.measures[DUTY_RATE]
    if np.isnan(rate):
        return 0.0, 0.0, 0.0, 0.0, 0.0
    sums = rows(table)
    times = sum_of(table, sums, _declared(x.codes)) / x.growth
    for level in range(2):
        slot = find(table, _goods(x.codes, level))
        n = sums[slot, 0] / x.growth if slot >= 0 else 0.0
        if n >= KNOWN:
            usual = sums[slot, 1] / sums[slot, 0]
            nats = -log((times + PRIOR_STRENGTH * NEW) / (n + PRIOR_STRENGTH))
            return max(nats, 0.0) * max(usual - rate, 0.0) / (usual + 1.0), usual, n, times, float(level)
    return 0.0, 0.0, 0.0, times, 0.0


@inlined
def expect(state: Any, x: Item) -> None:
    """Have what `surprise` looks up loaded."""
    hashed.expect(state[0], _declared(x.codes))
    for level in range(2):
        hashed.expect(state[0], _goods(x.codes, level))


@inlined
def surprise(state: Any, x: Item) -> Any:
    return _shift_of(state, x)[0]


@inlined
def take(state: Any, x: Item) -> None:
    if np.isnan(x.measures[DUTY_RATE]):
        return
    table = state[0]
    sums = rows(table)
    for level in range(2):
        slot = claim(table, _goods(x.codes, level))
        sums[slot, 0] += x.growth
        sums[slot, 1] += x.growth * x.measures[DUTY_RATE]
    sums[claim(table, _declared(x.codes)), 0] += x.growth


@kernel(FLOATS, STATE, ITEM)
def _shift(state: Any, x: Item) -> Array:
    return np.array(_shift_of(state, x))


@kernel(FLOAT, STATE, ITEM)
def _score(state: Any, x: Item) -> float:
    return float(surprise(state, x))


@kernel(VOID, STATE, ITEM)
def _learn(state: Any, x: Item) -> None:
    take(state, x)
