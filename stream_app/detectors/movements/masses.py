"""Masses of one container held against each other: in logarithms, since scales err by a share."""

from math import exp, log

from stream_app.contracts.assessment import Distribution
from stream_app.explain.reasons import student
from stream_app.learning.peers import Spread

FINER = 5.0
"""Scales are better than the five percent below which `PeerSpread` sees no difference: logarithms are stretched by this."""
LIGHTEST_KG = 1.0
"""No container weighs less: the scale that says so is wrong."""


def credible_kg(mass: float | None) -> float:
    """At least LIGHTEST_KG."""
    return max(mass or LIGHTEST_KG, LIGHTEST_KG)


def stretched(mass: float | None, other: float | None) -> float:
    """FINER x ln of one mass over another."""
    return FINER * log(credible_kg(mass) / credible_kg(other))


def usual_kg(spread: Spread, of: float) -> tuple[float, float, float]:
    """(lower, typical, upper) of what is held against a mass `of` kg: two deviations either way."""
    lower, typical, upper = (of * exp((spread.mean + k * spread.deviation) / FINER) for k in (-2, 0, 2))
    return lower, typical, upper


def distribution(spread: Spread, of: float) -> Distribution:
    """Of the logarithm of that mass in kg."""
    return student(log(of) + spread.mean / FINER, spread.deviation / FINER, spread.freedom)
