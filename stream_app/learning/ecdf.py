"""Rolling empirical p-values: how rare a score is among the last few thousand of its kind."""

from bisect import bisect_left, insort
from collections import deque
from math import exp

TAIL_REACH = 0.001
"""The modelled tail goes a thousand times beyond what the window can count, and no further: rarer than that, nobody knows."""


class RollingEcdf:
    """Tail probability of a score among the last `window` scores, with an exponential tail beyond the top `tail_share` of them.

    Counting alone cannot tell two scores above all earlier ones apart; the mean excess over the tail's threshold can
    (peaks over threshold with shape 0: Balkema and de Haan 1974, Pickands 1975).
    """

    __slots__ = ("_arrivals", "_sorted", "tail_share", "window")

    def __init__(self, window: int = 4_096, tail_share: float = 0.02) -> None:
        self.window = window
        self.tail_share = tail_share
        self._arrivals: deque[float] = deque()
        self._sorted: list[float] = []

    def __len__(self) -> int:
        return len(self._sorted)

    def p_value(self, score: float) -> float:
        """P(score or more), in (0, 1]; 1 before anything was learned, and for a score of 0 (nothing surprising)."""
        n = len(self._sorted)
        if not n or score <= 0.0:
            return 1.0
        at_least = n - bisect_left(self._sorted, score)
        tail = int(n * self.tail_share)
        if tail < 8 or at_least >= tail:
            return (at_least + 1) / (n + 1)
        threshold = self._sorted[n - tail]
        top = self._sorted[n - tail :]
        mean_excess = sum(top) / tail - threshold
        if mean_excess <= 0.0:
            return (at_least + 1) / (n + 1)
        return max((tail + 1) / (n + 1) * exp(-(score - threshold) / mean_excess), TAIL_REACH / (n + 1))

    def learn(self, score: float) -> None:
        """Take a score in; the oldest goes once the window is full."""
        insort(self._sorted, score)
        self._arrivals.append(score)
        if len(self._arrivals) > self.window:
            gone = self._arrivals.popleft()
            del self._sorted[bisect_left(self._sorted, gone)]
