"""Measures of rankings and probabilities, by the definitions. Scores: larger is more suspicious; labels: True where there is something to find."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from stream_app.learning import intervals, quality
from stream_app.learning.quality import Bin

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Interval(NamedTuple):
    value: float
    lower: float
    upper: float


def auc(scores: Floats, positive: Bools) -> float:
    """P(a positive scores above a negative), ties half (Mann and Whitney 1947); nan where one class is missing."""
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def captured(share: float, scores: Floats, worth: Floats | Bools) -> float:
    """The worth that lies in the top `share` of all; items tied at the threshold count by the fraction of them that has room."""
    room = share * len(scores)
    if room <= 0:
        return float("nan")
    threshold = np.sort(scores)[::-1][min(int(np.ceil(room)), len(scores)) - 1]
    above, tied = scores > threshold, scores == threshold
    fraction = (room - above.sum()) / tied.sum()
    return float(worth[above].sum() + fraction * worth[tied].sum())


def recall_at(share: float, scores: Floats, positive: Bools, wanted: Bools | None = None) -> float:
    """Share of the positives (of the `wanted` ones among them) in the top `share` of all; items tied at the threshold count by their fraction."""
    wanted = positive if wanted is None else wanted
    return captured(share, scores, wanted) / float(wanted.sum()) if wanted.any() else float("nan")


def precision_at(share: float, scores: Floats, positive: Bools) -> float:
    """Share of positives in the top `share` of all."""
    return captured(share, scores, positive) / (share * len(scores)) if share * len(scores) > 0 else float("nan")


def brier(probabilities: Floats, positive: Bools) -> float:
    """Mean squared distance of probability and truth (Brier 1950); 0 is perfect."""
    return float(np.mean((probabilities - positive) ** 2))


def reliability(probabilities: Floats, positive: Bools, bins: int = 10) -> list[Bin]:
    """A table of equally wide bins, those without rows left out; a probability of 1 belongs to the last."""
    return quality.reliability(probabilities[positive].tolist(), probabilities[~positive].tolist(), bins)


def wilson(found: int, n: int) -> Interval:
    """A share with its 95 % score interval (Wilson 1927); [0, 1] of nothing."""
    return Interval(*intervals.wilson(found / n, n)[:3]) if n else Interval(float("nan"), 0.0, 1.0)


def auc_interval(scores: Floats, positive: Bools, draws: int = 500, seed: int = 0) -> Interval:
    """AUC with its 95 % percentile bootstrap interval over rows; nan throughout where one class is missing."""
    if not positive.any() or positive.all():
        return Interval(*[float("nan")] * 3)
    rng = np.random.default_rng(seed)
    rows = (rng.integers(0, len(scores), len(scores)) for _ in range(draws))
    drawn = [auc(scores[row], positive[row]) for row in rows]
    return Interval(auc(scores, positive), *(float(bound) for bound in np.nanpercentile(drawn, [2.5, 97.5])))


def mean_of(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The mean of equal nests of numbers, leaf by leaf; nan leaves are left out."""
    first = results[0]
    return {
        name: mean_of([result[name] for result in results]) if isinstance(first[name], dict) else _mean([r[name] for r in results]) for name in first
    }


def _mean(values: list[float]) -> float | None:
    known = [value for value in values if value == value]
    return sum(known) / len(known) if known else None
