"""Steps by hand: Adagrad on the log-loss of one item after the other."""

import pickle
from math import exp, sqrt

import numpy as np
import pytest

from stream_app.learning.compiled import Array
from stream_app.learning.keys import code
from stream_app.learning.regression import HashedRegression


def features(*names: str) -> Array:
    return np.array([code(name) for name in names], np.uint64)


def test_an_irregular_item_raises_the_odds_of_all_that_shares_a_feature() -> None:
    """Error 0 - 1 at even odds is -0.5: squares 0.25, and intercept and both features move by rate * 0.5 / sqrt(1.25)."""
    model = HashedRegression(rate=0.4)
    assert model.margin(features("toys", "CN")) == 0.0
    model.learn(features("toys", "CN"), True)
    moved = 0.4 * 0.5 / sqrt(1.25)
    assert model.margin(features("toys", "CN")) == pytest.approx(3 * moved)
    assert model.margin(features("toys", "DE")) == pytest.approx(2 * moved)
    assert model.margin(features("wheat", "DE")) == pytest.approx(moved), "the intercept"
    assert len(model) == 3


def test_the_second_step_is_smaller_for_what_has_moved_before() -> None:
    model = HashedRegression(rate=0.4)
    model.learn(features("toys"), True)
    moved = 0.4 * 0.5 / sqrt(1.25)
    model.learn(features("toys"), True)
    error = 1 - 1 / (1 + exp(-2 * moved))
    assert model.margin(features("toys")) == pytest.approx(2 * moved + 2 * 0.4 * error / sqrt(1.25 + error * error))


def test_a_share_of_an_outcome_is_a_share_of_its_error() -> None:
    model = HashedRegression(rate=0.4)
    model.learn(features("toys"), True, weight=0.5)
    assert model.margin(features("toys")) == pytest.approx(2 * 0.4 * 0.25 / sqrt(1.0625))


def test_a_snapshot_holds_what_was_learned_and_no_more() -> None:
    model = HashedRegression()
    rng = np.random.default_rng(1)
    for number in range(500):
        model.learn(features(f"a{rng.integers(50)}", f"b{rng.integers(50)}"), number % 3 == 0)
    packed = pickle.dumps(model)
    copy = pickle.loads(packed)
    assert len(packed) < 10_000 < model.weights.nbytes
    assert np.array_equal(copy.weights, model.weights)
