"""The rolling p-values of many detectors at once: a window of scores each, asked and fed in one call."""

from math import log, log10
from typing import Any

import numpy as np

from stream_app.learning import ecdf
from stream_app.learning.compiled import FLOAT, FLOATS, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.plain import Part

NO_EVIDENCE = 0.1
"""Smallest p-value of a score below its detector's `quiet`: in a stream where all are alike, the least different one is still no suspect."""


@inlined
def p_of(windows: Array, scores: Array, quiet: Array, tail_share: float, number: int) -> Any:
    """NaN for NaN."""
    score = scores[number]
    if np.isnan(score):
        return np.nan
    p = ecdf.p_value(windows[number], score, tail_share)
    return max(p, NO_EVIDENCE) if score < quiet[number] else p


@inlined
def decades(p: float) -> Any:
    """-log10 of a p-value, 0 for NaN."""
    return 0.0 if np.isnan(p) else -log10(p)


@inlined
def combine(p_values: Array, weights: Array, exponent: float) -> Any:
    """(weighted power mean of -ln p in nats, whose p-value over its weight is the smallest; -1 where none is below 1)."""
    smallest, leader, total, weight = 1.0, -1, 0.0, 0.0
    for number in range(p_values.size):
        p = p_values[number]
        if not np.isnan(p):
            total += weights[number] * (-log(p)) ** exponent
            weight += weights[number]
            if p / weights[number] < smallest:
                smallest, leader = p / weights[number], number
    return (total / weight) ** (1.0 / exponent) if weight > 0.0 else 0.0, leader


@inlined
def take(windows: Array, scores: Array) -> None:
    """Take the scores in, those that are NaN left out."""
    for number in range(len(windows)):
        if not np.isnan(scores[number]):
            ecdf.take(windows[number], scores[number])


@kernel(MATRIX, MATRIX, MATRIX, FLOATS, FLOAT, FLOATS)
def _smallest(windows: Array, scores: Array, quiet: Array, tail_share: float, inverses: Array) -> Array:
    found = np.empty((len(scores), 3))
    for row in range(len(scores)):
        smallest, leader = 1.0, -1
        for number in range(quiet.size):
            p = p_of(windows, scores[row], quiet, tail_share, number)
            if number == 0:
                found[row, 2] = p
            if p * inverses[number] < smallest:  # never for NaN
                smallest, leader = p * inverses[number], number
        found[row, 0], found[row, 1] = smallest, leader
    return found


@kernel(MATRIX, MATRIX, FLOATS, FLOATS, FLOAT)
def _surprises(windows: Array, scores: Array, quiet: Array, tail_share: float) -> Array:
    found = np.zeros((2, scores.size))
    for number in range(scores.size):
        found[0, number] = p_of(windows, scores, quiet, tail_share, number)
        found[1, number] = decades(found[0, number])
    return found


@kernel(FLOATS, MATRIX, FLOATS, FLOATS, FLOAT, FLOATS, FLOATS, FLOAT)
def _combined(windows: Array, scores: Array, quiet: Array, tail_share: float, first: Array, weights: Array, exponent: float) -> Array:
    n = scores.size
    found = np.empty(n + 2)
    for number in range(n):
        found[number] = first[number] if number < first.size else p_of(windows, scores, quiet, tail_share, number)
    found[n], found[n + 1] = combine(found[:n], weights, exponent)
    return found


@kernel(VOID, MATRIX, MATRIX)
def _learn(windows: Array, scores: Array) -> None:
    for row in range(len(scores)):
        take(windows, scores[row])


class PValues:
    """Windows of `quiet.size` detectors, a row each; `quiet` in nats: a score below it is no evidence. A score of NaN means: this one has none."""

    KEEPS = {"windows": Part(fixed=2)}

    __slots__ = ("quiet", "tail_share", "windows")

    def __init__(self, quiet: list[float], window: int, tail_share: float) -> None:
        self.quiet = np.array(quiet)
        self.tail_share = tail_share
        self.windows: Array = np.stack([ecdf.empty_window(window)] * len(quiet))

    def smallest(self, scores: list[list[float]], inverses: Array) -> list[list[float]]:
        """Of every item, a row each: the smallest p-value times `inverses`, at most 1; whose it is, -1 for none below 1; and the first p-value."""
        found: list[list[float]] = _smallest(self.windows, np.array(scores), self.quiet, self.tail_share, inverses).tolist()
        return found

    def surprises(self, scores: list[float]) -> Array:
        """Two rows: the tail probabilities of all detectors' scores, NaN for NaN, and -log10 of them, 0 for NaN."""
        return _surprises(self.windows, np.array(scores), self.quiet, self.tail_share)

    def combined(self, scores: list[float], first: Array, weights: Array, exponent: float) -> tuple[list[float], float, int]:
        """(p-values, rarity in nats, whose p-value over its weight is the smallest; -1 where none is below 1).

        `first`: the p-values that are known already. The rarity is the weighted power mean of -ln p.
        """
        *found, rarity, leader = _combined(self.windows, np.array(scores), self.quiet, self.tail_share, first, weights, exponent).tolist()
        return found, rarity, int(leader)

    def learn(self, scores: list[float]) -> None:
        """As `learn_all`, of one item."""
        self.learn_all([scores])

    def learn_all(self, scores: list[list[float]]) -> None:
        """Take the scores in, a row an item; those that are NaN are left out."""
        _learn(self.windows, np.array(scores))

    def taken_in(self) -> None:
        """Raises ValueError for windows that kernels would run out of."""
        if not all(ecdf.is_sound(window) for window in self.windows):
            raise ValueError("holds more scores than there is room for, or unsorted ones")

    def held(self, number: int) -> int:
        """Scores that a detector's window holds now."""
        return ecdf.window_size(self.windows[number])
