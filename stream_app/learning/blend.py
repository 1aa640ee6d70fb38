"""Online logistic regression on a few dense inputs whose weights may drift: puts the parts of a head together, and calibrates.

Each class of items has weights of its own: how far the back-off reached decides how much it is worth beside the regression. Weights are
normal with full covariance, updated as a Kalman filter linearised at the present weights, and walk at random with variance `drift` an
item so that they never stop learning (Penny and Roberts, "Dynamic logistic regression", IJCNN 1999; McCormick et al., "Dynamic logistic
regression and dynamic model averaging for binary classification", Biometrics 68, 2012). The first input is the constant; no other weight falls
below 0: parts that say nearly the same would otherwise be played off against each other, and speak for the opposite where they differ.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stream_app.learning.compiled import FLOAT, FLOATS, INT, VOID, Array, inlined, kernel
from stream_app.learning.odds import logistic
from stream_app.learning.plain import Part

BLEND = FLOATS
"""How a kernel takes a blend: variance, drift, number of weights, number of classes; the weights, class by class; the covariances."""
_VARIANCE, _DRIFT, _SIZE, _CLASSES = range(4)
_HEADER = 4

FLATTEST = 1e-3
"""Least variance of an outcome in an update: one surprise at 0.0001 must not outweigh thousands of items."""


@inlined
def _weights(blend: Array, kind: int) -> Array:
    size = int(blend[_SIZE])
    return blend[_HEADER + kind * size : _HEADER + (kind + 1) * size]


@inlined
def _covariance(blend: Array, kind: int) -> Array:
    size = int(blend[_SIZE])
    begin = _HEADER + int(blend[_CLASSES]) * size + kind * size * size
    return blend[begin : begin + size * size].reshape(size, size)


@inlined
def blended(blend: Array, kind: int, inputs: Array) -> Any:
    """Log-odds of an item; inputs beyond the weights are left out."""
    weights = _weights(blend, kind)
    total = 0.0
    for i in range(weights.size):
        total += weights[i] * inputs[i]
    return total


@inlined
def correct(blend: Array, kind: int, inputs: Array, irregular: float, weight: float) -> None:
    """One Kalman step. No weight is ever less certain than before all learning."""
    weights, covariance = _weights(blend, kind), _covariance(blend, kind)
    size = weights.size
    p = logistic(blended(blend, kind, inputs))
    flatness = max(p * (1.0 - p), FLATTEST)
    gain = covariance @ inputs[:size]
    scale = 1.0 / (1.0 / (flatness * weight) + inputs[:size] @ gain)
    widest = 0.0
    for i in range(size):
        moved = weights[i] + scale * gain[i] * (irregular - p) / flatness
        weights[i] = max(moved, 0.0) if i else moved
        for j in range(size):
            covariance[i, j] -= scale * gain[i] * gain[j]
        covariance[i, i] += blend[_DRIFT]
        widest = max(widest, covariance[i, i])
    if widest > blend[_VARIANCE]:
        covariance *= blend[_VARIANCE] / widest


@kernel(FLOAT, BLEND, INT, FLOATS)
def _blended(blend: Array, kind: int, inputs: Array) -> Any:
    return blended(blend, kind, inputs)


@kernel(VOID, BLEND, INT, FLOATS, FLOAT, FLOAT)
def _correct(blend: Array, kind: int, inputs: Array, irregular: float, weight: float) -> None:
    correct(blend, kind, inputs, irregular, weight)


class Blend:
    """Starts at the weights given, the same for every class, known to within `variance` each."""

    KEEPS = {"numbers": Part(fixed=_HEADER)}

    __slots__ = ("numbers",)

    def __init__(self, start: Sequence[float], classes: int = 1, variance: float = 0.3, drift: float = 1e-5) -> None:
        size = len(start)
        header = np.array([variance, drift, size, classes])
        self.numbers = np.concatenate([header, np.tile(np.array(start, float), classes), np.tile(variance * np.eye(size).ravel(), classes)])

    def log_odds(self, inputs: Array, kind: int = 0) -> float:
        """Of an item of class `kind`. State is left unchanged."""
        return float(_blended(self.numbers, kind, inputs))

    def learn(self, inputs: Array, irregular: bool, kind: int = 0, weight: float = 1.0) -> None:
        """Take the outcome of an item in, `weight` of it, above 0."""
        _correct(self.numbers, kind, inputs, float(irregular), weight)

    def weights(self, kind: int = 0) -> list[float]:
        """Of the inputs, in their order."""
        size = int(self.numbers[_SIZE])
        return self.numbers[_HEADER + kind * size : _HEADER + (kind + 1) * size].tolist()  # type: ignore[no-any-return]
