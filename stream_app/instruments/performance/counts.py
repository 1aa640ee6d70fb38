"""The indicators of Cameroon's performance contracts, counted over files: plain sums, which add up over partitions.

Sources: Libom Li Likeng, Djeuwo and Bilangna, "Gazing into the Mirror II: Performance Contracts in Cameroon Customs", World Bank 2011; Cantens,
Raballand and Bilangna, "Reforming Customs by measuring performance: a Cameroon case study", World Customs Journal 4(2), 2010.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from stream_app.instruments.performance.files import File
from stream_app.learning.decay import DAY

LATE_DAYS, MONTH_DAYS = 5, 30


class Ratio(NamedTuple):
    """Hits among cases."""

    hits: int
    cases: int


@dataclass(slots=True)
class Counts:
    """Of one office, officer, declarant or pair. `due_*`: files old enough, or finished, so that the answer is known."""

    files: int = 0
    due_day: int = 0
    on_the_day: int = 0
    due_late: int = 0
    late: int = 0
    due_month: int = 0
    never: int = 0
    yellow: int = 0
    rerouted: int = 0
    rerouted_controlled: int = 0
    rerouted_irregular: int = 0
    rerouted_adjusted: float = 0.0
    controlled: int = 0
    irregular: int = 0
    lowered: int = 0
    cancelled: int = 0
    duty: float = 0.0
    adjusted: float = 0.0

    def add(self, file: File, now: float, offset: float) -> None:
        """Count one file, as of `now`."""
        adjusted, irregular = file.adjusted, file.irregular
        self.files += 1
        self.duty += file.duty
        self.adjusted += adjusted
        self.cancelled += file.cancelled
        if not file.cancelled:
            self._add_times(file, now, offset)
        self.controlled += file.controlled
        self.irregular += irregular
        self.lowered += file.lowered
        if file.first_lane == "yellow":
            self.yellow += 1
            if file.rerouted:  # of those that began yellow: one that was green first is none of theirs
                self.rerouted += 1
                self.rerouted_controlled += file.controlled
                self.rerouted_irregular += irregular
                self.rerouted_adjusted += adjusted

    def _add_times(self, file: File, now: float, offset: float) -> None:
        registered, days = file.registered, file.days(offset)
        if registered is None:
            return
        age = now - registered
        if days is not None or age >= DAY:
            self.due_day += 1
            self.on_the_day += days == 0
        if days is not None or age >= LATE_DAYS * DAY:
            self.due_late += 1
            self.late += days is None or days >= LATE_DAYS
        if days is not None or age >= MONTH_DAYS * DAY:
            self.due_month += 1
            self.never += days is None or days > MONTH_DAYS


SHARES: dict[str, Callable[[Counts], Ratio]] = {
    "assessed_on_the_day": lambda c: Ratio(c.on_the_day, c.due_day),
    "assessed_after_5_days": lambda c: Ratio(c.late, c.due_late),
    "not_assessed_within_a_month": lambda c: Ratio(c.never, c.due_month),
    "rerouted_yellow_to_red": lambda c: Ratio(c.rerouted, c.yellow),
    "yield_of_rerouting": lambda c: Ratio(c.rerouted_irregular, c.rerouted_controlled),
    "offence_rate": lambda c: Ratio(c.irregular, c.controlled),
    "lowered_reassessments": lambda c: Ratio(c.lowered, c.controlled),
    "cancellations": lambda c: Ratio(c.cancelled, c.files),
}
"""Name -> hits among cases."""


def adjusted_over_assessed(counts: Counts) -> float | None:
    """Duty added by controls over duty declared; None where none was declared."""
    return counts.adjusted / counts.duty if counts.duty > 0.0 else None
