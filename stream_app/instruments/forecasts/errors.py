"""What a model got wrong, and how far a next error may reach.

Errors of one target day at several horizons are nearly one observation: a day on which much came is above all of them. So what counts is
the number of days. From enough days on the limits are quantiles, with ranks among days as an exchangeable next day asks for (split conformal
prediction; Lei et al., JASA 113, 2018); before, when even the largest error of so few days is no limit, Student's t with the spread of the errors.
"""

from bisect import insort
from collections import deque
from math import sqrt

from scipy.special import stdtrit

MOST_ERRORS = 400
ROUNDING = 1e-9


class Errors:
    """Signed errors of one model at like horizons on the models' scale: the latest MOST_ERRORS, in the order of their days."""

    def __init__(self) -> None:
        self._latest: deque[tuple[int, float]] = deque()
        self._sorted: list[float] = []
        self._days: deque[list[int]] = deque()
        """[day, its errors]"""

    def add(self, day: int, error: float) -> None:
        if len(self._latest) == MOST_ERRORS:
            self._sorted.remove(self._latest.popleft()[1])
            self._days[0][1] -= 1
            if not self._days[0][1]:
                self._days.popleft()
        self._latest.append((day, error))
        insort(self._sorted, error)
        if not self._days or self._days[-1][0] != day:
            self._days.append([day, 0])
        self._days[-1][1] += 1

    @property
    def days(self) -> int:
        """Days that errors are of."""
        return len(self._days)

    def limits(self, outside: float) -> tuple[float, float]:
        """Of the next error, in (-inf, 0] and [0, inf); `outside`: the share to be outside, half on each side. There must be an error."""
        rank = outside / 2.0 * (self.days + 1) + ROUNDING
        low, high = self._quantiles((rank - 1.0) / self.days) if rank >= 1.0 else self._spread(outside / 2.0)
        return min(low, 0.0), max(high, 0.0)

    def _quantiles(self, share: float) -> tuple[float, float]:
        place = int(share * len(self._sorted) + ROUNDING)
        return self._sorted[place], self._sorted[-1 - place]

    def _spread(self, tail: float) -> tuple[float, float]:
        squares = sum(error * error for _, error in self._latest) / len(self._latest)
        reach = float(stdtrit(self.days, 1.0 - tail)) * sqrt(squares * (1.0 + 1.0 / self.days))
        return -reach, reach
