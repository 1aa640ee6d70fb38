"""Intervals against published ones, and how often they hold the truth."""

from math import sqrt

import numpy as np
import pytest

from stream_app.learning.intervals import Rate, weighted, wilson


@pytest.mark.parametrize(
    ("hits", "n", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_that_newcombe_printed(hits: int, n: int, lower: float, upper: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    rate = wilson(hits / n, n)
    assert (round(rate.lower, 4), round(rate.upper, 4)) == (lower, upper)
    assert (rate.value, rate.n) == (hits / n, n)


def test_nothing_found_and_all_found_are_mirror_images_that_end_at_0_and_1() -> None:
    none, every = wilson(0.0, 30), wilson(1.0, 30)
    assert none.lower == 0.0
    assert every.upper == 1.0
    assert none.upper == pytest.approx(1.0 - every.lower)


def test_more_confidence_is_a_wider_interval() -> None:
    narrow, wide = wilson(0.2, 50, 0.8), wilson(0.2, 50, 0.99)
    assert wide.lower < narrow.lower < 0.2 < narrow.upper < wide.upper


@pytest.mark.parametrize("truth", [0.02, 0.1, 0.4])
def test_nineteen_of_twenty_intervals_hold_the_truth(truth: float) -> None:
    hits = np.random.default_rng(1).binomial(200, truth, 2_000)
    held = [rate.lower <= truth <= rate.upper for rate in (wilson(count / 200, 200) for count in hits.tolist())]
    assert 0.93 <= sum(held) / len(held) <= 0.975


def test_a_weighted_sum_has_the_parts_limits_squared_and_added() -> None:
    parts = [(0.25, Rate(0.4, 0.2, 0.7, 10.0)), (0.75, Rate(0.1, 0.06, 0.2, 40.0))]
    found = weighted(parts)
    assert found.value == pytest.approx(0.25 * 0.4 + 0.75 * 0.1)
    assert found.lower == pytest.approx(0.175 - sqrt(0.05**2 + 0.03**2))
    assert found.upper == pytest.approx(0.175 + sqrt(0.075**2 + 0.075**2))
    assert found.n == 50.0


def test_one_part_keeps_its_own_interval() -> None:
    rate = wilson(0.3, 40)
    assert weighted([(1.0, rate)]) == pytest.approx(rate)
