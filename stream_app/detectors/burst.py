"""More arrivals of a trader, declarant, seller or route within a day than its own rhythm explains.

Misses: a rush that grows over weeks; one that is spread over many identities. Sees honest rushes too, so it weighs little.
"""

from typing import Any, NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import TableDetector
from stream_app.detectors.features import DECLARANT, DEPARTURE, HS6, SELLER, TRADER, Features
from stream_app.explain.reasons import reason, step
from stream_app.learning import arrivals
from stream_app.learning.compiled import CODES, FLOAT, FLOATS, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.keys import code, joined

IDENTITIES = ("trader", "declarant", "seller", "goods_and_route")
_PLACES = (TRADER, DECLARANT, SELLER, HS6)
_N = len(IDENTITIES)
_ROUTE = 3
_NOBODY = np.uint64(code(""))
PRIOR_SPANS = 1.0
"""Spans of an identity that the usual of all of its kind is worth."""
IN_BATCHES = 2.0
"""A count that halves every span finds up to two spans' worth where arrivals come in one batch a span."""


class Finding(NamedTuple):
    """Of one identity: nats, arrivals lately with this one, how many its rate makes of the same time, and its arrivals so far."""

    nats: float
    arrived: float
    usual: float
    before: float


class Burst(TableDetector):
    """The largest gamma-Poisson tail surprise among the identities' arrivals of the last `recent_days` (a half-life).

    The mean is an identity's own rate before that, shrunk to its kind's; the more spans are known of it, the narrower the gamma. The items of
    a declaration are one arrival.
    """

    weight = 0.1
    quiet = 3.0

    counts_arrivals = True

    def __init__(self, max_keys: int = 100_000, recent_days: float = 1.0, long_days: float = 30.0) -> None:
        if not 0.0 < recent_days < long_days:
            raise ValueError("recent_days must be above 0 and below long_days")
        self.max_keys = max_keys
        self.recent_days = recent_days
        self.long_days = long_days
        self._speeds = np.array([recent_days, long_days])
        self._rows = HashedTable(max_keys, arrivals.WIDTH)
        # Of each kind: sum of what arrivals found, and of their weights.
        self._usual = np.zeros((_N, 2))

    def score_one(self, x: Features) -> float:
        return _score(self._rows.words, self._usual, x.codes, arrivals.days(x.declaration.lodged_epoch), self._speeds)

    def learn_one(self, x: Features) -> None:
        day, weight = arrivals.days(x.declaration.lodged_epoch), 1.0 / len(x.declaration.items)
        _learn(self._rows.words, self._usual, x.codes, day, weight, self._speeds)

    def explain_one(self, x: Features) -> list[Reason]:
        """One reason an identity that came too often."""
        rows = _findings(self._rows.words, self._usual, x.codes, arrivals.days(x.declaration.lodged_epoch), self._speeds).tolist()
        found = sorted(((Finding(*row), identity) for row, identity in zip(rows, IDENTITIES, strict=True)), reverse=True)
        return [self._reason(finding, identity) for finding, identity in found if finding.nats >= self.quiet]

    def _reason(self, finding: Finding, identity: str) -> Reason:
        path = [step(f"arrivals_of_{identity}", n=finding.before, value=finding.usual)]
        details: dict[str, float | str] = {"identity": identity, "days": self.recent_days}
        return reason("burst", "arrivals", actual=finding.arrived, typical=finding.usual, path=path, impact=finding.nats, details=details)

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._rows,)


@inlined
def _key(codes: Array, i: int) -> Any:
    value = joined(codes[HS6], codes[DEPARTURE]) if i == _ROUTE else codes[_PLACES[i]]
    return joined(value, np.uint64(i + 1))


@inlined
def _finding(table: Array, known: Array, usual: Array, codes: Array, i: int, day: float, speeds: Array) -> Any:
    """As `Finding`; all 0 for an identity that is missing or new. `known`: the table's rows."""
    slot = find(table, _key(codes, i))
    if slot < 0 or codes[_PLACES[i]] == _NOBODY:
        return 0.0, 0.0, 0.0, 0.0
    row = known[slot]
    kind = (usual[i, 0] + 0.1) / (usual[i, 1] + 1.0)
    earlier, spans = arrivals.rhythm(row, day, speeds)
    mean = IN_BATCHES * (earlier + PRIOR_SPANS * kind) / (spans + PRIOR_SPANS)
    arrived = row[arrivals.RECENT] * arrivals.fading(row, day, speeds[0]) + 1.0
    return arrivals.tail_surprise(arrived, mean, spans + PRIOR_SPANS), arrived, mean, row[arrivals.LONG]


@kernel(FLOAT, TABLE, MATRIX, CODES, FLOAT, FLOATS)
def _score(table: Array, usual: Array, codes: Array, day: float, speeds: Array) -> float:
    largest, known = 0.0, rows(table)
    for i in range(_N):
        largest = max(largest, _finding(table, known, usual, codes, i, day, speeds)[0])
    return largest


@kernel(MATRIX, TABLE, MATRIX, CODES, FLOAT, FLOATS)
def _findings(table: Array, usual: Array, codes: Array, day: float, speeds: Array) -> Array:
    found, known = np.empty((_N, 4)), rows(table)
    for i in range(_N):
        nats, arrived, expected, before = _finding(table, known, usual, codes, i, day, speeds)
        found[i, 0], found[i, 1], found[i, 2], found[i, 3] = nats, arrived, expected, before
    return found


@kernel(VOID, TABLE, MATRIX, CODES, FLOAT, FLOAT, FLOATS)
def _learn(table: Array, usual: Array, codes: Array, day: float, weight: float, speeds: Array) -> None:
    known = rows(table)
    for i in range(_N):
        if codes[_PLACES[i]] != _NOBODY:
            row = known[claim(table, _key(codes, i))]
            arrivals.arrive(row, day, weight, speeds)
            # The k-th arrival of an identity weighs 1 / k: what is usual is not for the largest to say.
            share = weight / row[arrivals.LONG]
            usual[i, 0] += share * (row[arrivals.RECENT] - weight)
            usual[i, 1] += share
