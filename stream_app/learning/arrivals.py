"""Arrivals by key, counted at two speeds: what came lately, against the key's own rate before that.

A row is [recent, long, the time of both, the first time]: counts that halve every `speeds[0]` and `speeds[1]` days, times in days since 1970.
Many arrivals at one instant are many; an arrival out of order counts as of the last one.
"""

from math import log
from typing import Any

from stream_app.learning.compiled import Array, inlined
from stream_app.learning.decay import DAY

WIDTH = 4
RECENT, LONG, AT, SINCE = range(WIDTH)


@inlined
def fading(row: Array, day: float, half_life_days: float) -> Any:
    """What is left of a count since the row's last arrival."""
    return 2.0 ** (-max(day - row[AT], 0.0) / half_life_days)


@inlined
def rhythm(row: Array, day: float, speeds: Array) -> Any:
    """(arrivals from before the recent ones, spans of `speeds[0]` days that they took), both fading at the slow speed."""
    arrivals = row[LONG] * fading(row, day, speeds[1]) - row[RECENT] * fading(row, day, speeds[0])
    age = max(day - row[SINCE], 0.0)
    return max(arrivals, 0.0), (1.0 - 2.0 ** (-age / speeds[1])) / (1.0 - 2.0 ** (-speeds[0] / speeds[1]))


@inlined
def tail_surprise(count: float, mean: float, shape: float) -> Any:
    """Nats by which a count exceeds a gamma-Poisson with this mean and shape (variance mean + mean^2 / shape); 0 where it does not.

    Chernoff's bound of the negative binomial tail: n ln(n / m) - (n + a) ln((n + a) / (m + a)).
    """
    if count <= mean:
        return 0.0
    return count * log(count / mean) - (count + shape) * log((count + shape) / (mean + shape))


@inlined
def arrive(row: Array, day: float, weight: float, speeds: Array) -> Any:
    """Count an arrival of this weight into the row."""
    if row[AT] == 0.0:
        row[AT] = row[SINCE] = day
    row[RECENT] = row[RECENT] * fading(row, day, speeds[0]) + weight
    row[LONG] = row[LONG] * fading(row, day, speeds[1]) + weight
    row[AT] = max(day, row[AT])


def days(epoch_seconds: float) -> float:
    """The time in days since 1970."""
    return epoch_seconds / DAY
