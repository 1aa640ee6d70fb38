"""A segment that slows down beyond its own rhythm: a one-sided cumulative sum over its daily means.

Each day's mean of ln hours is put against the mean and spread of the group's own earlier days, and what is above half a deviation is added up
(Page, "Continuous inspection schemes", Biometrika 1954). At SLACK 0.5 and LIMIT 8 a known rhythm that has not changed is told once in 19,000 days
(Siegmund's approximation, Sequential Analysis, 1985). Misses: what slows down by less than half its day-to-day spread; weekdays
are not told apart, so an office that is slow every Monday has a wide rhythm.
"""

from dataclasses import astuple, dataclass
from math import exp, log, sqrt
from typing import Any

from stream_app.learning.decay import DAY

SLACK, LIMIT = 0.5, 8.0
WARM_UP = 7
"""Days of a group that are not learned from: of a stream that has just begun, the first releases are the quick ones."""
FIRST_DAYS = 10
"""Days that make a rhythm before anything is told."""
LONG = 30
"""Days from which on a rhythm forgets as fast as it learns."""
ENOUGH = 5
"""Consignments that make a day; fewer are counted to the next one."""
BRIEF = 0.05
"""Hours, added before the logarithm: a minute or two is no rhythm."""
STEADY = 0.05
"""The smallest spread of a rhythm: a twentieth, in logarithms."""
ODD = 2.0
"""Deviations from which on a day is no part of the rhythm."""
TELLING = 1.25
"""Times as long as before, from which on it is worth telling; a smaller change is taken for the new rhythm without a word."""
WILDEST = 4.0
"""Deviations that one day counts for at most: an outage of a day is no rhythm."""


@dataclass(frozen=True, slots=True)
class Slowdown:
    """Typical hours (geometric means): of the latest days, and of those before `since`, seconds since 1970; `n` consignments since then."""

    hours: float
    hours_before: float
    n: int
    since: float


@dataclass(slots=True)
class Rhythm:
    """Of one group. `day` is the day that is being counted."""

    day: int = 0
    n: int = 0
    logs: float = 0.0
    days: int = -WARM_UP
    mean: float = 0.0
    variance: float = 0.0
    excess: float = 0.0
    run_n: int = 0
    run_logs: float = 0.0
    late_n: float = 0.0
    late_logs: float = 0.0
    run_begin: int = 0

    def add(self, day: int, hours: float) -> Slowdown | None:
        """Take one consignment's hours in. Days come in order; a late one counts to the day that is being counted."""
        found = self._close() if day > self.day and self.n >= ENOUGH else None
        if day > self.day:
            self.day = day
        self.n += 1
        self.logs += log(hours + BRIEF)
        return found

    def _close(self) -> Slowdown | None:
        """The day that is over joins the run above the rhythm, or the rhythm."""
        today, found, away = self.logs / self.n, None, 0.0
        if self.days >= FIRST_DAYS:
            # A spread that is known from few days is wider than it looks.
            spread = sqrt(max(self.variance, STEADY * STEADY)) * (1.0 + 3.0 / self.days)
            away = min((today - self.mean) / spread, WILDEST)
            self.excess = max(0.0, self.excess + away - SLACK)
            self._run()
            if self.excess > LIMIT:
                found = self._tell()
        if away < ODD and found is None:
            self._learn(today)
        self.n, self.logs = 0, 0.0
        return found

    def _run(self) -> None:
        """What came since the sum was last 0; and its latest days, since the sum lingers a while after a day that was slow by chance."""
        if not self.excess:
            self.run_n, self.run_logs, self.late_n, self.late_logs = 0, 0.0, 0.0, 0.0
            return
        self.run_begin = self.run_begin if self.run_n else self.day
        self.run_n += self.n
        self.run_logs += self.logs
        self.late_n = self.late_n / 2.0 + self.n
        self.late_logs = self.late_logs / 2.0 + self.logs

    def _tell(self) -> Slowdown | None:
        """And learn the new rhythm from nothing, so that it is told once."""
        told = Slowdown(exp(self.late_logs / self.late_n) - BRIEF, exp(self.mean) - BRIEF, self.run_n, self.run_begin * DAY)
        by = exp(self.run_logs / self.run_n - self.mean)
        self.mean, self.variance, self.days = 0.0, 0.0, 0
        self.excess, self.run_n, self.run_logs, self.late_n, self.late_logs = 0.0, 0, 0.0, 0.0, 0.0
        return told if by >= TELLING else None

    def _learn(self, today: float) -> None:
        """Mean and variance between days, of all at first, then with a memory of LONG days (West, Communications of the ACM 1979)."""
        self.days += 1
        if self.days <= 0:
            return
        share = 1.0 / min(self.days, LONG)
        away = today - self.mean
        self.mean += share * away
        self.variance = (1.0 - share) * (self.variance + share * away * away)

    def state(self) -> list[Any]:
        return list(astuple(self))
