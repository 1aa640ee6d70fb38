"""Rates by hand: each group's posterior is the next one's prior."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.backoff import BackoffRates

KEYS = ("*", "61", "6109", "610910")


def test_before_any_outcome_the_rate_is_the_prior() -> None:
    assert BackoffRates(prior=0.1).rate(KEYS, 1.0) == (0.1, 0.0)


def test_one_irregular_item_moves_every_group_of_its_own() -> None:
    """Prior 0.1 worth 1: (1 + 0.1) / 2 = 0.55, then (1 + 0.55) / 2 = 0.775, then 0.8875."""
    rates = BackoffRates(strength=1.0, prior=0.1)
    rates.learn(KEYS[:3], True, 1.0)
    assert rates.rate(KEYS[:1], 1.0) == (pytest.approx(0.55), 1.0)
    assert rates.rate(KEYS[:2], 1.0) == (pytest.approx(0.775), 1.0)
    assert rates.rate(KEYS[:3], 1.0) == (pytest.approx(0.8875), 1.0)
    assert rates.rate(KEYS, 1.0) == (pytest.approx(0.8875), 1.0), "an unknown group has the rate of the next wider one"


def test_another_groups_items_count_only_where_both_belong() -> None:
    """Ten compliant items of HS 62, two irregular ones of HS 61, strength 4, prior 0.1.

    All goods: (2 + 0.4) / (12 + 4) = 0.15. HS 61: (2 + 4 * 0.15) / (2 + 4) = 2.6 / 6. HS 62: (0 + 0.6) / 14.
    """
    rates = BackoffRates(strength=4.0, prior=0.1)
    for _ in range(10):
        rates.learn(("*", "62"), False, 1.0)
    for _ in range(2):
        rates.learn(("*", "61"), True, 1.0)
    assert rates.rate(("*",), 1.0) == (pytest.approx(0.15), 12.0)
    assert rates.rate(("*", "61"), 1.0) == (pytest.approx(2.6 / 6), 2.0)
    assert rates.rate(("*", "62"), 1.0) == (pytest.approx(0.6 / 14), 10.0)


def test_one_half_life_later_an_outcome_counts_half() -> None:
    """(0.5 + 0.1) / (0.5 + 1) = 0.4."""
    rates = BackoffRates(strength=1.0, prior=0.1)
    rates.learn(("*",), True, 1.0)
    assert rates.rate(("*",), 2.0) == (pytest.approx(0.4), 0.5)


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.floats(0.01, 100)), max_size=40), st.floats(0.01, 100))
def test_a_rate_is_a_probability_and_asking_changes_nothing(seen: list[tuple[int, bool, float]], growth: float) -> None:
    rates = BackoffRates(max_keys=3)
    for depth, irregular, weight in seen:
        rates.learn(KEYS[:depth], irregular, weight)
    first = rates.rate(KEYS, growth)
    assert 0.0 < first[0] < 1.0
    assert first[1] >= 0.0
    assert rates.rate(KEYS, growth) == first
    assert len(rates.table) <= 3 + len(KEYS), "the bound, and the keys of one call"
