"""Detectors that compare measures with their peers share this: several log-scaled measures, each against the back-off of peer groups."""

from abc import abstractmethod
from math import exp
from typing import ClassVar, NamedTuple

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector, worth_saying
from stream_app.detectors.features import Features, peer_group
from stream_app.learning.peers import PeerSpread, Spread, surprise

QUIET = 1.0
"""Nats below which a measure is not worth a reason."""


class Measure(NamedTuple):
    """A measure of an item: its feature name, its unit, and the natural logarithm of its value."""

    feature: str
    unit: str
    log: float


class PeerMeasureDetector(Detector):
    """The most surprising of an item's measures, each a robust distance from its peers."""

    features: ClassVar[tuple[str, ...]]
    """Names of all measures the detector can take; each has its own bounded table."""

    def __init__(self, max_keys: int = 100_000, min_peers: float = 3.0) -> None:
        self.max_keys = max_keys
        self.min_peers = min_peers
        self._peers = {feature: PeerSpread(max_keys, min_peers) for feature in self.features}

    @abstractmethod
    def measures(self, x: Features) -> list[Measure]:
        """What there is to measure of this item; missing fields give no measure."""

    def score_one(self, x: Features) -> float:
        """The largest surprise among the measures; 0 until `min_peers` items are known."""
        worst = 0.0
        for measure in self.measures(x):
            peers = self._spread(x, measure)
            if peers is not None:
                worst = max(worst, surprise(measure.log, peers))
        return worst

    def _spread(self, x: Features, measure: Measure) -> Spread | None:
        """What to expect of a measure; noted in x, since scoring, explaining and learning all ask."""
        if measure.feature not in x.spreads:
            x.spreads[measure.feature] = self._peers[measure.feature].spread(x.peer_keys, x.growth)
        return x.spreads[measure.feature]

    def learn_one(self, x: Features) -> None:
        for measure in self.measures(x):
            self._peers[measure.feature].learn(x.peer_keys, measure.log, x.growth, self._spread(x, measure))

    def explain_one(self, x: Features) -> list[Reason]:
        """One reason a measure that stands out."""
        found = []
        for measure in self.measures(x):
            peers = self._spread(x, measure)
            if peers is not None and (impact := surprise(measure.log, peers)) > 0.0:
                found.append(self._reason(x, measure, peers, impact))
        return worth_saying(found, QUIET)

    def _reason(self, x: Features, measure: Measure, peers: Spread, impact: float) -> Reason:
        actual, typical = _exp(measure.log), _exp(peers.mean)
        lower, upper = _exp(peers.mean - 2 * peers.deviation), _exp(peers.mean + 2 * peers.deviation)
        group = peer_group(x.peer_keys, peers.level)
        side = "below" if measure.log < peers.mean else "above"
        text = (
            f"{measure.feature.replace('_', ' ')} of {actual:,.4g} {measure.unit} is far {side} what {group} usually shows: "
            f"{typical:,.4g}, mostly {lower:,.4g} to {upper:,.4g} ({peers.n:,.0f} peers)"
        )
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
            impact=round(impact, 3),
        )

    @property
    def keys_held(self) -> int:
        return sum(len(peers.table) for peers in self._peers.values())

    @property
    def keys_forgotten(self) -> int:
        return sum(peers.table.forgotten for peers in self._peers.values())


def _exp(value: float) -> float:
    """e to the value, within what a float can hold."""
    return exp(max(-700.0, min(700.0, value)))
