"""River's own online classifiers on the same encodings, a row at a time."""

import numpy as np
from river import base, compose, forest, linear_model, optim, preprocessing

from tests.bench.cases import Bools, Cases, Places
from tests.bench.contenders import heads
from tests.bench.encoding import TargetEncoder
from tests.bench.features import GROUPS, NUMBERS, ROUTE, Matrix
from tests.bench.prequential import Scored

FOREST_GROUPS = (
    "hs2", "hs4", "hs6", "preference", "mass/1", "hs4+origin", "hs6+origin", "hs6+origin+departure+rate", "hs6+mass/1", "hs6+origin+price/0.5",
    "+".join((*ROUTE, "mass/0.5", "unit/0.5")), "+".join((*ROUTE, "mass/0.25", "unit/0.25")),
)  # fmt: skip
"""Of all groups it did worse, three times as slowly (October to December 2020); so did adaptive naive Bayes in the leaves."""


def adaptive_random_forest() -> base.Classifier:
    return forest.ARFClassifier(n_models=10, grace_period=100, leaf_prediction="mc", seed=1)


def logistic_regression() -> base.Classifier:
    return compose.Pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression(optim.AdaGrad(0.05), l2=1e-4))


class RiverOnEncodings:
    """Learns a row, as it was encoded when scored, when its label comes. `groups`: the encodings it reads, as logits; all of them by default."""

    def __init__(
        self, name: str, model: base.Classifier, cases: Cases, matrix: Matrix, target: str = "non_compliance", groups: tuple[str, ...] = GROUPS
    ) -> None:
        self.name = name
        self._model = model
        self._cases, self._target = cases, target
        self._numbers = np.nan_to_num(matrix.numbers)
        self._encoder = TargetEncoder(matrix)
        self._columns = [GROUPS.index(group) for group in groups]
        self._names = (*groups, *NUMBERS)
        self._x = np.zeros((len(cases), len(self._names)))

    def score(self, day: int, places: Places) -> Scored:
        rates = self._encoder.encode(places)[0][:, self._columns]
        self._x[places] = np.column_stack([np.log(rates / (1.0 - rates)), self._numbers[places]])
        p = np.array([self._model.predict_proba_one(x).get(True, 0.0) for x in self._rows(places)])
        return Scored(heads(self._target, p, self._cases.duty[places]))

    def learn(self, places: Places, irregular: Bools, critical: Bools) -> None:
        labels = critical if self._target == "critical" else irregular
        self._encoder.learn(places, labels)
        for x, label in zip(self._rows(places), labels.tolist(), strict=True):
            self._model.learn_one(x, label)

    def _rows(self, places: Places) -> list[dict[str, float]]:
        return [dict(zip(self._names, row, strict=True)) for row in self._x[places].tolist()]
