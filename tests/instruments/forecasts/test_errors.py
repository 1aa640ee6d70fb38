"""Limits of a next error, from errors of so many days."""

import random
from math import isclose, sqrt

from stream_app.instruments.forecasts.errors import MOST_ERRORS, Errors


def of(errors: list[tuple[int, float]]) -> Errors:
    held = Errors()
    for day, error in errors:
        held.add(day, error)
    return held


def test_few_days_are_judged_by_student_s_t() -> None:
    # t of 2 degrees of freedom at 0.95: 2.919986 (any table); the spread of 1 and -1 is 1.
    low, high = of([(1, 1.0), (2, -1.0)]).limits(0.1)
    assert isclose(high, 2.919986 * sqrt(1.5), rel_tol=1e-6)
    assert low == -high


def test_enough_days_are_judged_by_their_ranks() -> None:
    # 39 days: of 40 ranks, 5 % on each side are the second from each end.
    errors = [(day, float(day - 20)) for day in range(1, 40)]
    assert of(errors).limits(0.1) == (-18.0, 18.0)


def test_errors_of_one_day_are_one_observation() -> None:
    """Ten horizons to a day, all wrong by the same: known to be so wide is what three days are."""
    many = of([(day, error) for day, error in ((1, 1.0), (2, -1.0), (3, 1.0)) for _ in range(10)])
    assert many.days == 3
    assert many.limits(0.1) == of([(1, 1.0), (2, -1.0), (3, 1.0)]).limits(0.1)


def test_a_limit_is_never_on_the_other_side_of_the_forecast() -> None:
    low, high = of([(day, 5.0 + day) for day in range(60)]).limits(0.1)
    assert low == 0.0
    assert high > 60.0


def test_the_latest_errors_are_kept_and_their_days_counted() -> None:
    held = of([(n // 4, float(n)) for n in range(MOST_ERRORS + 10)])
    # Ten errors are gone: days 0 and 1, and half of day 2.
    assert held.days == (MOST_ERRORS + 10 + 3) // 4 - 2


def test_at_any_number_of_days_nine_of_ten_next_errors_are_inside() -> None:
    draw = random.Random(4)
    for days in (7, 12, 18, 19, 25, 40, 100):
        inside = 0
        for _ in range(1_500):
            low, high = of([(day, draw.gauss(0.0, 1.0)) for day in range(days)]).limits(0.1)
            inside += low <= draw.gauss(0.0, 1.0) <= high
        assert 0.87 < inside / 1_500 < 0.94, days
