"""ADWIN: a window over a stream of numbers that is cut where the mean before and the mean after differ too much to be chance.

Source: Bifet and Gavalda, "Learning from time-changing data with adaptive windowing", SDM 2007, as River does it (the test holds ours to
River's, number by number). River's own keeps its window where no checkpoint can reach it.
"""

from math import log, sqrt
from typing import Any

import numpy as np

from stream_app.learning.compiled import FLOAT, FLOATS, INT, INTS, Array, inlined, kernel
from stream_app.learning.plain import PART

MAX_BUCKETS, MIN_LENGTH, GRACE = 5, 5, 10
ROWS = 40
"""An exponential histogram: a bucket of row r holds 2^r numbers. A row has at most MAX_BUCKETS, oldest first; two too many are one of the next."""
_ROOM = MAX_BUCKETS + 1
WIDTH, TOTAL, VARIANCE, DETECTED = range(4)
_HEADER = 4
"""Numbers in the window, their sum, their squared distances from their mean, whether they end in a change; then (sum, spread) by row and bucket."""


@inlined
def _clear(window: Array, sizes: Array) -> None:
    window[:_HEADER] = 0.0
    sizes[:] = 0


@inlined
def _push(buckets: Array, sizes: Array, row: int, total: float, spread: float) -> None:
    buckets[row, sizes[row], 0], buckets[row, sizes[row], 1] = total, spread
    sizes[row] += 1


@inlined
def _shift(buckets: Array, sizes: Array, row: int, gone: int) -> None:
    """Take the oldest ones out of a row."""
    sizes[row] -= gone
    for place in range(sizes[row]):
        buckets[row, place] = buckets[row, place + gone]


@inlined
def _insert(window: Array, buckets: Array, sizes: Array, value: float) -> None:
    window[WIDTH] += 1.0
    if window[WIDTH] > 1.0:
        others = window[WIDTH] - 1.0
        window[VARIANCE] += others * (value - window[TOTAL] / others) ** 2 / window[WIDTH]
    window[TOTAL] += value
    _push(buckets, sizes, 0, value, 0.0)
    row = 0
    while sizes[row] == _ROOM and row + 1 < ROWS:
        n, first, second = 2.0**row, buckets[row, 0, 0], buckets[row, 1, 0]
        between = n * n * (first / n - second / n) ** 2 / (n + n)
        _push(buckets, sizes, row + 1, first + second, buckets[row, 0, 1] + buckets[row, 1, 1] + between)
        _shift(buckets, sizes, row, 2)
        row += 1


@inlined
def _differ(window: Array, n: float, total: float, confidence: float) -> Any:
    """Whether the oldest n, of this total, have another mean than the rest."""
    rest = window[WIDTH] - n
    if n < MIN_LENGTH or rest < MIN_LENGTH:
        return False
    harmonic = 1.0 / (n - MIN_LENGTH + 1.0) + 1.0 / (rest - MIN_LENGTH + 1.0)
    bound = sqrt(2.0 * harmonic * (window[VARIANCE] / window[WIDTH]) * confidence) + 2.0 / 3.0 * confidence * harmonic
    return abs(total / n - (window[TOTAL] - total) / rest) > bound


@inlined
def _oldest(sizes: Array) -> Any:
    row = ROWS - 1
    while row > 0 and sizes[row] == 0:
        row -= 1
    return row


@inlined
def _changed(window: Array, buckets: Array, sizes: Array, delta: float) -> Any:
    """Whether any cut parts two means that differ."""
    n, total, confidence = 0.0, 0.0, log(2.0 * log(window[WIDTH]) / delta)
    for row in range(_oldest(sizes), -1, -1):
        for place in range(sizes[row] - int(row == 0)):
            n, total = n + 2.0**row, total + buckets[row, place, 0]
            if _differ(window, n, total, confidence):
                return True
    return False


@inlined
def _drop(window: Array, buckets: Array, sizes: Array) -> None:
    """Forget the oldest bucket."""
    row = _oldest(sizes)
    n, total = 2.0**row, buckets[row, 0, 0]
    window[WIDTH] -= n
    window[TOTAL] -= total
    away = (total / n - window[TOTAL] / window[WIDTH]) ** 2
    window[VARIANCE] -= buckets[row, 0, 1] + n * window[WIDTH] * away / (n + window[WIDTH])
    _shift(buckets, sizes, row, 1)


@kernel(INT, FLOATS, INTS, FLOAT, FLOAT)
def _update(window: Array, sizes: Array, delta: float, value: float) -> int:
    buckets = window[_HEADER:].reshape(ROWS, _ROOM, 2)
    if window[DETECTED]:
        _clear(window, sizes)
    _insert(window, buckets, sizes, value)
    while window[WIDTH] > GRACE and _changed(window, buckets, sizes, delta):
        window[DETECTED] = 1.0
        _drop(window, buckets, sizes)
    return int(window[DETECTED])


class Adwin:
    """Numbers in [0, 1]; `delta`: how improbable a difference must be by chance."""

    KEEPS = {"_window": PART, "_sizes": PART}

    __slots__ = ("_delta", "_sizes", "_window")

    def __init__(self, delta: float) -> None:
        self._delta = delta
        self._window = np.zeros(_HEADER + ROWS * _ROOM * 2)
        self._sizes = np.zeros(ROWS, np.int64)

    def update(self, value: float) -> bool:
        """Whether the mean has changed; the window then begins anew with the next number."""
        return bool(_update(self._window, self._sizes, self._delta, value))

    @property
    def width(self) -> int:
        """How many of the latest numbers the window holds."""
        return int(self._window[WIDTH])

    @property
    def estimation(self) -> float:
        """Their mean; 0 when it is empty."""
        return float(self._window[TOTAL]) / self.width if self.width else 0.0

    def taken_in(self) -> None:
        """Raises ValueError for a window that could not be."""
        sizes = self._sizes.tolist()
        if min(sizes) < 0 or max(sizes) > MAX_BUCKETS or self._window[WIDTH] != float(sum(size << row for row, size in enumerate(sizes))):
            raise ValueError("is no exponential histogram of its width")
