"""The movement detectors of one engine and their p-values: who finds a step odd, and how odd compared with the last few thousand of its kind."""

from dataclasses import dataclass, field
from math import exp, inf, log
from typing import Any, NamedTuple

from stream_app.contracts.assessment import Reason
from stream_app.contracts.declared import Declared
from stream_app.detectors.movements.base import Move, MovementDetector
from stream_app.detectors.movements.steps import Step
from stream_app.engine.panel import Failure
from stream_app.engine.settings.learning import PValues
from stream_app.learning.ecdf import Feed, RollingEcdf
from stream_app.learning.p_values import NO_EVIDENCE
from stream_app.learning.plain import PART

MAX_REASONS = 5
FAR = 1e12
RECENT = "recent"
"""The name of the window of rarities beside those of the detectors."""


class Finding(NamedTuple):
    """A detector that finds something: how rare that is among its own scores, and whether it is a contradiction, whatever the budget."""

    typology: str
    nats: float
    p: float
    certain: bool


@dataclass(slots=True)
class MoveOpinion:
    """What the detectors say of one step. `p_values` are plain; `rarity` is ln of the weight of the rarest finding over its p-value,
    contradictions left out; `rank` is how rare that is among recent events; `p` is the rank, and no more than the p-value of a contradiction."""

    move: Move
    joined: bool
    """Whether only detectors that compare with declarations were asked."""
    raw: dict[str, float]
    p_values: dict[str, float]
    rarity: float
    rank: float
    p: float
    findings: list[Finding]
    failures: list[Failure] = field(default_factory=list)


class MovePanel:
    """Scores with every detector that has something to ask of a step; each failure is kept to itself."""

    KEEPS = {"detectors": PART, "_windows": PART, "_asked": dict[str, float], "_seen": float, "_weight": float, "_recent": PART}

    def __init__(self, detectors: dict[str, MovementDetector], weights: dict[str, float], settings: PValues) -> None:
        self.detectors = dict(sorted(detectors.items(), key=lambda entry: entry[1].stage))
        self._weights = weights
        self._windows = {name: RollingEcdf(settings.window, settings.tail_share) for name in self.detectors}
        self._asked = dict.fromkeys(self.detectors, 0.0)
        self._seen = 0.0
        self._weight = 1.0
        self._growth = 1.0 / (1.0 - 1.0 / settings.window)
        self._by_kind: dict[tuple[str, int], list[tuple[str, MovementDetector]]] = {}
        self._recent = RollingEcdf(settings.window, settings.tail_share)
        self._feed: Feed | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Without what knows the rest by where it is."""
        return self.__dict__ | {"_feed": None}

    def score(self, move: Move, joined: bool = False) -> MoveOpinion:
        """What is unusual about the last step of the voyage. State is left unchanged. `joined`: ask only what declarations are asked about."""
        raw, p_values, findings, failures, rarity = {}, {}, [], [], 0.0
        for name, detector in self._asking(move, joined):
            try:
                score = detector.score_one(move)
                if score is None:
                    continue
                if not 0.0 <= score < inf:
                    raise ValueError("a score must be finite and not negative")
            except Exception as error:
                failures.append(Failure(name, error))
                continue
            raw[name] = score
            if score == 0.0:
                p_values[name] = 1.0
                continue
            # Among all events: a question that seldom arises has fewer answers of any kind.
            share = self._share(name)
            # No rarer than its own model has it: shares fall while they are being learned, and then the latest score is always the highest.
            p = max(self._windows[name].p_value(score), exp(-score)) * share
            if score < detector.quiet:
                p_values[name] = max(p, NO_EVIDENCE)  # as in learning/p_values.py
                continue
            p_values[name] = p
            certain = score - log(share) >= detector.certain
            findings.append(Finding(name, score, p, certain))
            if not certain:
                rarity = max(rarity, log(self._weights[name] / p))
        findings.sort(key=lambda one: (not one.certain, one.p / self._weights[one.typology]))
        rank = self._recent.p_value(rarity)
        return MoveOpinion(move, joined, raw, p_values, rarity, rank, min([rank, *(one.p for one in findings if one.certain)]), findings, failures)

    def _share(self, name: str) -> float:
        """Of recent events, those that the detector had something to ask of."""
        return min(1.0, (self._asked[name] + self._weight) / (self._seen + self._weight))

    def _asking(self, move: Move, joined: bool) -> list[tuple[str, MovementDetector]]:
        """The detectors whose question may arise at such a step."""
        kind = move.step.type, move.tells
        found = self._by_kind.get(kind)
        if found is None:
            found = self._by_kind[kind] = [(name, one) for name, one in self.detectors.items() if one.asked_of(*kind)]
        return [(name, one) for name, one in found if one.joins] if joined else found

    def _count_event(self) -> None:
        """Later events weigh more, so that nothing needs to be aged (learning/decay.py); far ahead, all are brought back."""
        self._weight *= self._growth
        self._seen += self._weight
        if self._weight > FAR:
            self._asked = {name: asked / self._weight for name, asked in self._asked.items()}
            self._seen, self._weight = self._seen / self._weight, 1.0

    def learn(self, opinion: MoveOpinion) -> None:
        """Take the step and its scores in, by those detectors that were asked."""
        for name, detector in self._asking(opinion.move, opinion.joined):
            try:
                detector.learn_one(opinion.move)
            except Exception as error:
                opinion.failures.append(Failure(name, error))
        if not opinion.joined:
            self._count_event()
        asked, weight = self._asked, self._weight
        for name in opinion.raw:
            asked[name] += weight
        if self._feed is None:
            self._feed = Feed(self._windows | {RECENT: self._recent})
        self._feed.learn(opinion.raw if opinion.joined else opinion.raw | {RECENT: opinion.rarity})

    def answered(self, opinion: MoveOpinion, typology: str) -> bool:
        """Whether its detector was asked, and did not fail: only then is what it no longer finds no longer there. One that is switched off
        finds nothing."""
        detector = self.detectors.get(typology)
        if detector is not None and opinion.joined and not detector.joins:
            return False
        return all(failure.detector != typology for failure in opinion.failures)

    def explain(self, opinion: MoveOpinion, typology: str) -> list[Reason]:
        """The detector's own reasons first, then those of the others that find something; at most MAX_REASONS."""
        reasons: list[Reason] = []
        for name in [typology, *(one.typology for one in opinion.findings if one.typology != typology)]:
            try:
                reasons += self.detectors[name].explain_one(opinion.move)
            except Exception as error:
                opinion.failures.append(Failure(name, error))
        return reasons[:MAX_REASONS]

    def witnesses(self, opinion: MoveOpinion, typology: str) -> list[Step]:
        """The steps that the finding rests on, in their order, the judged one last."""
        try:
            found = self.detectors[typology].witnesses(opinion.move)
        except Exception as error:
            opinion.failures.append(Failure(typology, error))
            found = []
        return [*found, opinion.move.step]

    def declarations(self, opinion: MoveOpinion, typology: str) -> list[Declared]:
        """The declarations that the finding contradicts."""
        try:
            return self.detectors[typology].declarations(opinion.move)
        except Exception as error:
            opinion.failures.append(Failure(typology, error))
            return []
