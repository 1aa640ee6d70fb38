"""The rolling p-values of many detectors at once: a window of scores each, asked and fed in one call."""

import numpy as np

from stream_app.learning import ecdf
from stream_app.learning.compiled import FLOAT, FLOATS, INT, MATRIX, VOID, Array, kernel

NO_EVIDENCE = 0.1
"""Smallest p-value of a score below its detector's `quiet`: in a stream where all are alike, the least different one is still no suspect."""


@kernel(VOID, MATRIX, FLOATS, FLOATS, FLOAT, INT, INT, FLOATS)
def _p_values(windows: Array, scores: Array, quiet: Array, tail_share: float, begin: int, end: int, found: Array) -> None:
    for number in range(begin, end):
        score = scores[number]
        if np.isnan(score):
            found[number] = np.nan
            continue
        p = ecdf.p_value(windows[number], score, tail_share)
        found[number] = max(p, NO_EVIDENCE) if score < quiet[number] else p


@kernel(VOID, MATRIX, FLOATS)
def _learn(windows: Array, scores: Array) -> None:
    for number in range(scores.size):
        if not np.isnan(scores[number]):
            ecdf.take(windows[number], scores[number])


class PValues:
    """Windows of `quiet.size` detectors, a row each; `quiet` in nats: a score below it is no evidence. A score of NaN means: this one has none."""

    __slots__ = ("quiet", "tail_share", "windows")

    def __init__(self, quiet: list[float], window: int, tail_share: float) -> None:
        self.quiet = np.array(quiet)
        self.tail_share = tail_share
        self.windows: Array = np.stack([ecdf.empty_window(window)] * len(quiet))

    def of(self, scores: Array, begin: int, end: int, found: Array) -> None:
        """The tail probabilities of scores[begin:end], in the same places of `found`; NaN for NaN."""
        _p_values(self.windows, scores, self.quiet, self.tail_share, begin, end, found)

    def learn(self, scores: Array) -> None:
        """Take the scores in, those that are NaN left out."""
        _learn(self.windows, scores)

    def held(self, number: int) -> int:
        """Scores that a detector's window holds now."""
        return ecdf.window_size(self.windows[number])
