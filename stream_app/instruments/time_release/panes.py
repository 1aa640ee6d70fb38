"""Times by day of release and group: n, mean, spread, quantiles and targets, which add up over days and over partitions."""

from collections.abc import Iterator
from math import floor, sqrt
from typing import Any, NamedTuple

from stream_app.learning.decay import DAY
from stream_app.learning.quantiles import Quantiles


class Key(NamedTuple):
    """`by` a dimension and `of` its value (all/all for everything); `what`: a segment such as T3-T4, `total`, `actor:customs`, or `way:T4`."""

    by: str
    of: str
    what: str


class Times:
    """Of one group. Mean and spread as Chan, Golub and LeVeque (1979) put two samples together."""

    __slots__ = ("clamped", "mean", "n", "quantiles", "squares", "within")

    def __init__(self) -> None:
        self.n = self.within = self.clamped = 0
        self.mean = self.squares = 0.0
        self.quantiles = Quantiles()

    def add(self, hours: float, clamped: bool = False, target: float | None = None) -> None:
        """`target`: hours to be within."""
        self.n += 1
        away = hours - self.mean
        self.mean += away / self.n
        self.squares += away * (hours - self.mean)
        self.within += target is not None and hours <= target
        self.clamped += clamped
        self.quantiles.add(hours)

    def merge(self, other: "Times") -> None:
        n = self.n + other.n
        away = other.mean - self.mean
        self.mean += away * other.n / n
        self.squares += other.squares + away * away * self.n * other.n / n
        self.n, self.within, self.clamped = n, self.within + other.within, self.clamped + other.clamped
        self.quantiles.merge(other.quantiles)

    @property
    def deviation(self) -> float | None:
        """Of a sample: None below two."""
        return sqrt(self.squares / (self.n - 1)) if self.n > 1 else None

    def state(self) -> list[Any]:
        return [self.n, self.within, self.clamped, self.mean, self.squares, self.quantiles.state()]

    @classmethod
    def restored(cls, state: list[Any]) -> "Times":
        times = cls()
        times.n, times.within, times.clamped, times.mean, times.squares = state[:5]
        times.quantiles = Quantiles.restored(state[5])
        return times


class Panes:
    """A pane a day (UTC), bounded by the number of groups in all of them: the earliest days go first, and are counted."""

    def __init__(self, max_groups: int) -> None:
        self.forgotten = 0
        self._max_groups = max_groups
        self._groups = 0
        self._days: dict[int, dict[Key, Times]] = {}

    def of(self, at: float, key: Key) -> Times:
        """The times of a group on the day of `at`, seconds since 1970; made when first asked for."""
        day = self._days.setdefault(floor(at / DAY), {})
        times = day.get(key)
        if times is None:
            times = day[key] = Times()
            self._groups += 1
            self._make_room()
        return times

    def _make_room(self) -> None:
        while self._groups > self._max_groups and len(self._days) > 1:
            gone = len(self._days.pop(min(self._days)))
            self._groups -= gone
            self.forgotten += gone

    def between(self, begin: float | None, end: float | None) -> dict[Key, Times]:
        """Every group over whole days from that of `begin` up to that of `end`, which is left out where it is midnight."""
        merged: dict[Key, Times] = {}
        for _, day in self._chosen(begin, end):
            for key, times in day.items():
                merged.setdefault(key, Times()).merge(times)
        return merged

    def _chosen(self, begin: float | None, end: float | None) -> Iterator[tuple[int, dict[Key, Times]]]:
        for number in sorted(self._days):
            if (begin is None or number >= floor(begin / DAY)) and (end is None or number * DAY < end):
                yield number, self._days[number]

    def latest(self, key: Key, days: int) -> Times:
        """A group over the latest `days` that are held."""
        merged = Times()
        for number in sorted(self._days)[-days:]:
            if (times := self._days[number].get(key)) is not None:
                merged.merge(times)
        return merged

    def span(self, begin: float | None, end: float | None) -> tuple[float, float] | None:
        """The days that `between` adds up: begin of the first, end of the last."""
        numbers = [number for number, _ in self._chosen(begin, end)]
        return (numbers[0] * DAY, (numbers[-1] + 1) * DAY) if numbers else None

    def __len__(self) -> int:
        return self._groups

    def state(self) -> list[Any]:
        rows = [[day, *key, times.state()] for day in sorted(self._days) for key, times in sorted(self._days[day].items())]
        return [self.forgotten, rows]

    def restore(self, state: list[Any]) -> None:
        self.forgotten, rows = state
        self._days, self._groups = {}, len(rows)
        for day, by, of, what, times in rows:
            self._days.setdefault(day, {})[Key(by, of, what)] = Times.restored(times)
