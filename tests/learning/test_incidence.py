"""Shares worked out by hand."""

import numpy as np
import pytest

from stream_app.learning.incidence import Incidence

NARROW, WIDE = 7 << 40, 9 << 40
CODES = np.array([NARROW, WIDE], np.uint64)


def test_before_any_case_the_share_is_the_prior() -> None:
    assert Incidence(64, prior=0.01).share(CODES, 1.0) == (0.01, 0.0, 0.0)


def test_each_group_is_the_prior_of_the_narrower_one() -> None:
    found = Incidence(64, prior=0.1, strength=10.0)
    for _ in range(9):
        found.count(CODES[1:], False, 1.0)
    found.count(CODES, True, 1.0)
    # Wide: (1 + 10 * 0.1) / (10 + 10) = 0.1; narrow: (1 + 10 * 0.1) / (1 + 10) = 2 / 11.
    assert found.share(CODES[1:], 1.0) == (pytest.approx(0.1), 10.0, 1.0)
    assert found.share(CODES, 1.0) == (pytest.approx(2 / 11), 1.0, 1.0)


def test_cases_of_one_half_life_ago_count_half() -> None:
    found = Incidence(64, prior=0.1, strength=10.0)
    found.count(CODES[1:], True, 1.0)
    # One case, weighing 1 when the weight of now is 2, is half a case: (0.5 + 1) / (0.5 + 10).
    assert found.share(CODES[1:], 2.0)[0] == pytest.approx(1.5 / 10.5)
