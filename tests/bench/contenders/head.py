"""The engine's head by itself: no detectors, no p-values, no selection, no reasons. What LightGBM's fit and predict are compared with."""

import numpy as np

from stream_app.detectors.features import features
from stream_app.engine.heads.groups import encode
from stream_app.engine.heads.head import Head
from stream_app.engine.pipeline import Pipeline
from stream_app.learning.risk import PROBABILITY, SCORED
from tests.bench.cases import Bools, Cases, Floats, Places
from tests.bench.contenders import heads
from tests.bench.prequential import Scored


class HeadAlone:
    """Codes and measures of the rows are given, as LightGBM's matrix is; groups, crosses, scores and learning are its own work, row by row."""

    def __init__(self, cases: Cases, pipeline: Pipeline, target: str = "non_compliance", name: str = "head alone") -> None:
        self.name = name
        self._cases, self._target = cases, target
        self._head = Head(pipeline.critical if target == "critical" else pipeline.non_compliance)
        read = [features(declaration, 1.0)[0] for declaration in cases.declarations]
        self._items = [(x.codes, x.measures) for x in read]
        self._scored = np.empty((len(cases), SCORED))

    def score(self, day: int, places: Places) -> Scored:
        for place in places:
            groups, crosses = encode(*self._items[place])
            growth = self._head.growth(self._cases.declarations[place].lodged_epoch)
            self._head.model.score(groups, crosses, growth, self._scored[place])
        p: Floats = self._scored[places, PROBABILITY]
        return Scored(heads(self._target, p, self._cases.duty[places]))

    def learn(self, places: Places, irregular: Bools, critical: Bools) -> None:
        labels = critical if self._target == "critical" else irregular
        for place, label in zip(places, labels.tolist(), strict=True):
            groups, crosses = encode(*self._items[place])
            growth = self._head.growth(self._cases.outcomes[place].decided_epoch)
            self._head.model.learn(groups, crosses, self._scored[place], label, growth)
