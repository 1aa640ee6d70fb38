"""The parts of the risk heads as River classifiers over dictionaries: the same state and kernels, for comparisons, notebooks and pipelines.

A feature is a category; a float is one by its step of half a doubling, so that no exact value is learned. Feature order plays no part.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from math import floor, log2
from typing import Any

import numpy as np
from river import base

from stream_app.learning.backoff import BackoffRates
from stream_app.learning.chain import tapered
from stream_app.learning.compiled import Array
from stream_app.learning.keys import code
from stream_app.learning.regression import HashedRegression
from stream_app.learning.risk import PROBABILITY, SCORED, Layout, RiskModel

DEPTH = 8
"""Features in a default chain: the first by name."""

X = Mapping[Any, Any]


class BinaryClassifier(base.Classifier):
    """P(True) of an item; labels are True or False."""

    @abstractmethod
    def _probability(self, x: X) -> float: ...

    @abstractmethod
    def _learn(self, x: X, y: bool) -> None: ...

    def predict_proba_one(self, x: dict[Any, Any], **kwargs: Any) -> dict[base.typing.ClfTarget, float]:
        """State is left unchanged."""
        p = self._probability(x)
        return {False: 1.0 - p, True: p}

    def learn_one(self, x: dict[Any, Any], y: base.typing.ClfTarget) -> None:
        self._learn(x, bool(y))


class BackoffClassifier(BinaryClassifier):
    """Rates of ever narrower groups (backoff.py), without decay. `chain`: names of the features that narrow, widest first."""

    def __init__(self, chain: tuple[str, ...] | None = None, max_keys: int = 20_000, strength: float = 1.0, prior: float = 0.5) -> None:
        self.chain = chain
        self.max_keys = max_keys
        self.strength = strength
        self.prior = prior
        self._rates = BackoffRates(max_keys, tapered(strength, len(chain) if chain else DEPTH), prior)

    def _probability(self, x: X) -> float:
        return self._rates.rates(_chain(x, self.chain), 1.0).mixed

    def _learn(self, x: X, y: bool) -> None:
        self._rates.learn(_chain(x, self.chain), y, 1.0)


class HashedLogisticClassifier(BinaryClassifier):
    """Logistic regression on all features and, with `crosses`, their pairs (regression.py)."""

    def __init__(self, rate: float = 0.1, crosses: bool = True) -> None:
        self.rate = rate
        self.crosses = crosses
        self._regression = HashedRegression(rate)

    def _probability(self, x: X) -> float:
        return float(1.0 / (1.0 + np.exp(-self._regression.margin(_crosses(x, self.crosses)))))

    def _learn(self, x: X, y: bool) -> None:
        self._regression.learn(_crosses(x, self.crosses), y)


class BlendedClassifier(BinaryClassifier):
    """Two back-offs, records and regression blended (risk.py). `chain` narrows the first back-off, the same features from the other end the
    second; every feature of the chain has a record of its own."""

    def __init__(
        self, chain: tuple[str, ...] | None = None, max_keys: int = 50_000, strength: float = 1.0, prior: float = 0.5, rate: float = 0.1
    ) -> None:
        self.chain = chain
        self.max_keys = max_keys
        self.strength = strength
        self.prior = prior
        self.rate = rate
        depth = 1 + (len(chain) if chain else DEPTH)
        layout = Layout(goods=depth, routes=2 * depth - 1, traders=2 * depth - 1, middling=depth // 2 + 1, home=0)
        self._model = RiskModel(layout, max_keys, strength, prior, rate)

    def _groups(self, x: X) -> Array:
        names = self.chain or _first(x)
        records = np.array([code(f"record {value}") for value in _values(x, names)], np.uint64)
        return np.concatenate([_chain(x, names), _chain(x, names[::-1], "backwards")[1:], records])

    def _score(self, x: X) -> Array:
        scored = np.empty(SCORED)
        self._model.score(self._groups(x), _crosses(x, True), 1.0, scored)
        return scored

    def _probability(self, x: X) -> float:
        return float(self._score(x)[PROBABILITY])

    def _learn(self, x: X, y: bool) -> None:
        self._model.learn(self._groups(x), _crosses(x, True), self._score(x), y, 1.0)


def _step(value: Any) -> str:
    if not isinstance(value, float) or value != value or value in (0.0, float("inf"), float("-inf")):
        return str(value)
    return f"{'-' if value < 0 else ''}{floor(2.0 * log2(abs(value)))} half doublings"


def _values(x: X, names: Iterable[Any]) -> list[str]:
    return [f"{name}={_step(x[name])}" if name in x else f"{name} missing" for name in names]


def _first(x: X) -> tuple[Any, ...]:
    names = sorted(x, key=str)[:DEPTH]
    return *names, *(f"nothing {number}" for number in range(len(names), DEPTH))


def _chain(x: X, names: tuple[Any, ...] | None, salt: str = "") -> Array:
    """Codes of the groups, the widest, which is everything, first."""
    values = _values(x, names or _first(x))
    return np.array([code(f"{salt}|{'|'.join(values[:depth])}") for depth in range(len(values) + 1)], np.uint64)


def _crosses(x: X, pairs: bool) -> Array:
    values = _values(x, sorted(x, key=str))
    crossed = [f"{a} x {b}" for i, a in enumerate(values) for b in values[i + 1 :]] if pairs else []
    return np.array([code(value) for value in (*values, *crossed)], np.uint64)
