"""River's time series models over days, on a logarithmic scale: a weekend is a share of a weekday, not so many declarations less."""

from collections.abc import Callable
from functools import partial
from math import exp, log1p
from typing import Any, Protocol

from river.compose import FuncTransformer
from river.linear_model import BayesianLinearRegression
from river.time_series import SNARIMAX, HoltWinters

SEASON = 7
LARGEST = 60.0
"""Of a logarithm that is forecast."""


class Model(Protocol):
    def learn(self, x: float) -> None: ...

    def forecast(self, days: int) -> list[float]:
        """One value a day, the first of the day after the latest learned."""
        ...


class Seasonal:
    """River's HoltWinters, multiplicative with a week as its season (Winters, Management Science 6(3), 1960)."""

    def __init__(self, alpha: float = 0.1, gamma: float = 0.15) -> None:
        model: Any = HoltWinters  # River's forecasters bear no types
        self._model = model(alpha=alpha, beta=0.005, gamma=gamma, seasonality=SEASON, multiplicative=True)
        self._learned = 0

    def learn(self, x: float) -> None:
        self._model.learn_one(x)
        self._learned += 1
        if self._learned == SEASON:
            # River begins with the slope of the first week, which is that of a weekend: begin level instead.
            self._model.trend.append(0.0)

    def forecast(self, days: int) -> list[float]:
        return [float(x) for x in self._model.forecast(days)]


class Lags:
    """River's SNARIMAX on yesterday and the same day of the last four weeks, with a Bayesian regression that needs no rate of learning."""

    def __init__(self) -> None:
        self._model: Any = SNARIMAX(p=1, d=0, q=0, m=SEASON, sp=4, sd=0, sq=0, regressor=FuncTransformer(_with_constant) | BayesianLinearRegression())

    def learn(self, x: float) -> None:
        self._model.learn_one(x)

    def forecast(self, days: int) -> list[float]:
        return [float(x) for x in self._model.forecast(days)]


def _with_constant(x: dict[str, float]) -> dict[str, float]:
    return {**x, "constant": 1.0}


MODELS: dict[str, Callable[[], Model]] = {
    "holt_winters": Seasonal,
    "holt_winters_quick": partial(Seasonal, alpha=0.2, gamma=0.4),
    "snarimax": Lags,
}


def scaled(value: float) -> float:
    """Above 0 for every value from 0 on, as a multiplicative season needs it."""
    return 1.0 + log1p(max(value, 0.0))


def unscaled(x: float) -> float:
    return max(0.0, exp(min(x, LARGEST) - 1.0) - 1.0)
