"""More arrivals of a trader, declarant, seller or route within a day than its own rhythm explains.

Misses: a rush that grows over weeks; one that is spread over many identities. Sees honest rushes too, so it weighs little.
"""

from typing import Any, NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import TableDetector
from stream_app.detectors.features import DECLARANT, DEPARTURE, HS6, ITEM, SELLER, TRADER, Features, Item
from stream_app.explain.reasons import reason, step
from stream_app.learning import arrivals, hashed
from stream_app.learning.compiled import FLOAT, FLOATS, MATRIX, VOID, Array, inlined, kernel, together
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows
from stream_app.learning.keys import code, joined
from stream_app.learning.plain import PART

IDENTITIES = ("trader", "declarant", "seller", "goods_and_route")
_PLACES = (TRADER, DECLARANT, SELLER, HS6)
_N = len(IDENTITIES)
_ROUTE = 3
_NOBODY = np.uint64(code(""))
PRIOR_SPANS = 1.0
"""Spans of an identity that the usual of all of its kind is worth."""
STATE = together(TABLE, MATRIX, FLOATS)
"""Rows by identity; of each kind the sum of what arrivals found and of their weights; the half-lives in days."""
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

    KEEPS = TableDetector.KEEPS | {"_usual": PART}

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
        self._usual = np.zeros((_N, 2))

    @property
    def state(self) -> tuple[Array, Array, Array]:
        """As STATE."""
        return self._rows.words, self._usual, self._speeds

    def score_one(self, x: Features) -> float:
        return _score(self.state, x.vector)

    def learn_one(self, x: Features) -> None:
        _learn(self.state, x.vector)

    def explain_one(self, x: Features) -> list[Reason]:
        """One reason an identity that came too often."""
        rows = _findings(self.state, x.vector).tolist()
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
def _finding(state: Any, x: Item, i: int) -> Any:
    """As `Finding`; all 0 for an identity that is missing or new."""
    table, usual, speeds = state
    slot = find(table, _key(x.codes, i))
    if slot < 0 or x.codes[_PLACES[i]] == _NOBODY:
        return 0.0, 0.0, 0.0, 0.0
    row = rows(table)[slot]
    kind = (usual[i, 0] + 0.1) / (usual[i, 1] + 1.0)
    earlier, spans = arrivals.rhythm(row, x.day, speeds)
    mean = IN_BATCHES * (earlier + PRIOR_SPANS * kind) / (spans + PRIOR_SPANS)
    arrived = row[arrivals.RECENT] * arrivals.fading(row, x.day, speeds[0]) + 1.0
    return arrivals.tail_surprise(arrived, mean, spans + PRIOR_SPANS), arrived, mean, row[arrivals.LONG]


@inlined
def expect(state: Any, x: Item) -> None:
    """Have what `surprise` looks up loaded."""
    for i in range(_N):
        hashed.expect(state[0], _key(x.codes, i))


@inlined
def surprise(state: Any, x: Item) -> Any:
    largest = 0.0
    for i in range(_N):
        largest = max(largest, _finding(state, x, i)[0])
    return largest


@inlined
def take(state: Any, x: Item) -> None:
    table, usual, speeds = state
    known = rows(table)
    for i in range(_N):
        if x.codes[_PLACES[i]] != _NOBODY:
            row = known[claim(table, _key(x.codes, i))]
            arrivals.arrive(row, x.day, x.share, speeds)
            # The k-th arrival of an identity weighs 1 / k: what is usual is not for the largest to say.
            share = x.share / row[arrivals.LONG]
            usual[i, 0] += share * (row[arrivals.RECENT] - x.share)
            usual[i, 1] += share


@kernel(FLOAT, STATE, ITEM)
def _score(state: Any, x: Item) -> float:
    return float(surprise(state, x))


@kernel(MATRIX, STATE, ITEM)
def _findings(state: Any, x: Item) -> Array:
    found = np.empty((_N, 4))
    for i in range(_N):
        found[i, 0], found[i, 1], found[i, 2], found[i, 3] = _finding(state, x, i)
    return found


@kernel(VOID, STATE, ITEM)
def _learn(state: Any, x: Item) -> None:
    take(state, x)
