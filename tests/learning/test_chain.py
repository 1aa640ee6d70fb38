"""What a wider rate is worth in a group: one step by hand, and what it comes to."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.backoff import BackoffRates
from stream_app.learning.chain import STRONGEST, WEAKEST, tapered
from stream_app.learning.compiled import Array
from stream_app.learning.keys import code


def groups(*names: str) -> Array:
    return np.array([code(name) for name in names], np.uint64)


@pytest.mark.parametrize(("irregular", "pull"), [(False, -0.225 * 0.55 / 0.2475), (True, 0.225 * 0.45 / 0.2475)])
def test_a_strength_goes_one_step_down_the_log_loss(irregular: bool, pull: float) -> None:
    """One irregular control of the group, prior 0.1: it says 0.55, and half of a change of the wider rate: by ln strength (0.1 - 0.55) / 2 = -0.225.
    Times the error over 0.55 * 0.45; steps of 0.2 over the root of 1 and the squares so far."""
    rates = BackoffRates(strengths=(1.0, 1.0), prior=0.1)
    rates.learn(groups("*", "61"), True, 1.0)
    assert rates.strengths == [1.0, 1.0], "nothing was known"
    rates.learn(groups("*", "61"), irregular, 1.0)
    assert log(rates.strengths[1]) == pytest.approx(-0.2 * pull / sqrt(1 + pull**2))


def test_copies_are_believed_where_copies_tell_and_not_where_they_do_not() -> None:
    """Lots of ten. In one world a lot is irregular as a whole, or not at all; in the other each control is for itself."""
    rng = np.random.default_rng(3)
    alike, apart = BackoffRates(strengths=(1.0, 2.0), prior=0.2), BackoffRates(strengths=(1.0, 2.0), prior=0.2)
    for number in range(300):
        lot, bad = groups("*", f"lot {number}"), bool(rng.random() < 0.2)
        for _ in range(10):
            alike.learn(lot, bad, 1.0)
            apart.learn(lot, bool(rng.random() < 0.2), 1.0)
    assert alike.strengths[1] < 0.2
    assert apart.strengths[1] > 10.0
    for rates in (alike, apart):
        rates.learn(groups("*", "new lot"), True, 1.0)
    assert alike.rates(groups("*", "new lot"), 1.0).slow > 0.8
    assert apart.rates(groups("*", "new lot"), 1.0).slow < 0.3


def test_a_group_that_had_to_make_room_is_passed_over() -> None:
    rates = BackoffRates(prior=0.1)
    rates.learn(groups("*", "6109"), True, 1.0)
    found = rates.rates(groups("*", "61", "6109", "610910"), 1.0)
    assert (found.slow, found.n, found.known) == (pytest.approx(0.55), 1.0, 3)


def test_wide_groups_start_ten_times_as_strong_as_the_narrowest() -> None:
    """All goods as the narrowest one; then 20, and by the root of 10 less each time."""
    assert tapered(2.0, 3) == [2.0, pytest.approx(20.0), pytest.approx(2.0 * sqrt(10.0)), pytest.approx(2.0)]


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.floats(0.01, 100)), max_size=60))
def test_whatever_comes_strengths_stay_within_their_bounds_and_that_of_all_goods_as_it_was(seen: list[tuple[int, bool, float]]) -> None:
    rates = BackoffRates(strengths=(1.0, 900.0, 1.0, 0.06))
    for depth, irregular, weight in seen:
        rates.learn(groups("*", "61", "6109", "610910")[:depth], irregular, 1.0, weight)
    assert rates.strengths[0] == 1.0
    assert all(WEAKEST <= strength <= STRONGEST for strength in rates.strengths)
