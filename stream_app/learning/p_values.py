"""The rolling p-values of many detectors at once: a window of scores each, asked and fed in one call."""

import numpy as np

from stream_app.learning import ecdf
from stream_app.learning.compiled import FLOAT, FLOATS, INT, MATRIX, VOID, Array, kernel

NO_EVIDENCE = 0.1
"""Smallest p-value of a score below its detector's `quiet`: in a stream where all are alike, the least different one is still no suspect."""


@kernel(FLOATS, MATRIX, FLOATS, FLOATS, FLOAT, INT)
def _p_values(windows: Array, scores: Array, quiet: Array, tail_share: float, begin: int) -> Array:
    found = np.full(scores.size - begin, np.nan)
    for number in range(begin, scores.size):
        score = scores[number]
        if not np.isnan(score):
            p = ecdf.p_value(windows[number], score, tail_share)
            found[number - begin] = max(p, NO_EVIDENCE) if score < quiet[number] else p
    return found


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

    def of(self, scores: list[float], begin: int = 0) -> list[float]:
        """The tail probabilities of scores[begin:]; NaN for NaN."""
        return _p_values(self.windows, np.array(scores), self.quiet, self.tail_share, begin).tolist()  # type: ignore[no-any-return]

    def learn(self, scores: list[float]) -> None:
        """Take the scores in, those that are NaN left out."""
        _learn(self.windows, np.array(scores))

    def held(self, number: int) -> int:
        """Scores that a detector's window holds now."""
        return ecdf.window_size(self.windows[number])
