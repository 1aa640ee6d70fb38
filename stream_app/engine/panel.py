"""The detectors of one engine and their p-values: who finds an item odd, and how odd compared with the last few thousand."""

from dataclasses import dataclass, field
from math import inf, nan
from typing import Any, NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features
from stream_app.engine.fused import Fused, fits
from stream_app.engine.settings.learning import PValues as PValuesSettings
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import Array
from stream_app.learning.p_values import PValues
from stream_app.learning.plain import PART

MAX_REASONS = 5
WORTH_EXPLAINING = 0.1
"""p-value above which a detector has nothing to say, unless it leads."""
WORTH_NAMING = 0.5
"""p-value above which not even the leader of an item that is rare as a whole is named: detectors that are all a little uneasy add up."""


class Failure(NamedTuple):
    """A detector that raised: the shell logs the traceback and counts it, the other detectors still vote."""

    detector: str
    error: Exception


@dataclass(slots=True)
class Opinion:
    """What the panel says of one item. `raw` in nats, NaN where a detector failed; `p_values` are plain; `rarity` combines them, in nats,
    a rank and not a probability; the leader has the smallest weighted p-value, None where none is below 1."""

    features: Features
    raw: list[float]
    p_values: dict[str, float]
    rarity: float
    leader: str | None
    failures: list[Failure] = field(default_factory=list)


class Hearing(NamedTuple):
    """What the panel says of a declaration's items; `found` where it was asked in one call."""

    opinions: list[Opinion]
    found: Array | None


class Panel:
    """Scores with every detector, each failure kept to itself, and turns scores into tail probabilities."""

    KEEPS = {"detectors": PART, "_windows": PART}

    def __init__(self, detectors: dict[str, Detector], weights: dict[str, float], settings: PValuesSettings) -> None:
        self.detectors = dict(sorted(detectors.items(), key=lambda entry: entry[1].stage))
        names = tuple(self.detectors)
        first = sum(detector.stage == 1 for detector in detectors.values())
        self._names, self._stages = names, (names[:first], names[first:])
        self._weights = np.array([weights[name] for name in names])
        self._exponent = settings.exponent
        self._windows = PValues([detector.quiet for detector in self.detectors.values()], settings.window, settings.tail_share)
        self._asked: tuple[Detector, ...] = ()
        self._fused: Fused | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Without what is made of the rest."""
        return self.__dict__ | {"_asked": (), "_fused": None}

    def hear(self, items: list[Features]) -> Hearing:
        """As `score`, all items of a declaration: in one call if the detectors are the house's own."""
        fused, amended = self._in_one(), items[0].amended
        found = fused.score(items[0].goods, amended) if fused else None
        if fused is None or found is None:
            return Hearing([self.score(x) for x in items], None)
        return Hearing([Opinion(x, [], *told) for x, told in zip(items, fused.told(found, amended), strict=True)], found)

    def recall(self, hearing: Hearing, numbers: set[int]) -> None:
        """Give the items that are to be explained what the second stage reads of the first."""
        if hearing.found is not None and self._fused is not None:
            for number in numbers:
                x = hearing.opinions[number].features
                x.finders, x.surprises = self._stages[0], self._fused.surprises(hearing.found[number])

    def learn_all(self, hearing: Hearing) -> list[Failure]:
        """As `learn`, all items of a declaration in their order."""
        if hearing.found is not None and self._fused is not None:
            self._fused.learn(hearing.opinions[0].features.goods, hearing.found)
            return []
        return [failure for opinion in hearing.opinions for failure in self.learn(opinion)]

    def _in_one(self) -> Fused | None:
        """The detectors in one kernel; None where there are others among them."""
        present = (*self.detectors.values(),)
        if present != self._asked:
            self._asked = present
            self._fused = Fused(self.detectors, self._windows, self._weights, self._exponent) if fits(self.detectors) else None
        return self._fused

    def score(self, x: Features) -> Opinion:
        """Score with all detectors, the second stage after the first. Changes nothing but what x holds for the second stage.

        Combined by the weighted power mean of -ln p: mean-p (Fisher's) at an exponent of 1, towards min-p as it grows. One detector that is
        sure suffices, several that agree count more (docs/detection.md has what was measured).
        """
        first_stage, second_stage = self._stages
        failures: list[Failure] = []
        raw = self._ask(first_stage, x, failures)
        first, x.surprises = self._windows.surprises(raw)
        x.finders = first_stage
        raw += self._ask(second_stage, x, failures)
        found, rarity, leader = self._windows.combined(raw, first, self._weights, self._exponent)
        p_values = dict(zip(self._names, found, strict=True))
        if failures or x.amended:
            p_values = {name: p for name, p in p_values.items() if p == p}
        return Opinion(x, raw, p_values, rarity, self._names[leader] if leader >= 0 else None, failures)

    def _ask(self, names: tuple[str, ...], x: Features, failures: list[Failure]) -> list[float]:
        """The detectors' scores; NaN for one that has none of an amendment, and, with a failure more, for one that raised."""
        detectors, amended, raw = self.detectors, x.amended, []
        for name in names:
            try:
                if amended and detectors[name].counts_arrivals:
                    raw.append(nan)
                    continue
                score = detectors[name].score_one(x)
                # One NaN in a window would break its order for good.
                if not 0.0 <= score < inf:
                    raise ValueError("a score must be finite and not negative")
                raw.append(score)
            except Exception as error:
                failures.append(Failure(name, error))
                raw.append(nan)
        return raw

    def learn(self, opinion: Opinion) -> list[Failure]:
        """Take the item and its scores in, the scores of detectors that are not warm left out."""
        failures, raw = [], opinion.raw
        for number, (name, detector) in enumerate(self.detectors.items()):
            try:
                detector.learn_one(opinion.features)
                if not detector.warm:
                    raw[number] = nan
            except Exception as error:
                failures.append(Failure(name, error))
        self._windows.learn(raw)
        return failures

    def explain(self, opinion: Opinion) -> list[Reason]:
        """At most five reasons, from the detector with the smallest p-value on."""
        reasons: list[Reason] = []
        for name in self._by_odds(opinion):
            if len(reasons) >= MAX_REASONS or (opinion.p_values[name] > WORTH_EXPLAINING and name != opinion.leader):
                continue
            try:
                reasons += self.detectors[name].explain_one(opinion.features)
            except Exception as error:
                opinion.failures.append(Failure(name, error))
        return reasons[:MAX_REASONS] or self._as_a_whole(opinion)

    def _by_odds(self, opinion: Opinion) -> list[str]:
        """The detectors, the one with the smallest p-value over its weight first."""
        weights = dict(zip(self._names, self._weights.tolist(), strict=True))
        return sorted(opinion.p_values, key=lambda name: opinion.p_values[name] / weights[name])

    def _as_a_whole(self, opinion: Opinion) -> list[Reason]:
        """For a score that is rare as a whole while none of its parts stands out; nothing where another head selected a usual item."""
        if opinion.leader is None or (p := opinion.p_values[opinion.leader]) > WORTH_NAMING:
            return []
        recent = [step("recent_items", n=self._windows.held(list(self.detectors).index(opinion.leader)))]
        details: dict[str, float | str] = {"detector": opinion.leader, "rarer_than": 1.0 - p}
        return [reason("unusual_as_a_whole", opinion.leader, actual=p, path=recent, impact=0.0, details=details)]

    def counter_evidence(self, opinion: Opinion) -> list[Reason]:
        """What detectors find usual about the item, strongest first."""
        found: list[Reason] = []
        for name in opinion.p_values:
            try:
                found += self.detectors[name].counter_one(opinion.features)
            except Exception as error:
                opinion.failures.append(Failure(name, error))
        return sorted(found, key=lambda reason: -reason.impact)
