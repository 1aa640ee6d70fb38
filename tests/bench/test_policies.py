"""Who is selected, and how many."""

import numpy as np
import pytest

from tests.bench.invented import as_cases, row
from tests.bench.policies import DailyTop, EveryRow, OwnSelector, control_sample
from tests.bench.prequential import Scored

CASES = as_cases(*(row(number, number // 96) for number in range(96 * 40)))
PLACES = dict(CASES.days())


def scored(places: np.ndarray) -> Scored:
    """Rows of a later place are riskier."""
    return Scored({"non_compliance": places.astype(float)})


def test_in_the_warm_up_every_row_is_controlled() -> None:
    policy = DailyTop(CASES, "non_compliance", warm_up_days=30)
    assert policy.choose(29, PLACES[29], scored(PLACES[29])).selected.all()
    assert not policy.choose(30, PLACES[30], scored(PLACES[30])).selected.all()


def test_the_best_scores_of_the_day_are_selected_and_a_remainder_goes_over() -> None:
    policy = DailyTop(CASES, "non_compliance", budget=0.10, random_share=0.0, warm_up_days=0)
    counts = []
    for day in range(5):
        selected = policy.choose(day, PLACES[day], scored(PLACES[day])).selected
        counts.append(int(selected.sum()))
        assert selected[-counts[-1] :].all()
    assert counts == [9, 10, 9, 10, 10]  # 9.6 a day: 9.6, 10.2, 9.8, 10.4, 10.0


def test_the_control_sample_is_inside_the_budget_and_does_not_read_the_score() -> None:
    policy = DailyTop(CASES, "non_compliance", budget=0.10, random_share=0.05, warm_up_days=0)
    choices = [policy.choose(day, places, scored(places)) for day, places in PLACES.items()]
    reversed_policy = DailyTop(CASES, "non_compliance", budget=0.10, random_share=0.05, warm_up_days=0)
    reversed_choices = [reversed_policy.choose(day, places, Scored({"non_compliance": -places.astype(float)})) for day, places in PLACES.items()]
    assert all((one.random == other.random).all() for one, other in zip(choices, reversed_choices, strict=True))
    assert all(one.selected[one.random].all() for one in choices)
    assert sum(one.selected.sum() for one in choices) == pytest.approx(0.10 * len(CASES), abs=1)
    assert sum(one.random.sum() for one in choices) == control_sample(CASES, 0.05).sum()


def test_the_control_sample_has_the_share_asked_for() -> None:
    # 3,840 draws at 0.2: mean 768, deviation 24.8; five deviations are 124.
    assert abs(control_sample(CASES, 0.2).sum() - 768) < 124


def test_a_head_that_has_no_score_yet_ranks_last() -> None:
    policy = DailyTop(CASES, "non_compliance", budget=0.5, random_share=0.0, warm_up_days=0)
    score = np.array([np.nan, 0.3, np.nan, 0.2])
    assert policy.choose(0, np.arange(4), Scored({"non_compliance": score})).selected.tolist() == [False, True, False, True]


def test_an_own_selector_is_taken_at_its_word_after_the_warm_up() -> None:
    own = Scored({}, np.array([True, True, False]), np.array([False, True, False]))
    policy = OwnSelector(warm_up_days=30)
    assert policy.choose(3, np.arange(3), own).selected.all()
    assert policy.choose(30, np.arange(3), own).selected.tolist() == [True, True, False]
    assert policy.choose(30, np.arange(3), own).random.tolist() == [False, True, False]
    with pytest.raises(ValueError, match="no selector"):
        policy.choose(30, np.arange(3), Scored({}))


def test_every_row_means_every_row() -> None:
    assert EveryRow().choose(0, np.arange(3), Scored({})).selected.all()
