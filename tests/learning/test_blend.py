"""The blend against a second method: Newton's steps on the posterior, and what it must learn and unlearn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_app.learning.blend import Blend


def probability(blend: Blend, inputs: list[float], kind: int = 0) -> float:
    return float(1.0 / (1.0 + np.exp(-blend.log_odds(np.array(inputs), kind))))


def test_it_starts_with_the_weights_given_in_every_class() -> None:
    blend = Blend((0.0, 0.6, 0.4), classes=2)
    for kind in (0, 1):
        assert blend.log_odds(np.array([1.0, 2.0, -1.0]), kind) == pytest.approx(0.8)


def test_one_outcome_moves_it_as_the_kalman_gain_says() -> None:
    """One input of 1, even odds, variance 0.3: gain 0.3 / (4 + 0.3), surprise 0.5 / 0.25."""
    blend = Blend((0.0,), variance=0.3, drift=0.0)
    blend.learn(np.array([1.0]), True)
    assert blend.weights() == [pytest.approx(0.3 / 4.3 * 2.0)]


def test_an_over_confident_part_is_calibrated_and_a_useless_one_is_left_out() -> None:
    """The first part says three times the true log-odds, the second says anything: weights go to 1/3 and 0."""
    rng = np.random.default_rng(5)
    blend = Blend((0.0, 0.5, 0.5), drift=0.0)
    for _ in range(20_000):
        true = rng.normal(0.0, 1.5)
        blend.learn(np.array([1.0, 3.0 * true, rng.normal(0.0, 2.0)]), bool(rng.random() < 1.0 / (1.0 + np.exp(-true))))
    assert blend.weights() == pytest.approx([0.0, 1 / 3, 0.0], abs=0.05)


def test_no_part_is_turned_against_itself() -> None:
    """The second part says the opposite of what comes true: it is left out, not believed the other way round."""
    rng = np.random.default_rng(6)
    blend = Blend((0.0, 0.5, 0.5))
    for _ in range(5_000):
        true = rng.normal(0.0, 1.5)
        blend.learn(np.array([1.0, true, -true + rng.normal()]), bool(rng.random() < 1.0 / (1.0 + np.exp(-true))))
    assert blend.weights()[2] < 0.1
    assert min(blend.weights()[1:]) >= 0.0


def test_classes_learn_apart() -> None:
    blend = Blend((0.0, 1.0), classes=2)
    for _ in range(500):
        blend.learn(np.array([1.0, 2.0]), False, kind=1)
    assert probability(blend, [1.0, 2.0], 0) == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert probability(blend, [1.0, 2.0], 1) < 0.2


def test_it_never_stops_learning() -> None:
    """After 50,000 outcomes of one kind it still turns round within 5,000 of the other."""
    blend = Blend((0.0,), drift=1e-4)
    for _ in range(50_000):
        blend.learn(np.array([1.0]), True)
    for _ in range(5_000):
        blend.learn(np.array([1.0]), False)
    assert probability(blend, [1.0]) < 0.2


inputs = st.lists(st.floats(-14, 14), min_size=3, max_size=3)


@settings(deadline=None)
@given(st.lists(st.tuples(inputs, st.booleans(), st.floats(0.01, 100)), max_size=200), st.floats(0, 0.01))
def test_whatever_comes_weights_stay_finite_and_no_more_uncertain_than_at_first(seen: list[tuple[list[float], bool, float]], drift: float) -> None:
    blend = Blend((0.0, 0.6, 0.4), variance=0.3, drift=drift)
    for row, irregular, weight in seen:
        blend.learn(np.array(row), irregular, weight=weight)
    covariance = blend.numbers[-9:].reshape(3, 3)
    assert np.isfinite(blend.numbers).all()
    assert np.allclose(covariance, covariance.T)
    assert covariance.diagonal().max() <= 0.3 + 1e-12
    assert np.linalg.eigvalsh(covariance).min() > -1e-9
