"""Shares with their confidence interval: Wilson's for one share, and for a weighted sum of several."""

from collections.abc import Sequence
from functools import cache
from math import fsum, sqrt
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95


class Rate(NamedTuple):
    """A share with its interval. `n`: the independent controls that it rests on; weighted ones count for less (Kish, Survey Sampling, 1965)."""

    value: float
    lower: float
    upper: float
    n: float


def wilson(share: float, n: float, confidence: float = CONFIDENCE) -> Rate:
    """Wilson's score interval for `share` among `n` > 0 (Wilson, JASA 1927). It stays in [0, 1], and says something at 0 of n."""
    z = _deviations(confidence)
    spread = z * z / n
    middle = (share + spread / 2.0) / (1.0 + spread)
    reach = z / (1.0 + spread) * sqrt(share * (1.0 - share) / n + spread / (4.0 * n))
    return Rate(share, max(0.0, middle - reach), min(1.0, middle + reach), n)


@cache
def _deviations(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2.0)


def weighted(parts: Sequence[tuple[float, Rate]]) -> Rate:
    """The sum of weight x share over independent parts; the weights sum to 1.

    Its limits come from the parts' own, squared distances added (MOVER: Zou and Donner, Statistics in Medicine 2008).
    """
    value = fsum(weight * rate.value for weight, rate in parts)
    below = sqrt(fsum((weight * (rate.value - rate.lower)) ** 2 for weight, rate in parts))
    above = sqrt(fsum((weight * (rate.upper - rate.value)) ** 2 for weight, rate in parts))
    return Rate(value, max(0.0, value - below), min(1.0, value + above), fsum(rate.n for _, rate in parts))
