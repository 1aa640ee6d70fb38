"""What there is to draw of a reason: the value within its peers, on one axis. Pure: the terminal and the PNG draw the same picture."""

from dataclasses import dataclass
from math import ceil, exp, floor, log, log10

from stream_app.contracts.assessment import Distribution, Reason

MARGIN = 0.06
"""Of the axis, on both sides of what is drawn."""
REACH = 3.5
"""Deviations of the peers' curve that are always seen."""
MOST_TICKS = 8
LN10 = log(10.0)
EVEN_BELOW = log(8.0)
"""Length of a logarithmic axis, as a logarithm, below which powers of ten would leave it almost bare."""
LOG_FROM = 20.0
"""Times the smallest value, from which an axis without a curve is logarithmic."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One value, the peers' typical one and their usual range, in the reason's unit; the axis from `low` to `high`, as logarithms if `log`."""

    actual: float
    typical: float
    lower: float
    upper: float
    log: bool
    low: float
    high: float
    distribution: Distribution | None

    def place(self, value: float) -> float:
        """Where on the axis a value lies, 0 to 1."""
        return min(1.0, max(0.0, (_scaled(value, self.log) - self.low) / (self.high - self.low)))

    def value(self, place: float) -> float:
        """The value at a place on the axis."""
        at = self.low + place * (self.high - self.low)
        return exp(min(at, 700.0)) if self.log else at

    def ticks(self) -> list[float]:
        """Round values along the axis, eight at the most."""
        if not self.log:
            return _even(self.low, self.high)
        if self.high - self.low < EVEN_BELOW:
            return _even(exp(self.low), exp(self.high))
        first, last = ceil(self.low / LN10), floor(self.high / LN10)
        return [10.0**decade for decade in range(first, last + 1, 1 + (last - first) // MOST_TICKS) if abs(decade) < 300]

    def density(self, place: float) -> float:
        """How many peers lie there, as a share of where most of them do; without a curve 1 in the usual range and 0 outside."""
        if self.distribution is None:
            return 1.0 if self.lower <= self.value(place) <= self.upper else 0.0
        z = (self.low + place * (self.high - self.low) - self.distribution.mean) / self.distribution.deviation
        freedom = self.distribution.freedom
        return float((1.0 + z * z / freedom) ** (-(freedom + 1.0) / 2.0))


def picture(reason: Reason) -> Picture | None:
    """None where the reason has no value with a typical one and a range: nothing on an axis."""
    actual, typical, lower, upper = reason.actual, reason.typical, reason.lower, reason.upper
    if not isinstance(actual, int | float) or not isinstance(typical, int | float) or lower is None or upper is None:
        return None
    values = (float(actual), float(typical), float(lower), float(upper))
    curve = reason.distribution
    logarithmic = min(values) > 0.0 and (curve.scale == "log" if curve else max(values) > LOG_FROM * min(values))
    if curve and (curve.scale == "log") != logarithmic:
        curve = None
    seen = [_scaled(value, logarithmic) for value in values]
    if curve:
        seen += [curve.mean - REACH * curve.deviation, curve.mean + REACH * curve.deviation]
    low, high = min(seen), max(seen)
    margin = MARGIN * (high - low) or max(1.0, MARGIN * abs(high))
    return Picture(*values, logarithmic, low - margin, high + margin, curve)


def _scaled(value: float, logarithmic: bool) -> float:
    return log(value) if logarithmic else value


def _even(low: float, high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(high - low))
    step = next(power * part for part in (0.1, 0.2, 0.5, 1.0, 2.0) if (high - low) / (power * part) < MOST_TICKS)
    return [round(number * step, 12) for number in range(ceil(low / step), floor(high / step) + 1)]
