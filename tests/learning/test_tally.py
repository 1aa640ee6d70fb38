"""Decayed counts, and the estimate of what all goods would show from what a logged policy chose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.decay import DAY, LANDMARK, growth
from stream_app.learning.intervals import wilson
from stream_app.learning.tally import Design, Tally

controls = st.lists(st.tuples(st.booleans(), st.floats(0.01, 100.0)), min_size=1, max_size=30)


def tallied(found: list[tuple[bool, float]]) -> Tally:
    tally = Tally()
    for hit, weight in found:
        tally.add(hit, weight)
    return tally


def test_undecayed_it_is_wilsons_interval_of_the_plain_counts() -> None:
    tally = tallied([(True, 1.0)] * 7 + [(False, 1.0)] * 33)
    assert tally.rate() == pytest.approx(wilson(7 / 40, 40))


def test_before_the_first_control_nothing_is_claimed() -> None:
    assert Tally().rate() is None


def test_a_control_a_half_life_ago_counts_half() -> None:
    """One hit today, one miss a half-life ago: 1 / (1 + 0.5); effectively 1.5 squared over 1.25 controls."""
    today = LANDMARK + 900 * DAY
    tally = tallied([(False, growth(today - 90 * DAY, 90)), (True, growth(today, 90))])
    rate = tally.rate()
    assert rate is not None
    assert rate.value == pytest.approx(2 / 3)
    assert rate.n == pytest.approx(1.5**2 / 1.25)


@given(controls, controls, st.floats(0.001, 1000.0))
def test_tallies_add_up_and_do_not_care_for_the_scale_of_weights(first: list, second: list, scale: float) -> None:
    together = tallied(first + second).rate()
    assert (tallied(first) + tallied(second)).rate() == pytest.approx(together)
    assert tallied([(hit, weight * scale) for hit, weight in first + second]).rate() == pytest.approx(together)


def test_a_design_weighs_each_stratum_by_what_was_scored_of_it() -> None:
    """20 certain items of 1,000, half of them found; of 980 by chance ten were drawn at 1 % and one at 50 % was drawn: 1 hit among the ten."""
    design = Design.empty()
    design.scored(20, 980, 0, 1.0)
    for number in range(8):
        design.control(number < 4, 1.0, 1.0)
    for number in range(10):
        design.control(number < 1, 0.01, 1.0)
    design.control(False, 0.5, 1.0)
    rate = design.rate()
    assert rate is not None
    assert rate.value == pytest.approx(0.02 * 0.5 + 0.98 * (100 / 1002))
    assert rate.lower < rate.value < rate.upper


def test_a_design_says_nothing_of_what_cannot_be_selected_or_has_no_outcome_yet() -> None:
    unseen = Design.empty()
    unseen.scored(10, 0, 90, 1.0)
    unseen.control(True, 1.0, 1.0)
    assert unseen.rate() is None
    waiting = Design.empty()
    waiting.scored(10, 90, 0, 1.0)
    waiting.control(True, 1.0, 1.0)
    assert waiting.rate() is None
    waiting.control(False, 0.1, 1.0)
    assert waiting.rate() is not None


def test_designs_of_two_partitions_add_up() -> None:
    first, second, both = Design.empty(), Design.empty(), Design.empty()
    for one in (first, both):
        one.scored(5, 100, 0, 2.0)
        one.control(True, 1.0, 2.0)
        one.control(False, 0.02, 2.0)
    for one in (second, both):
        one.scored(7, 50, 0, 3.0)
        one.control(True, 0.05, 3.0)
    assert (first + second).rate() == pytest.approx(both.rate())


def test_the_estimate_is_right_on_the_average_however_the_policy_prefers_and_however_many_outcomes_are_missing() -> None:
    """3 % of 20,000 are irregular; scores find half of them, three of four selected by score and nine of ten drawn by chance get an outcome."""
    rng = np.random.default_rng(5)
    estimates, held = [], []
    for _ in range(300):
        irregular = rng.random(20_000) < 0.03
        by_score = rng.random(20_000) < np.where(irregular, 0.5, 0.01)
        propensity = np.where(by_score, 1.0, np.where(rng.random(20_000) < 0.2, 0.05, 0.01))
        chosen = rng.random(20_000) < propensity
        answered = chosen & (rng.random(20_000) < np.where(by_score, 0.75, 0.9))
        design = Design.empty()
        design.scored(int(by_score.sum()), int((~by_score).sum()), 0, 1.0)
        for hit, chance in zip(irregular[answered].tolist(), propensity[answered].tolist(), strict=True):
            design.control(hit, chance, 1.0)
        rate = design.rate()
        assert rate is not None
        estimates.append(rate.value)
        held.append(rate.lower <= irregular.mean() <= rate.upper)
    assert np.mean(estimates) == pytest.approx(0.03, abs=0.0008)
    assert 0.92 <= np.mean(held) <= 0.99
