"""Detectors that compare measures with their peers share this: several log-scaled measures, each against the back-off of peer groups."""

from abc import abstractmethod
from math import exp
from typing import NamedTuple

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features, peer_group
from stream_app.learning.peers import PeerSpread, Spread, surprise

NOTHING = -1


class Measure(NamedTuple):
    """What a detector can measure: its name, its unit, a phrase to say a value in, and the fields (`features.VALUE` and so on) it is a ratio of."""

    feature: str
    unit: str
    phrase: str
    numerator: int
    denominator: int = NOTHING
    stands_in: bool = False
    """Only where no earlier measure is known."""


class PeerMeasureDetector(Detector):
    """The most surprising of an item's measures, each a robust distance from its peers."""

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

    def score_one(self, x: Features) -> float:
        """The largest surprise among the measures, in nats; too large a value weighs `above`. 0 until `min_peers` items are known."""
        return self._peers.surprise(x.peers, x.measures, x.growth)

    def learn_one(self, x: Features) -> None:
        self._peers.learn(x.peers, x.measures, x.growth)

    def explain_one(self, x: Features) -> list[Reason]:
        """One reason a measure that stands out."""
        values, spreads = self._peers.values(x.measures), self._peers.spreads(x.peers, x.measures, x.growth)
        found = [
            self._reason(x, measure, value, peers)
            for measure, value, peers in zip(self.measures, values, spreads, strict=True)
            if peers is not None and value != peers.mean
        ]
        return self.worth_saying(found)

    def _impact(self, value: float, peers: Spread) -> float:
        nats = surprise(value, peers)
        return nats if value < peers.mean else self.above * nats

    def _reason(self, x: Features, measure: Measure, value: float, peers: Spread) -> Reason:
        actual, typical = _exp(value), _exp(peers.mean)
        lower, upper = _exp(peers.mean - 2 * peers.deviation), _exp(peers.mean + 2 * peers.deviation)
        group = peer_group(x, peers.level)
        side = "below" if value < peers.mean else "above"
        usual = f"{plain(typical)}, mostly {plain(lower)} to {plain(upper)}"
        text = f"{measure.phrase.format(plain(actual))} is far {side} what {group} usually shows: {usual} ({peers.n:,.0f} peers)"
        return Reason(
            code=f"{measure.feature}_{'low' if side == 'below' else 'high'}",
            text=text,
            feature=measure.feature,
            actual=round(actual, 6),
            typical=round(typical, 6),
            lower=round(lower, 6),
            upper=round(upper, 6),
            unit=measure.unit,
            peer_group=group,
            n_peer=round(peers.n, 1),
            impact=round(self._impact(value, peers), 3),
        )

    @property
    def keys_held(self) -> int:
        return len(self._peers.table)

    @property
    def keys_forgotten(self) -> int:
        return self._peers.table.forgotten


def _exp(value: float) -> float:
    """e to the value, within what a float can hold."""
    return exp(max(-700.0, min(700.0, value)))


def plain(value: float) -> str:
    """A number as people write it: 0.0786, 5.62, 12,760."""
    return f"{value:,.0f}" if 1_000 <= value < 1e15 else f"{value:.4g}" if value >= 1 else f"{value:.3g}"
