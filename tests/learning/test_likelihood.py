"""The likelihood of a score among recent ones."""

from math import log

import pytest

from stream_app.learning.likelihood import LEAST_SPREAD, Likelihood


def taught(*scores: float, window: int = 10) -> Likelihood:
    likelihood = Likelihood(window)
    for score in scores:
        likelihood.learn(score)
    return likelihood


def test_a_score_two_deviations_up_is_as_rare_as_the_normal_table_says() -> None:
    # Mean 0.5 and deviation 0.1; P(|Z| > 2) = 0.0455 by any table of the normal distribution.
    likelihood = taught(*[0.4, 0.6] * 5)
    assert likelihood.surprise(0.7) == pytest.approx(-log(0.0455003), rel=1e-5)


def test_what_is_no_higher_than_the_mean_is_no_surprise() -> None:
    likelihood = taught(*[0.4, 0.6] * 5)
    assert likelihood.surprise(0.5) == 0.0
    assert likelihood.surprise(0.1) == 0.0


def test_nothing_is_said_before_half_a_window_is_known() -> None:
    assert taught(0.4, 0.6, 0.4, 0.6).surprise(0.9) == 0.0
    assert taught(0.4, 0.6, 0.4, 0.6, 0.4).surprise(0.9) > 0.0


def test_scores_that_never_differed_do_not_make_a_hair_rare() -> None:
    likelihood = taught(*[0.5] * 10)
    assert likelihood.surprise(0.5 + LEAST_SPREAD / 2) < 1.0


def test_old_scores_are_forgotten() -> None:
    likelihood = taught(*[0.9] * 10, *[0.1, 0.3] * 40)
    assert likelihood.surprise(0.9) > 10.0
