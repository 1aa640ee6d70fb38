"""Quantiles of a stream to a promised relative error, in a few hundred counts: DDSketch.

Source: Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019. Buckets are powers
of gamma = (1 + a) / (1 - a), so that whatever lies in a bucket is within `a` of its middle. Counts add up: sketches of days, or of partitions,
merge exactly, in any order. Why not t-digest or KLL: docs/decisions/0017.
"""

from math import ceil, exp, floor, log
from typing import Any

ACCURACY = 0.005
SMALLEST = 1e-3
"""Values below count as 0: three seconds, in hours."""
LARGEST = 1e6
"""Values above count as this, which bounds the buckets to 2,100."""

_GAMMA = (1.0 + ACCURACY) / (1.0 - ACCURACY)
_LOG_GAMMA = log(_GAMMA)
_MIDDLE = 2.0 / (_GAMMA + 1.0)


class Quantiles:
    """Of values from 0 up. Additive."""

    __slots__ = ("buckets", "n", "zeros")

    def __init__(self) -> None:
        self.n = 0
        self.zeros = 0
        self.buckets: dict[int, int] = {}

    def add(self, value: float) -> None:
        self.n += 1
        if value < SMALLEST:
            self.zeros += 1
            return
        bucket = ceil(log(min(value, LARGEST)) / _LOG_GAMMA)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def merge(self, other: "Quantiles") -> None:
        self.n += other.n
        self.zeros += other.zeros
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    def quantiles(self, shares: tuple[float, ...]) -> list[float]:
        """The values that `shares` (each in [0, 1]) of all lie below, between two neighbours linearly, as numpy.quantile; [] of nothing."""
        if not self.n:
            return []
        ranks = [share * (self.n - 1) for share in shares]
        found = self._values(sorted({rank for place in ranks for rank in (floor(place), ceil(place))}))
        return [found[floor(place)] + (place - floor(place)) * (found[ceil(place)] - found[floor(place)]) for place in ranks]

    def _values(self, ranks: list[int]) -> dict[int, float]:
        """The value at each rank, ranks from 0 in rising order."""
        found, seen, at = {}, self.zeros, 0.0
        waiting = iter(sorted(self.buckets))
        for rank in ranks:
            while seen <= rank:
                bucket = next(waiting)
                seen += self.buckets[bucket]
                at = _MIDDLE * exp(bucket * _LOG_GAMMA)
            found[rank] = at
        return found

    def state(self) -> list[Any]:
        """Plain data."""
        return [self.zeros, sorted(self.buckets), [self.buckets[bucket] for bucket in sorted(self.buckets)]]

    @classmethod
    def restored(cls, state: list[Any]) -> "Quantiles":
        sketch = cls()
        sketch.zeros = state[0]
        sketch.buckets = dict(zip(state[1], state[2], strict=True))
        sketch.n = sketch.zeros + sum(sketch.buckets.values())
        return sketch
