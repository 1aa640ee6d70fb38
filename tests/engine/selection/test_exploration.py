"""Frequency x uncertainty, by hand and on a stream."""

from math import sqrt

import pytest

from stream_app.engine.selection.exploration import CELLS, MEMORY, MOST, Exploration


def learned(rate: float, groups: dict[int, tuple[int, float]]) -> Exploration:
    """groups: code -> (items, controls)."""
    found = Exploration(rate)
    for group, (items, controls) in groups.items():
        for _ in range(items):
            found.learn(group, controls)
    return found


def test_nothing_is_explored_before_anything_came() -> None:
    assert Exploration(0.5).probability(1, 0.0) == 0.0


def test_a_group_three_times_as_frequent_is_explored_three_times_as_often() -> None:
    found = learned(0.001, {1: (300, 0.0), 2: (100, 0.0)})
    assert found.probability(1, 0.0) == pytest.approx(3 * found.probability(2, 0.0))


def test_a_group_with_n_controls_is_explored_by_one_over_the_root_of_n_and_one() -> None:
    found = learned(0.001, {1: (300, 0.0)})
    assert found.probability(1, 0.0) == pytest.approx(sqrt(100.0) * found.probability(1, 99.0))


def test_a_group_that_never_came_is_not_explored() -> None:
    assert learned(0.01, {1: (300, 0.0)}).probability(2, 0.0) == 0.0


def test_the_mean_probability_is_the_rate_once_it_has_settled() -> None:
    found = Exploration(0.001)
    stream = [(number % 7 if number % 2 else number % 50 + 10, float(number % 13)) for number in range(40_000)]
    asked = []
    for group, controls in stream:
        asked.append(found.probability(group, controls))
        found.learn(group, controls)
    assert sum(asked[10_000:]) / 30_000 == pytest.approx(0.001, rel=0.02)


def test_no_item_is_explored_with_more_than_a_quarter() -> None:
    found = learned(0.02, {2: (4_900, 1e6), 1: (5, 1e6)})
    assert found.probability(1, 0.0) <= MOST
    assert found.probability(2, 0.0) == MOST


def test_what_was_frequent_long_ago_is_forgotten_by_half_and_nothing_grows() -> None:
    found = learned(0.001, {1: (10_000, 0.0), 2: (3 * MEMORY, 0.0)})
    assert found.probability(1, 0.0) < 0.02 * found.probability(2, 0.0)
    assert len(found._counts) == CELLS
