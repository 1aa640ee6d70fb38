"""Rates by hand: each group's posterior is the next one's prior, each control counts at the narrowest group, at two speeds."""

import pickle
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.backoff import BackoffRates
from stream_app.learning.compiled import Array
from stream_app.learning.keys import code


def groups(*names: str) -> Array:
    return np.array([code(name) for name in names], np.uint64)


KEYS = groups("*", "61", "6109", "610910")


def test_before_any_outcome_the_rate_is_the_prior() -> None:
    found = BackoffRates(prior=0.1).rates(KEYS, 1.0)
    assert (found.mixed, found.slow, found.fast, found.n, found.known) == (pytest.approx(0.1), 0.1, 0.1, 0.0, 0)


def test_each_narrower_group_corrects_the_wider_one_with_its_own_controls() -> None:
    """Prior 0.1, worth one control. All goods 1 of 3, HS 61 1 of 2, HS 6109 1 of 1; so outside HS 61 0 of 1, in it outside HS 6109 0 of 1."""
    rates = BackoffRates(prior=0.1)
    rates.learn(KEYS[:3], True, 1.0)
    rates.learn(KEYS[:2], False, 1.0)
    rates.learn(KEYS[:1], False, 1.0)
    _, s61, s6109, *_ = rates.strengths
    elsewhere = 0.1 / (1 + 1)
    chapter = s61 * elsewhere / (1 + s61)
    expected = [1.1 / (3 + 1), (1 + s61 * elsewhere) / (2 + s61), (1 + s6109 * chapter) / (1 + s6109)]
    assert [rates.rates(KEYS[:depth], 1.0).slow for depth in (1, 2, 3)] == [pytest.approx(rate) for rate in expected]
    whole = rates.rates(KEYS, 1.0)
    assert (whole.slow, whole.n, whole.known) == (pytest.approx(expected[2]), 1.0, 3), "an unknown group has the rate of the next wider one"
    assert [(step.n, step.own) for step in rates.path(KEYS)] == [(3, pytest.approx(1 / 3)), (2, 0.5), (1, 1)]
    assert [step.rate for step in rates.path(KEYS)] == [pytest.approx(rate) for rate in expected]


def test_one_control_is_one_control_however_many_groups_it_is_in() -> None:
    """(1 + 0.1) / (1 + 1) = 0.55 at every level."""
    rates = BackoffRates(prior=0.1)
    rates.learn(KEYS, True, 1.0)
    assert rates.rates(KEYS, 1.0).slow == rates.rates(KEYS, 1.0).fast == pytest.approx(0.55)
    assert [step.rate for step in rates.path(KEYS)] == [pytest.approx(0.55)] * 4


def test_another_groups_items_count_only_where_both_belong() -> None:
    """Ten compliant items of HS 62, two irregular ones of HS 61, all goods worth 4 of the prior 0.1: all (2 + 0.4) / (12 + 4) = 0.15; outside HS 61
    (0 + 0.4) / (10 + 4), outside HS 62 (2 + 0.4) / (2 + 4)."""
    rates = BackoffRates(strengths=(4.0, 4.0), prior=0.1)
    for _ in range(10):
        rates.learn(groups("*", "62"), False, 1.0)
    for _ in range(2):
        rates.learn(groups("*", "61"), True, 1.0)
    strength = rates.strengths[1]
    assert rates.rates(groups("*"), 1.0).slow == pytest.approx(0.15)
    assert rates.rates(groups("*", "61"), 1.0).slow == pytest.approx((2 + strength * 0.4 / 14) / (2 + strength))
    assert rates.rates(groups("*", "62"), 1.0).slow == pytest.approx(strength * 0.4 / (10 + strength))


def test_one_half_life_later_an_outcome_counts_half_at_the_fast_speed_only() -> None:
    """Fast (0.5 + 0.1) / (0.5 + 1) = 0.4; slow (1 + 0.1) / 2."""
    rates = BackoffRates(prior=0.1)
    rates.learn(groups("*"), True, 1.0)
    found = rates.rates(groups("*"), 2.0)
    assert (found.fast, found.slow, found.n) == (pytest.approx(0.4), pytest.approx(0.55), 1.0)


def test_the_fast_speed_counts_as_much_as_its_losses_let_it() -> None:
    """After one irregular item both said 0.1: no lead, share 1 / (1 + e^2). Ten half-lives later a compliant one: the slow speed said 0.55, the
    fast one some 0.1, and the loss of 0.799 nats against 0.106 gives the fast one a lead."""
    rates = BackoffRates(prior=0.1, slow_first=2.0)
    rates.learn(groups("*"), True, 1.0)
    now = rates.rates(groups("*"), 1024.0)
    share = 1 / (1 + exp(2))
    assert now.mixed == pytest.approx((1 - share) * now.slow + share * now.fast)
    rates.learn(groups("*"), False, 1024.0)
    lead = -log(1 - 0.55) + log(1 - now.fast)
    later = rates.rates(groups("*"), 1024.0)
    share = 1 / (1 + exp(2 - lead))
    assert later.mixed == pytest.approx((1 - share) * later.slow + share * later.fast)


def test_a_share_of_a_finding_counts_as_much() -> None:
    """Four quarters of an irregular control: (1 + 0.1) / 2."""
    rates = BackoffRates(prior=0.1)
    for _ in range(4):
        rates.learn(groups("*"), True, 1.0, weight=0.25)
    assert rates.rates(groups("*"), 1.0).slow == pytest.approx(0.55)


outcomes = st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.floats(0.01, 100)), max_size=40)


@given(outcomes, st.floats(0.01, 100))
def test_a_rate_is_a_probability_and_asking_changes_nothing(seen: list[tuple[int, bool, float]], growth: float) -> None:
    rates = BackoffRates(max_keys=8)
    for depth, irregular, weight in seen:
        rates.learn(KEYS[:depth], irregular, weight)
    before = pickle.dumps(rates)
    found = rates.rates(KEYS, growth)
    assert 0.0 < found.slow < 1.0
    assert 0.0 < found.fast < 1.0
    assert min(found.slow, found.fast) - 1e-12 <= found.mixed <= max(found.slow, found.fast) + 1e-12
    assert pickle.dumps(rates) == before


@given(outcomes, st.booleans(), st.floats(0.01, 100))
def test_what_is_taken_out_again_was_never_there(seen: list[tuple[int, bool, float]], irregular: bool, growth: float) -> None:
    """Of the counts; the strengths keep what it taught them."""
    rates = BackoffRates()
    for depth, result, weight in seen:
        rates.learn(KEYS[:depth], result, weight)
    rates.learn(KEYS, False, growth)
    settings, before = rates.settings.copy(), rates.rates(KEYS, growth)
    rates.learn(KEYS, irregular, growth)
    rates.forget(KEYS, irregular, growth)
    rates.settings[:] = settings
    after = rates.rates(KEYS, growth)
    assert (after.slow, after.fast, after.n) == (pytest.approx(before.slow), pytest.approx(before.fast), pytest.approx(before.n))


def test_heavy_groups_stay_cold_ones_go_and_going_is_counted() -> None:
    rates = BackoffRates(max_keys=64)
    for _ in range(200):
        rates.learn(groups("heavy"), True, 1.0)
    for number in range(1_000):
        rates.learn(groups("heavy", f"once {number}"), False, 1.0)
    assert len(rates.table) <= 64
    assert rates.table.forgotten + len(rates.table) == 1_001
    assert rates.rates(groups("heavy"), 1.0).n == 1_200
