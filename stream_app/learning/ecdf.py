"""Rolling empirical p-values: how rare a score is among the last few thousand of its kind."""

from collections.abc import Mapping
from math import exp
from typing import Any

import numpy as np

from stream_app.learning.book import BOOK, book, floats
from stream_app.learning.compiled import FLOAT, FLOATS, INTS, VOID, Array, inlined, kernel
from stream_app.learning.plain import Part

TAIL_REACH = 0.001
"""The modelled tail goes a thousand times beyond what the window can count, and no further: rarer than that, nobody knows."""
MIN_TAIL = 8
FRESH = 64
"""Scores that wait to be merged into the younger half: a merge moves thousands, so it is done for many at once."""

WINDOW = FLOATS
"""How a kernel takes a window, one array: the size of a half, the size of the fresh part, how many scores the older, the younger and the
fresh part hold; then the three of them, each sorted, smallest first."""
_HALF, _FRESH, _N_OLDER, _N_YOUNGER, _N_FRESH = range(5)
_HEADER = 8


def empty_window(window: int) -> Array:
    """A window without scores, as kernels take it; zero at first, like all memory that is not used yet."""
    half = max(window // 2, 1)
    fresh = min(FRESH, half)
    found = np.zeros(_HEADER + 2 * half + fresh)
    found[:2] = half, fresh
    return found


def window_size(window: Array) -> int:
    """How many scores it holds."""
    return int(window[_N_OLDER] + window[_N_YOUNGER] + window[_N_FRESH])


def is_sound(window: Array) -> bool:
    """Whether its counts are within its parts, and the parts sorted."""
    half, fresh = int(window[_HALF]), int(window[_FRESH])
    counts = window[_N_OLDER : _N_FRESH + 1]
    if not (np.isin(counts[0], (0, half)) and 0 <= counts[1] < half and 0 <= counts[2] < fresh and (counts == np.floor(counts)).all()):
        return False
    begins = _HEADER, _HEADER + half, _HEADER + 2 * half
    parts = [window[begin : begin + int(count)] for begin, count in zip(begins, counts, strict=True)]
    return all(bool((part[:-1] <= part[1:]).all()) for part in parts)


@inlined
def _parts(window: Array) -> Any:
    """(older, younger, fresh): views of their whole room."""
    half = int(window[_HALF])
    younger, fresh = _HEADER + half, _HEADER + 2 * half
    return window[_HEADER:younger], window[younger:fresh], window[fresh:]


@inlined
def _held(window: Array) -> Any:
    return int(window[_N_OLDER]), int(window[_N_YOUNGER]), int(window[_N_FRESH])


@inlined
def _at_least(values: Array, n: int, score: float) -> Any:
    """How many of the first n of the sorted values are `score` or more."""
    return n - np.searchsorted(values[:n], score)


@inlined
def p_value(window: Array, score: float, tail_share: float) -> Any:
    """P(score or more), in (0, 1]; 1 before anything was learned, and for a score of 0 (nothing surprising)."""
    older, younger, fresh = _parts(window)
    n_older, n_younger, n_fresh = _held(window)
    n = n_older + n_younger + n_fresh
    if n == 0 or score <= 0.0:
        return 1.0
    at_least = _at_least(older, n_older, score) + _at_least(younger, n_younger, score) + _at_least(fresh, n_fresh, score)
    tail = int(n * tail_share)
    if at_least >= tail or tail < MIN_TAIL:
        return (at_least + 1) / (n + 1)
    threshold, mean_excess = _tail(window, tail)
    if mean_excess <= 0.0:
        return (at_least + 1) / (n + 1)
    return max((tail + 1) / (n + 1) * exp(-(score - threshold) / mean_excess), TAIL_REACH / (n + 1))


@inlined
def _tail(window: Array, tail: int) -> Any:
    """(threshold, mean excess) of the `tail` largest scores of all three parts: a merge from their upper ends."""
    older, younger, fresh = _parts(window)
    i, j, k = _held(window)
    total = threshold = 0.0
    for _ in range(tail):
        a = older[i - 1] if i > 0 else -np.inf
        b = younger[j - 1] if j > 0 else -np.inf
        c = fresh[k - 1] if k > 0 else -np.inf
        if a >= b and a >= c:
            threshold, i = a, i - 1
        elif b >= c:
            threshold, j = b, j - 1
        else:
            threshold, k = c, k - 1
        total += threshold
    return threshold, total / tail - threshold


@inlined
def take(window: Array, score: float) -> None:
    """Take a score in. A full younger half replaces the older one."""
    older, younger, fresh = _parts(window)
    n = int(window[_N_FRESH])
    while n > 0 and fresh[n - 1] > score:
        fresh[n] = fresh[n - 1]
        n -= 1
    fresh[n] = score
    window[_N_FRESH] += 1.0
    full = window[_N_YOUNGER] + window[_N_FRESH] == window[_HALF]
    if full or window[_N_FRESH] == window[_FRESH]:
        _merge(younger, int(window[_N_YOUNGER]), fresh, int(window[_N_FRESH]))
        window[_N_YOUNGER] += window[_N_FRESH]
        window[_N_FRESH] = 0.0
    if full:
        older[:] = younger
        window[_N_OLDER], window[_N_YOUNGER] = window[_HALF], 0.0


@inlined
def _merge(younger: Array, i: int, fresh: Array, j: int) -> None:
    """The first j fresh scores into the first i of the younger half, from the upper end down."""
    at = i + j
    while j > 0:
        at -= 1
        if i > 0 and younger[i - 1] > fresh[j - 1]:
            i -= 1
            younger[at] = younger[i]
        else:
            j -= 1
            younger[at] = fresh[j]


@kernel(FLOAT, WINDOW, FLOAT, FLOAT)
def _p_value(window: Array, score: float, tail_share: float) -> float:
    return float(p_value(window, score, tail_share))


@kernel(VOID, WINDOW, FLOAT)
def _take(window: Array, score: float) -> None:
    take(window, score)


@kernel(VOID, BOOK, INTS, FLOATS)
def _take_each(book: Array, places: Array, scores: Array) -> None:
    for number in range(places.size):
        take(floats(book, places[number]), scores[number])


class RollingEcdf:
    """Tail probability of a score among the last `window` / 2 to `window` scores, with an exponential tail beyond the top `tail_share` of them.

    The window moves in halves: a full younger half replaces the older one, so that nothing is ever taken out of a sorted list.
    Counting alone cannot tell two scores above all earlier ones apart; the mean excess over the tail's threshold can
    (peaks over threshold with shape 0: Balkema and de Haan 1974, Pickands 1975).
    """

    KEEPS = {"_scores": Part(fixed=2)}

    __slots__ = ("_scores", "tail_share", "window")

    def __init__(self, window: int = 8_192, tail_share: float = 0.02) -> None:
        self.window = window
        self.tail_share = tail_share
        self._scores = empty_window(window)

    def __len__(self) -> int:
        return window_size(self._scores)

    def taken_in(self) -> None:
        """Raises ValueError for a window that kernels would run out of."""
        if not is_sound(self._scores):
            raise ValueError("holds more scores than there is room for, or unsorted ones")

    def p_value(self, score: float) -> float:
        """P(score or more), in (0, 1]; 1 before anything was learned, and for a score of 0 (nothing surprising)."""
        return _p_value(self._scores, score, self.tail_share)

    def learn(self, score: float) -> None:
        """Take a score in. It must not be NaN: one would break the order for good."""
        _take(self._scores, score)


class Feed:
    """Several windows, fed in one call. It knows them by where they are: a copy of them wants a feed of its own."""

    __slots__ = ("_book", "_places", "_windows")

    def __init__(self, windows: Mapping[str, RollingEcdf]) -> None:
        self._windows = windows
        self._places = {name: place for place, name in enumerate(windows)}
        self._book = book([window._scores for window in windows.values()])

    def learn(self, scores: Mapping[str, float]) -> None:
        """Take a score in for each window that is named. None may be NaN."""
        places = self._places
        _take_each(self._book, np.array([places[name] for name in scores], np.int64), np.array([*scores.values()]))
