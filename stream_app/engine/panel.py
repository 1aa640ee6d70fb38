"""The detectors of one engine and their p-values: who finds an item odd, and how odd compared with the last few thousand."""

from dataclasses import dataclass, field
from math import inf, log10
from typing import NamedTuple

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features
from stream_app.engine.pipeline import PValues
from stream_app.learning.ecdf import RollingEcdf

MAX_REASONS = 5
NO_EVIDENCE = 0.1
"""Smallest p-value of a score below its detector's `quiet`: in a stream where all are alike, the least different one is still no suspect."""
WORTH_EXPLAINING = 0.1
"""p-value above which a detector has nothing to say, unless it leads."""


class Failure(NamedTuple):
    """A detector that raised: the shell logs the traceback and counts it, the other detectors still vote."""

    detector: str
    error: Exception


@dataclass(slots=True)
class Opinion:
    """What the panel says of one item. `odds` is the smallest weighted p-value, a rank and not a probability; `p_values` are plain."""

    features: Features
    raw: dict[str, float]
    p_values: dict[str, float]
    odds: float
    leader: str | None
    failures: list[Failure] = field(default_factory=list)


class Panel:
    """Scores with every detector, each failure kept to itself, and turns scores into tail probabilities."""

    def __init__(self, detectors: dict[str, Detector], weights: dict[str, float], settings: PValues) -> None:
        self.detectors = dict(sorted(detectors.items(), key=lambda entry: entry[1].stage))
        self._inverse_weights = {name: 1.0 / weights[name] for name in detectors}
        self._ecdfs = {name: RollingEcdf(settings.window, settings.tail_share) for name in detectors}

    def score(self, x: Features) -> Opinion:
        """Score with all detectors, the second stage after the first. Changes nothing but x.surprises."""
        opinion = Opinion(x, {}, {}, 1.0, None)
        for name, detector in self.detectors.items():
            try:
                raw = _sane(detector.score_one(x))
            except Exception as error:
                opinion.failures.append(Failure(name, error))
                continue
            p = self._ecdfs[name].p_value(raw)
            if raw < detector.quiet and p < NO_EVIDENCE:
                p = NO_EVIDENCE
            opinion.raw[name] = raw
            opinion.p_values[name] = p
            if detector.stage == 1:
                x.surprises[name] = -log10(p)
            # Min-p: one detector that is sure suffices; its weight is its share of the false alerts.
            if (odds := p * self._inverse_weights[name]) < opinion.odds:
                opinion.odds, opinion.leader = odds, name
        return opinion

    def learn(self, opinion: Opinion) -> list[Failure]:
        """Take the item and its scores in."""
        failures = []
        for name, detector in self.detectors.items():
            try:
                detector.learn_one(opinion.features)
            except Exception as error:
                failures.append(Failure(name, error))
        for name, raw in opinion.raw.items():
            if self.detectors[name].warm:
                self._ecdfs[name].learn(raw)
        return failures

    def explain(self, opinion: Opinion) -> list[Reason]:
        """At most five reasons, from the detector with the smallest p-value on."""
        reasons: list[Reason] = []
        for name in sorted(opinion.p_values, key=lambda name: opinion.p_values[name] * self._inverse_weights[name]):
            if opinion.p_values[name] > WORTH_EXPLAINING and name != opinion.leader:
                continue
            try:
                reasons += self.detectors[name].explain_one(opinion.features)
            except Exception as error:
                opinion.failures.append(Failure(name, error))
        return reasons[:MAX_REASONS] or [_unusual(opinion.leader or "", opinion.p_values)]


def _unusual(leader: str, p_values: dict[str, float]) -> Reason:
    """For a score that is rare as a whole while none of its parts stands out."""
    p = p_values.get(leader, 1.0)
    text = f"{leader.replace('_', ' ')}: more unusual than {1 - p:.1%} of recent items as a whole, though no single part of it stands out"
    return Reason(leader, text, leader, round(p, 6), None, None, None, "share of recent items as unusual", "recent items", 0.0, 0.0)


def _sane(raw: float) -> float:
    """A score that may enter the window. One NaN would break its order for good."""
    if not 0.0 <= raw < inf:
        raise ValueError("a score must be finite and not negative")
    return raw
