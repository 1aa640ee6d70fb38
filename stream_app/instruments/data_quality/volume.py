"""A submitter's numbers by day against its own rhythm: too many, too few, or none at all."""

from collections.abc import Mapping
from math import sqrt

WEEK = 7
FEWEST_WEEKS = 3
"""Full weeks before the last one, that make a rhythm."""
UNLIKELY = 4.0
"""Deviations from the mean of its weeks, with its own week-to-week spread or that of counts (Poisson), whichever is larger."""
SILENT = 1e-6
"""A silence less probable than this, if its days were as usual, is told."""


def weeks(days: Mapping[int, int], last: int) -> list[int]:
    """Records a week, the latest first, of full weeks that end with the day `last`; before the first day there is none."""
    first = min(days)
    full = (last - first + 1) // WEEK
    return [sum(days.get(last - WEEK * week - day, 0) for day in range(WEEK)) for week in range(full)]


def unusual(days: Mapping[int, int], last: int) -> tuple[int, float] | None:
    """(records of the last week, its usual number) where they are far apart; None where they are not, or nothing is usual yet."""
    counted = weeks(days, last)
    if len(counted) <= FEWEST_WEEKS:
        return None
    latest, *before = counted
    usual = sum(before) / len(before)
    spread = sum((count - usual) ** 2 for count in before) / (len(before) - 1)
    return (latest, usual) if abs(latest - usual) > UNLIKELY * sqrt(max(spread, usual, 1.0)) else None


def silent_days(days: Mapping[int, int], last: int) -> int:
    """Days without a record up to `last`, where such a silence is improbable; else 0. Weekends count as days on which it is often quiet."""
    latest = max(days)
    probability = 1.0
    for day in range(latest + 1, last + 1):
        same = [past for past in range(min(days), latest + 1) if (past - day) % WEEK == 0]
        active = sum(past in days for past in same)
        probability *= (len(same) - active + 0.5) / (len(same) + 1.0)
    return last - latest if probability < SILENT else 0
