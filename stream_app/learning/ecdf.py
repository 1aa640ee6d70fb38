"""Rolling empirical p-values: how rare a score is among the last few thousand of its kind."""

from math import exp

import numpy as np

from stream_app.learning.compiled import ARRAY_TUPLE, FLOAT, FLOATS, INTS, VOID, Array, inlined, kernel

TAIL_REACH = 0.001
"""The modelled tail goes a thousand times beyond what the window can count, and no further: rarer than that, nobody knows."""
MIN_TAIL = 8
FRESH = 64
"""Scores that wait to be merged into the younger half: a merge moves thousands, so it is done for many at once."""

WINDOW = ARRAY_TUPLE((FLOATS, FLOATS, FLOATS, INTS))
"""(older, younger, fresh, their three lengths): each sorted, smallest first."""


@inlined
def _at_least(values, n, score):  # type: ignore[no-untyped-def]
    """How many of the first n of the sorted values are `score` or more."""
    return n - np.searchsorted(values[:n], score)


@inlined
def p_value(window, score, tail_share):  # type: ignore[no-untyped-def]
    """P(score or more), in (0, 1]; 1 before anything was learned, and for a score of 0 (nothing surprising)."""
    older, younger, fresh, held = window
    n = held[0] + held[1] + held[2]
    if n == 0 or score <= 0.0:
        return 1.0
    at_least = _at_least(older, held[0], score) + _at_least(younger, held[1], score) + _at_least(fresh, held[2], score)
    tail = int(n * tail_share)
    if at_least >= tail or tail < MIN_TAIL:
        return (at_least + 1) / (n + 1)
    threshold, mean_excess = _tail(window, tail)
    if mean_excess <= 0.0:
        return (at_least + 1) / (n + 1)
    return max((tail + 1) / (n + 1) * exp(-(score - threshold) / mean_excess), TAIL_REACH / (n + 1))


@inlined
def _tail(window, tail):  # type: ignore[no-untyped-def]
    """(threshold, mean excess) of the `tail` largest scores of all three parts: a merge from their upper ends."""
    older, younger, fresh, held = window
    i, j, k = held[0] - 1, held[1] - 1, held[2] - 1
    total = threshold = 0.0
    for _ in range(tail):
        a = older[i] if i >= 0 else -np.inf
        b = younger[j] if j >= 0 else -np.inf
        c = fresh[k] if k >= 0 else -np.inf
        if a >= b and a >= c:
            threshold, i = a, i - 1
        elif b >= c:
            threshold, j = b, j - 1
        else:
            threshold, k = c, k - 1
        total += threshold
    return threshold, total / tail - threshold


@inlined
def take(window, score):  # type: ignore[no-untyped-def]
    """Take a score in. A full younger half replaces the older one."""
    older, younger, fresh, held = window
    n = held[2]
    while n > 0 and fresh[n - 1] > score:
        fresh[n] = fresh[n - 1]
        n -= 1
    fresh[n] = score
    held[2] += 1
    if held[2] == fresh.size or held[1] + held[2] == younger.size:
        _merge(younger, fresh, held)
        if held[1] == younger.size:
            older[:] = younger
            held[0], held[1] = held[1], 0


@inlined
def _merge(younger, fresh, held):  # type: ignore[no-untyped-def]
    """Fresh scores into the younger half, from the upper end down."""
    i, j = held[1] - 1, held[2] - 1
    held[1] += held[2]
    held[2] = 0
    at = held[1] - 1
    while j >= 0:
        if i >= 0 and younger[i] > fresh[j]:
            younger[at] = younger[i]
            i -= 1
        else:
            younger[at] = fresh[j]
            j -= 1
        at -= 1


@kernel(FLOAT, WINDOW, FLOAT, FLOAT)
def _p_value(window, score, tail_share):  # type: ignore[no-untyped-def]
    return p_value(window, score, tail_share)


@kernel(VOID, WINDOW, FLOAT)
def _take(window, score):  # type: ignore[no-untyped-def]
    take(window, score)


class RollingEcdf:
    """Tail probability of a score among the last `window` / 2 to `window` scores, with an exponential tail beyond the top `tail_share` of them.

    The window moves in halves: a full younger half replaces the older one, so that nothing is ever taken out of a sorted list.
    Counting alone cannot tell two scores above all earlier ones apart; the mean excess over the tail's threshold can
    (peaks over threshold with shape 0: Balkema and de Haan 1974, Pickands 1975).
    """

    __slots__ = ("arrays", "tail_share", "window")

    def __init__(self, window: int = 8_192, tail_share: float = 0.02) -> None:
        self.window = window
        self.tail_share = tail_share
        half = max(window // 2, 1)
        self.arrays: tuple[Array, ...] = (np.zeros(half), np.zeros(half), np.zeros(min(FRESH, half)), np.zeros(3, np.int64))

    def __len__(self) -> int:
        return int(self.arrays[3].sum())

    def p_value(self, score: float) -> float:
        """P(score or more), in (0, 1]; 1 before anything was learned, and for a score of 0 (nothing surprising)."""
        return _p_value(self.arrays, score, self.tail_share)

    def learn(self, score: float) -> None:
        """Take a score in. It must not be NaN: one would break the order for good."""
        _take(self.arrays, score)
