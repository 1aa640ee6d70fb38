"""Logistic regression over hashed features that are there or not: one weight a code, all of them in one table of fixed size.

Hashing: Weinberger et al., "Feature hashing for large scale multitask learning", ICML 2009. Step sizes: Adagrad, Duchi, Hazan and Singer,
JMLR 12, 2011, each weight by what it has learned from so far; a weight that is seen for the first time moves by `rate` times its error.
"""

from math import log
from typing import Any

import numpy as np

from stream_app.learning.compiled import CODES, FLOAT, INT, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.odds import logistic
from stream_app.learning.pages import zeros
from stream_app.learning.plain import PART

BITS = 18
_SHIFT = np.uint64(64 - BITS)
WEIGHT, SQUARES = 0, 1


@inlined
def place(code: Any) -> Any:
    """The row of a feature: the first 18 bits of its code."""
    return np.int64(code >> _SHIFT)


@inlined
def margin(weights: Array, codes: Array) -> Any:
    """Log-odds. Row 0 holds the intercept, which no code reaches."""
    total = weights[0, WEIGHT]
    for number in range(codes.size):
        total += weights[1 + place(codes[number]), WEIGHT]
    return total


@inlined
def step(weights: Array, codes: Array, irregular: float, weight: float, rate: float) -> None:
    """One Adagrad step down the log-loss of one item that counts `weight`."""
    error = (logistic(margin(weights, codes)) - irregular) * weight
    for number in range(-1, codes.size):
        row = weights[0] if number < 0 else weights[1 + place(codes[number])]
        row[SQUARES] += error * error
        row[WEIGHT] -= rate * error / np.sqrt(1.0 + row[SQUARES])


@kernel(FLOAT, MATRIX, CODES)
def _margin(weights: Array, codes: Array) -> Any:
    return margin(weights, codes)


@kernel(VOID, MATRIX, CODES, FLOAT, FLOAT, FLOAT)
def _step(weights: Array, codes: Array, irregular: float, weight: float, rate: float) -> None:
    step(weights, codes, irregular, weight, rate)


@kernel(INT, MATRIX)
def _used(weights: Array) -> int:
    used = 0
    for row in range(weights.shape[0]):
        used += weights[row, SQUARES] > 0.0
    return used


class HashedRegression:
    """2^18 weights. `codes` are the features that an item has, each one once."""

    KEEPS = {"weights": PART}

    __slots__ = ("rate", "weights")

    def __init__(self, rate: float = 0.05, prior: float = 0.5) -> None:
        self.rate = rate
        self.weights = _zeros()
        self.weights[0, WEIGHT] = log(prior / (1.0 - prior))

    def margin(self, codes: Array) -> float:
        """Log-odds of the item; those of the prior before learning. State is left unchanged."""
        return float(_margin(self.weights, codes))

    def learn(self, codes: Array, irregular: bool, weight: float = 1.0) -> None:
        _step(self.weights, codes, float(irregular), weight, self.rate)

    def __len__(self) -> int:
        """Weights in use."""
        return int(_used(self.weights))

    def __getstate__(self) -> dict[str, Any]:
        """Only the weights in use, so that a snapshot is as large as what was learned."""
        used = np.flatnonzero(self.weights.any(axis=1))
        return {"rate": self.rate, "used": used, "rows": self.weights[used]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.rate = state["rate"]
        self.weights = _zeros()
        self.weights[state["used"]] = state["rows"]


def _zeros() -> Array:
    return zeros(2 * ((1 << BITS) + 1)).view(np.float64).reshape(-1, 2)
