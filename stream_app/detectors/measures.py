"""Detectors that compare measures with their peers share this: several log-scaled measures, each against the back-off of peer groups."""

from abc import abstractmethod
from math import exp
from typing import Any, NamedTuple

from stream_app.contracts.assessment import Reason, Step
from stream_app.detectors.base import TableDetector
from stream_app.detectors.features import ITEM, Features, Item, peer_key
from stream_app.explain.reasons import reason, step, student
from stream_app.learning import hashed, precedents
from stream_app.learning.compiled import FLOAT, MATRIX, VOID, Array, inlined, kernel, together
from stream_app.learning.hashed import TABLE, HashedTable
from stream_app.learning.peers import PeerSpread, Spread
from stream_app.learning.peers import take as take_peers
from stream_app.learning.precedents import Precedents
from stream_app.learning.shares import Shared, SharedTable

STATE = together(TABLE, TABLE, MATRIX)
"""The peers' sums, the precedents' bins, and what is measured (learning/peers.py)."""
NOTHING = -1
USUAL = 0.5
"""Nats, below which a value speaks for its item: within about one deviation of what is typical."""
ENOUGH = 10.0
"""Peers, from which on they can speak for an item: what a few may show is too wide to clear anything."""
MOST_USUAL = 2
"""Measures that speak for an item: a detector is heard, not repeated."""


class Measure(NamedTuple):
    """What a detector can measure: its name, in the catalogue too, and the fields (`features.VALUE` and so on) it is a ratio of."""

    feature: str
    numerator: int
    denominator: int = NOTHING
    stands_in: bool = False
    """Only where no earlier measure is known."""


class PeerMeasureDetector(TableDetector):
    """The most surprising of an item's measures: how far from its peers, and whether any of them declared about the same."""

    @property
    @abstractmethod
    def measures(self) -> tuple[Measure, ...]:
        """What there is to measure: a class attribute."""

    def __init__(self, max_keys: int = 100_000, min_peers: float = 3.0, above: float = 1.0) -> None:
        self.max_keys = max_keys
        self.min_peers = min_peers
        self.above = above
        forms = [(measure.numerator, measure.denominator, measure.stands_in, above) for measure in self.measures]
        self._peers = PeerSpread(forms, max_keys, min_peers)
        self._precedents = Precedents(max_keys)

    @property
    def state(self) -> tuple[Array, Array, Array]:
        """As STATE."""
        return self._peers.table.words, self._precedents.bins.words, self._peers.shape

    def score_one(self, x: Features) -> float:
        """The largest surprise among the measures, in nats; too large a value weighs `above`. 0 until `min_peers` items are known."""
        return _score(self.state, x.vector)

    def learn_one(self, x: Features) -> None:
        _learn(self.state, x.vector)

    def explain_one(self, x: Features) -> list[Reason]:
        """One reason a measure that stands out."""
        ranked = sorted((row for row in self._compared(x) if row[0] >= self.quiet), reverse=True)
        return [self._against(x, *row) for row in ranked]

    def counter_one(self, x: Features) -> list[Reason]:
        """The two measures that are most usual."""
        ranked = sorted(row for row in self._compared(x) if row[0] < USUAL and row[3].n >= ENOUGH)
        return [self._for(x, *row) for row in ranked[:MOST_USUAL]]

    def _compared(self, x: Features) -> list[tuple[float, int, float, Spread]]:
        """Every measure that is known and has peers: its nats, its number, its value, and what is expected of it."""
        values, spreads = self._peers.values(x.measures), self._peers.spreads(x.peers, x.measures, x.growth)
        nats = self._precedents.surprises(self._peers, x.peers, x.measures, x.growth)
        rows = enumerate(zip(nats, values, spreads, strict=True))
        return [(impact, number, value, peers) for number, (impact, value, peers) in rows if peers is not None]

    def _against(self, x: Features, nats: float, number: int, value: float, peers: Spread) -> Reason:
        path = self._path(x, number)
        return self._reason("low" if value < peers.mean else "high", number, value, peers, path, len(path) - 1 - peers.level, nats)

    def _for(self, x: Features, nats: float, number: int, value: float, peers: Spread) -> Reason:
        """With the group compared with alone: who finds nothing odd has no path to challenge."""
        name, key = peer_key(x, peers.level)
        group = step(name, *key, n=peers.n, value=_exp(peers.mean))
        return self._reason("usual", number, value, peers, [group], 0, self.quiet - nats)

    def _reason(self, side: str, number: int, value: float, peers: Spread, path: list[Step], speaks: int, impact: float) -> Reason:
        feature = self.measures[number].feature
        return reason(
            f"{feature}_{side}",
            feature,
            actual=_exp(value),
            typical=_exp(peers.mean),
            lower=_exp(peers.mean - 2 * peers.deviation),
            upper=_exp(peers.mean + 2 * peers.deviation),
            distribution=student(peers.mean, peers.deviation, peers.freedom),
            path=path,
            speaks=speaks,
            impact=impact,
        )

    def _path(self, x: Features, number: int) -> list[Step]:
        """The peer groups, widest first: what is typical of each by itself, and what is expected once it has corrected the wider ones."""
        levels = self._peers.levels(x.peers, number, x.growth)
        found = []
        for place, (own, expected) in enumerate(zip(levels, self._peers.expected(levels), strict=True)):
            name, key = peer_key(x, place)
            value, estimate = _exp(own.mean) if own.n else None, None if expected is None else _exp(expected)
            found.append(step(name, *key, n=own.n, value=value, estimate=estimate))
        return found[::-1]

    @property
    def shared(self) -> dict[str, Shared]:
        return {"peers": SharedTable(self._peers.table, 3), "bins": SharedTable(self._precedents.bins)}

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return self._peers.table, self._precedents.bins


def _exp(value: float) -> float:
    """e to the value, within what a float can hold."""
    return exp(max(-700.0, min(700.0, value)))


@inlined
def expect(state: Any, x: Item) -> None:
    """Have what `surprise` looks up loaded."""
    table, bins, shape = state
    for level in range(x.peers.size):
        hashed.expect(table, x.peers[level])
    precedents.expect(bins, shape, x.peers, x.measures)


@inlined
def surprise(state: Any, x: Item) -> Any:
    table, bins, shape = state
    return precedents.largest(table, bins, shape, x.peers, x.measures, x.growth)


@inlined
def take(state: Any, x: Item) -> None:
    table, bins, shape = state
    take_peers(table, shape, x.peers, x.measures, x.growth)
    precedents.take(bins, shape, x.peers, x.measures, x.growth)


@kernel(FLOAT, STATE, ITEM)
def _score(state: Any, x: Item) -> float:
    return float(surprise(state, x))


@kernel(VOID, STATE, ITEM)
def _learn(state: Any, x: Item) -> None:
    take(state, x)
