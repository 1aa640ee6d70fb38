"""Rolling empirical p-values: how rare a score is among the last few thousand of its kind."""

from array import array
from bisect import bisect_left, insort
from math import exp

TAIL_REACH = 0.001
"""The modelled tail goes a thousand times beyond what the window can count, and no further: rarer than that, nobody knows."""
MIN_TAIL = 8


class RollingEcdf:
    """Tail probability of a score among the last `window` / 2 to `window` scores, with an exponential tail beyond the top `tail_share` of them.

    The window moves in halves: a full younger half replaces the older one, so that nothing is ever taken out of a sorted list.
    Counting alone cannot tell two scores above all earlier ones apart; the mean excess over the tail's threshold can
    (peaks over threshold with shape 0: Balkema and de Haan 1974, Pickands 1975).
    """

    __slots__ = ("_half", "_older", "_younger", "tail_share", "window")

    def __init__(self, window: int = 8_192, tail_share: float = 0.02) -> None:
        self.window = window
        self.tail_share = tail_share
        self._half = window // 2
        self._older = array("d")
        self._younger = array("d")

    def __len__(self) -> int:
        return len(self._older) + len(self._younger)

    def p_value(self, score: float) -> float:
        """P(score or more), in (0, 1]; 1 before anything was learned, and for a score of 0 (nothing surprising)."""
        older, younger = self._older, self._younger
        n = len(older) + len(younger)
        if not n or score <= 0.0:
            return 1.0
        at_least = n - bisect_left(older, score) - bisect_left(younger, score)
        tail = int(n * self.tail_share)
        if at_least >= tail or tail < MIN_TAIL:
            return (at_least + 1) / (n + 1)
        return self._beyond(score, at_least, n, tail)

    def _beyond(self, score: float, at_least: int, n: int, tail: int) -> float:
        """The modelled tail: the share in it, times how far its exponential decays up to the score."""
        top = sorted(self._older[-tail:] + self._younger[-tail:])[-tail:]
        threshold = top[0]
        mean_excess = sum(top) / tail - threshold
        if mean_excess <= 0.0:
            return (at_least + 1) / (n + 1)
        return max((tail + 1) / (n + 1) * exp(-(score - threshold) / mean_excess), TAIL_REACH / (n + 1))

    def learn(self, score: float) -> None:
        """Take a score in."""
        younger = self._younger
        insort(younger, score)
        if len(younger) >= self._half:
            self._older, self._younger = younger, array("d")
