"""Rates of groups from the labels known so far."""

import numpy as np
import pytest

from tests.bench.encoding import TargetEncoder
from tests.bench.features import Matrix


def test_a_rate_is_shrunk_to_that_of_everything_and_knows_only_what_was_taught() -> None:
    groups = np.array([[0, 2], [0, 3], [1, 3]])
    encoder = TargetEncoder(Matrix(groups, 4, np.zeros((3, 4))), strength=3.0)
    rates, n = encoder.encode(np.array([0, 2]))
    assert rates == pytest.approx(np.full((2, 2), 0.5))  # (0 + 1) / (0 + 2) of nothing yet
    assert n.tolist() == [[0, 0], [0, 0]]
    encoder.learn(np.array([0, 1]), np.array([True, False]))
    # Everything: (1 + 1) / (2 + 2) = 0.5. Group 0: (1 + 1.5) / 5, group 2: (1 + 1.5) / 4, group 1: nothing, group 3: (0 + 1.5) / 4.
    rates, n = encoder.encode(np.array([0, 2]))
    assert rates == pytest.approx(np.array([[0.5, 0.625], [0.5, 0.375]]))
    assert n.tolist() == [[2, 1], [0, 1]]


def test_equal_groups_in_one_batch_are_all_counted() -> None:
    encoder = TargetEncoder(Matrix(np.zeros((5, 1), dtype=int), 1, np.zeros((5, 4))), strength=1.0)
    encoder.learn(np.arange(4), np.array([True, True, True, False]))
    # Everything: (3 + 1) / (4 + 2) = 2/3; the group: (3 + 2/3) / 5.
    assert encoder.encode(np.array([4]))[0].item() == pytest.approx((3 + 2 / 3) / 5)
