"""The measures against values worked out by hand."""

import numpy as np
import pytest

from tests.bench.metrics import auc, auc_interval, brier, captured, mean_of, precision_at, recall_at, reliability, wilson


def test_auc_counts_pairs_won_and_half_of_those_tied() -> None:
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    positive = np.array([True, True, False, False])
    # Four pairs: 0.9 wins both, 0.5 ties one and wins one: (2 + 0.5 + 1) / 4.
    assert auc(scores, positive) == pytest.approx(3.5 / 4)


def test_auc_of_a_perfect_and_of_a_reversed_ranking() -> None:
    positive = np.array([True, False, False])
    assert auc(np.array([3.0, 2.0, 1.0]), positive) == 1.0
    assert auc(np.array([1.0, 2.0, 3.0]), positive) == 0.0


def test_auc_of_a_single_class_is_not_a_number() -> None:
    assert np.isnan(auc(np.array([1.0, 2.0]), np.array([True, True])))
    assert np.isnan(auc_interval(np.array([1.0, 2.0]), np.array([True, True]))).all()


def test_recall_counts_the_positives_in_the_top_share() -> None:
    scores = np.array([10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    positive = np.array([True, False, True, False, False, True, False, False, False, True])
    assert recall_at(0.3, scores, positive) == pytest.approx(2 / 4)


def test_recall_shares_a_tie_at_the_threshold() -> None:
    scores = np.array([2.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    positive = np.array([False, True, False, False, False, False, False, False, False, False])
    # Room for three: one above the tie, so two of the four tied; the positive is among them with probability one half.
    assert recall_at(0.3, scores, positive) == pytest.approx(0.5)


def test_recall_of_one_scheme_competes_with_all_others_for_the_same_room() -> None:
    scores = np.array([4.0, 3.0, 2.0, 1.0])
    positive = np.array([True, True, False, False])
    assert recall_at(0.25, scores, positive, wanted=np.array([False, True, False, False])) == 0.0


def test_captured_worth_adds_up_in_the_top_share_and_shares_ties() -> None:
    scores = np.array([3.0, 1.0, 1.0, 1.0, 0.0])
    worth = np.array([10.0, 6.0, 0.0, 3.0, 100.0])
    # Room for two: 10, and one of the three tied, which are worth (6 + 0 + 3) / 3 on average.
    assert captured(0.4, scores, worth) == pytest.approx(13.0)
    assert captured(1.0, scores, worth) == pytest.approx(119.0)


def test_precision_counts_the_positives_among_the_top() -> None:
    scores = np.array([4.0, 3.0, 2.0, 1.0])
    assert precision_at(0.5, scores, np.array([True, False, True, True])) == pytest.approx(0.5)
    # Room for one, four tied, three positive.
    assert precision_at(0.25, np.zeros(4), np.array([True, False, True, True])) == pytest.approx(0.75)


def test_brier_is_the_mean_squared_distance() -> None:
    # (0.2^2 + 0.3^2 + 1^2) / 3
    assert brier(np.array([0.8, 0.3, 1.0]), np.array([True, False, False])) == pytest.approx(1.13 / 3)


def test_reliability_says_what_was_said_and_found_in_each_bin() -> None:
    said = np.array([0.0, 0.1, 0.45, 0.55, 0.95, 1.0])
    found = np.array([False, True, False, True, True, True])
    table = reliability(said, found, bins=5)
    assert [(one.lower, one.upper, one.n) for one in table] == [(0.0, 0.2, 2), (0.4, 0.6, 2), (0.8, 1.0, 2)]
    assert [one.said for one in table] == pytest.approx([0.05, 0.5, 0.975])
    assert [one.found for one in table] == pytest.approx([0.5, 0.5, 1.0])


def test_the_interval_of_a_share_is_wilsons() -> None:
    # 8 of 10: centre (0.8 + 3.8415 / 20) / 1.38415 = 0.7167, half width 1.416 * sqrt(0.016 + 0.009604) = 0.2266.
    found = wilson(8, 10)
    assert (found.value, found.lower, found.upper) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 5).lower == pytest.approx(0.0)
    assert wilson(0, 0)[1:] == (0.0, 1.0)


def test_the_interval_holds_the_value_and_narrows_with_rows() -> None:
    rng = np.random.default_rng(1)
    positive = rng.random(4_000) < 0.5
    scores = positive + rng.normal(0.0, 1.0, 4_000)
    wide, narrow = auc_interval(scores[:200], positive[:200]), auc_interval(scores, positive)
    assert narrow.lower < narrow.value < narrow.upper
    assert narrow.upper - narrow.lower < wide.upper - wide.lower


def test_means_leave_out_what_is_not_a_number() -> None:
    assert mean_of([{"a": {"b": 1.0}}, {"a": {"b": 3.0}}]) == {"a": {"b": 2.0}}
    assert mean_of([{"a": float("nan")}, {"a": 3.0}]) == {"a": 3.0}
