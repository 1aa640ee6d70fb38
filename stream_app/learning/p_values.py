"""The rolling p-values of many detectors at once: a window of scores each, asked and fed in one call."""

import numpy as np

from stream_app.learning import ecdf
from stream_app.learning.compiled import ARRAY_TUPLE, FLOAT, FLOATS, INT, INT_MATRIX, MATRIX, VOID, Array, inlined, kernel

NO_EVIDENCE = 0.1
"""Smallest p-value of a score below its detector's `quiet`: in a stream where all are alike, the least different one is still no suspect."""

WINDOWS = ARRAY_TUPLE((MATRIX, MATRIX, MATRIX, INT_MATRIX))
"""As `ecdf.WINDOW`, a row a detector."""


@inlined
def _row(windows, number):  # type: ignore[no-untyped-def]
    return windows[0][number], windows[1][number], windows[2][number], windows[3][number]


@kernel(VOID, WINDOWS, FLOATS, FLOATS, FLOAT, INT, INT, FLOATS)
def _p_values(windows, scores, quiet, tail_share, begin, end, found):  # type: ignore[no-untyped-def]
    for number in range(begin, end):
        score = scores[number]
        if np.isnan(score):
            found[number] = np.nan
            continue
        p = ecdf.p_value(_row(windows, number), score, tail_share)
        found[number] = max(p, NO_EVIDENCE) if score < quiet[number] else p


@kernel(VOID, WINDOWS, FLOATS)
def _learn(windows, scores):  # type: ignore[no-untyped-def]
    for number in range(scores.size):
        if not np.isnan(scores[number]):
            ecdf.take(_row(windows, number), scores[number])


class PValues:
    """Windows of `quiet.size` detectors; `quiet` in nats: a score below it is no evidence. A score of NaN means: this one has none."""

    __slots__ = ("arrays", "quiet", "tail_share")

    def __init__(self, quiet: list[float], window: int, tail_share: float) -> None:
        self.quiet = np.array(quiet)
        self.tail_share = tail_share
        n, half = len(quiet), max(window // 2, 1)
        fresh = min(ecdf.FRESH, half)
        self.arrays: tuple[Array, ...] = np.zeros((n, half)), np.zeros((n, half)), np.zeros((n, fresh)), np.zeros((n, 3), np.int64)

    def of(self, scores: Array, begin: int, end: int, found: Array) -> None:
        """The tail probabilities of scores[begin:end], in the same places of `found`; NaN for NaN."""
        _p_values(self.arrays, scores, self.quiet, self.tail_share, begin, end, found)

    def learn(self, scores: Array) -> None:
        """Take the scores in, those that are NaN left out."""
        _learn(self.arrays, scores)
