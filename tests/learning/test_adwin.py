"""Ours is River's, number by number; and its window can be told and taken in."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import drift

from stream_app.learning.adwin import Adwin
from stream_app.learning.plain import MisfitError
from stream_app.learning.snapshots import snapshot, take_in

DELTA = 0.002


def stream(seed: int, length: int = 2_500) -> list[float]:
    """Numbers in [0, 1] whose mean jumps now and then; of every third seed, zeros and ones."""
    rng, level, found = random.Random(seed), 0.2, []
    for _ in range(length):
        if rng.random() < 0.004:
            level = rng.random()
        found.append(float(rng.random() < level) if seed % 3 == 0 else min(max(rng.gauss(level, 0.1), 0.0), 1.0))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_it_finds_what_rivers_finds_when_rivers_finds_it(seed: int) -> None:
    rivers, ours, found = drift.ADWIN(delta=DELTA, clock=1), Adwin(DELTA), 0
    for value in stream(seed):
        rivers.update(value)
        assert ours.update(value) == rivers.drift_detected
        assert ours.width == rivers.width
        assert ours.estimation == pytest.approx(rivers.estimation, abs=1e-12)
        found += rivers.drift_detected
    assert found


@given(st.integers(0, 1_000), st.integers(0, 1_500))
@settings(max_examples=10, deadline=None)
def test_a_window_that_was_taken_in_goes_on_as_the_first(seed: int, at: int) -> None:
    numbers, first, second = stream(seed, 1_500), Adwin(DELTA), Adwin(DELTA)
    for value in numbers[:at]:
        first.update(value)
    take_in(second, snapshot(first))
    assert [first.update(value) for value in numbers[at:]] == [second.update(value) for value in numbers[at:]]
    assert (first.width, first.estimation) == (second.width, second.estimation)


def test_a_window_that_does_not_add_up_is_refused() -> None:
    window = Adwin(DELTA)
    for value in stream(1, 50):
        window.update(value)
    told = snapshot(window)
    sizes = np.array(told["/_sizes"])
    for wrong in (sizes + 1, -sizes, sizes * 9):
        with pytest.raises(MisfitError, match="no exponential histogram"):
            take_in(Adwin(DELTA), told | {"/_sizes": wrong})
