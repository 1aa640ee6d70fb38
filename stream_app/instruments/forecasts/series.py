"""One daily series: models that compete in a rolling origin, intervals from their own errors, and how both did.

Every day is an origin: what was forecast then is compared with what came. MASE: mean absolute error over the in-sample mean absolute
difference to the same day a week before (Hyndman and Koehler, International Journal of Forecasting 22(4), 2006). Intervals: from the errors
that the same model made at like horizons (errors.py), issued before the day that they are checked on; where too many or too few days fall
outside, the level moves against it (adaptive conformal inference; Gibbs and Candes, NeurIPS 2021).
"""

from collections import deque
from math import log
from statistics import fmean
from typing import Any, NamedTuple

from stream_app.instruments.forecasts.errors import Errors
from stream_app.instruments.forecasts.models import MODELS, SEASON, scaled, unscaled

TESTED = (1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 60, 90)
"""Horizons in days that are tested from every origin."""
BUCKETS = (1, 7, 28, 90)
"""Errors are pooled up to these horizons."""
FIRST_DAYS = 21
"""Days before the first origin."""
PACE, LEAST = 0.01, 0.005
"""How fast the level moves, a checked interval."""
ENOUGH = SEASON
"""Days with errors that make an interval; a longer horizon with fewer takes those of the next shorter one, wider."""
HISTORY = 730
WITHIN_DAYS, BEYOND = 56, log(1.5)
"""A recursion or a slope with few days behind it runs away: forecasts stay within what these days had, and half as much again."""


class Expected(NamedTuple):
    """Of one day: the forecast and its interval; None where errors are still too few."""

    value: float
    lower: float | None
    upper: float | None


class _Waiting(NamedTuple):
    horizon: int
    values: dict[str, float]
    chosen: Expected
    naive: float


class Series:
    """Learns one value a day, in their order."""

    def __init__(self, confidence: float) -> None:
        self.values: deque[float] = deque(maxlen=HISTORY)
        self.days = 0
        self.hits = self.checked = 0
        self.model_error = self.naive_error = 0.0
        self.tested = 0
        self._outside = 1.0 - confidence
        self._levels = dict.fromkeys(BUCKETS, self._outside)
        self._models = {name: model() for name, model in MODELS.items()}
        self._absolute = dict.fromkeys(MODELS, 0.0)
        self._errors = {(name, bucket): Errors() for name in MODELS for bucket in BUCKETS}
        self._waiting: dict[int, list[_Waiting]] = {}
        self._differences = 0.0

    def learn(self, value: float) -> Expected | None:
        """Take the next day in; what was expected of it the day before."""
        expected = self._check(value)
        if len(self.values) >= SEASON:
            self._differences += abs(value - self.values[-SEASON])
        self.values.append(value)
        self.days += 1
        if self.days == FIRST_DAYS:
            self._begin()
        for model in self._models.values() if self.days > FIRST_DAYS else ():
            model.learn(scaled(value))
        if self.days >= FIRST_DAYS:
            self._issue()
        return expected

    def _begin(self) -> None:
        """A model's first week is its season for long: it gets the mean of the first weeks, and then the days as they were."""
        xs = [scaled(value) for value in self.values]
        week = [fmean(xs[day::SEASON]) for day in range(SEASON)]
        for model in self._models.values():
            for x in (*week, *xs):
                model.learn(x)

    @property
    def best(self) -> str:
        """The model with the least error so far, on the models' scale."""
        return min(self._absolute, key=lambda name: (self._absolute[name], name))

    def forecast(self, horizon: int) -> list[Expected]:
        """The next `horizon` days; nothing before FIRST_DAYS."""
        if self.days < FIRST_DAYS:
            return []
        best = self.best
        return [self._expected(best, h, x) for h, x in enumerate(self._ahead(best, horizon), start=1)]

    def _ahead(self, model: str, days: int) -> list[float]:
        """On the models' scale."""
        recent = list(self.values)[-WITHIN_DAYS:]
        low, high = scaled(min(recent)) - BEYOND, scaled(max(recent)) + BEYOND
        return [min(max(x, low), high) for x in self._models[model].forecast(days)]

    def _issue(self) -> None:
        told = {name: self._ahead(name, TESTED[-1]) for name in self._models}
        best = self.best
        for horizon in TESTED:
            values = {name: xs[horizon - 1] for name, xs in told.items()}
            naive = self.values[-SEASON + (horizon - 1) % SEASON]
            waiting = _Waiting(horizon, values, self._expected(best, horizon, values[best]), naive)
            self._waiting.setdefault(self.days + horizon, []).append(waiting)

    def _expected(self, model: str, horizon: int, x: float) -> Expected:
        place = next(place for place, bucket in enumerate(BUCKETS) if horizon <= bucket)
        wider = 1.0
        while place and self._errors[model, BUCKETS[place]].days < ENOUGH:
            place -= 1
            wider *= 1.2
        errors = self._errors[model, BUCKETS[place]]
        if errors.days < ENOUGH:
            return Expected(unscaled(x), None, None)
        low, high = errors.limits(self._levels[BUCKETS[place]])
        return Expected(unscaled(x), unscaled(x + low * wider), unscaled(x + high * wider))

    def _check(self, value: float) -> Expected | None:
        latest, x = None, scaled(value)
        for waiting in self._waiting.pop(self.days + 1, ()):
            expected = waiting.chosen
            bucket = next(bucket for bucket in BUCKETS if waiting.horizon <= bucket)
            for name, told in waiting.values.items():
                self._errors[name, bucket].add(self.days, x - told)
                self._absolute[name] += abs(x - told)
            self.tested += 1
            self.model_error += abs(value - expected.value)
            self.naive_error += abs(value - waiting.naive)
            if expected.lower is not None and expected.upper is not None:
                self.checked += 1
                inside = expected.lower <= value <= expected.upper
                self.hits += inside
                self._levels[bucket] = min(max(self._levels[bucket] + PACE * (self._outside - (not inside)), LEAST), 0.5)
            if waiting.horizon == 1:
                latest = expected
        return latest

    def quality(self) -> dict[str, Any]:
        """MASE of the forecasts as issued and of seasonal-naive from the same origins, their ratio, and coverage; None where nothing is known."""
        in_sample = self._differences / (self.days - SEASON) if self.days > SEASON else 0.0
        known = self.tested > 0 and in_sample > 0.0
        return {
            "model": self.best,
            "days": self.days,
            "tested": self.tested,
            "mase": round(self.model_error / self.tested / in_sample, 4) if known else None,
            "mase_seasonal_naive": round(self.naive_error / self.tested / in_sample, 4) if known else None,
            "relative_mae": round(self.model_error / self.naive_error, 4) if self.naive_error else None,
            "coverage": round(self.hits / self.checked, 4) if self.checked else None,
            "intervals": self.checked,
        }
