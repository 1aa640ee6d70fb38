"""Rolling p-values against counting by brute force."""

import random
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_app.learning.ecdf import RollingEcdf

scores = st.floats(0, 50, allow_nan=False).map(lambda score: round(score, 3))


def learned(values: list[float], window: int = 4_096, tail_share: float = 0.02) -> RollingEcdf:
    ecdf = RollingEcdf(window, tail_share)
    for value in values:
        ecdf.learn(value)
    return ecdf


def in_window(values: list[float], window: int) -> list[float]:
    """The window moves in halves: all since the last full half, and that half."""
    half = max(window // 2, 1)
    return values[max(0, (len(values) // half - 1) * half) :]


def by_counting(values: list[float], score: float) -> float:
    return (sum(value >= score for value in values) + 1) / (len(values) + 1)


@given(st.lists(scores, max_size=80), st.integers(1, 30), scores)
def test_without_a_tail_the_p_value_is_the_share_of_the_window_at_or_above(values: list[float], window: int, score: float) -> None:
    """Fewer than eight scores in the tail are too few to model it."""
    ecdf = learned(values, window)
    expected = by_counting(in_window(values, window), score) if values and score > 0 else 1.0
    assert ecdf.p_value(score) == pytest.approx(expected, abs=0)
    assert len(ecdf) == len(in_window(values, window)) <= max(window, 1)


def test_before_anything_was_learned_nothing_is_rare() -> None:
    assert RollingEcdf().p_value(1e9) == 1.0


def test_a_score_of_zero_is_never_rare() -> None:
    assert learned([5.0] * 100).p_value(0.0) == 1.0


def test_the_tail_is_exponential_beyond_its_threshold() -> None:
    """100 scores 1..100 and a tail of 10: threshold 91, mean excess (0 + 1 + ... + 9) / 10 = 4.5, worked out by hand."""
    ecdf = learned([float(value) for value in range(1, 101)], tail_share=0.1)
    assert ecdf.p_value(91.0) == pytest.approx(11 / 101)
    assert ecdf.p_value(90.5) == pytest.approx(11 / 101)
    assert ecdf.p_value(91.0 + 4.5) == pytest.approx(11 / 101 / exp(1))
    assert ecdf.p_value(91.0 + 27.0) == pytest.approx(11 / 101 * exp(-6))


@pytest.mark.parametrize("step", [0.0, 1e-12, 1e-6, 0.01])
def test_a_p_value_is_never_zero_however_alike_the_scores_were(step: float) -> None:
    """The model of the tail reaches a thousand times beyond one in n + 1, and no further."""
    ecdf = learned([0.1 + number * step for number in range(500)])
    assert ecdf.p_value(1e6) >= 0.001 / 501


def test_the_exponential_tail_agrees_with_exponential_scores() -> None:
    """Of exponential scores with mean 1, P(score > 12) is exp(-12) = 6e-6, though only 4,000 were seen."""
    rng = random.Random(7)
    ecdf = learned([rng.expovariate(1.0) for _ in range(4_000)])
    assert exp(-12) / 10 < ecdf.p_value(12.0) < exp(-12) * 10


@given(st.integers(0, 2**32), st.sampled_from([1, 3, 40, 4_000]), st.lists(st.floats(0, 80), max_size=20))
@settings(max_examples=60, deadline=None)
def test_a_higher_score_is_never_less_rare(seed: int, steps: int, asked: list[float]) -> None:
    """In the tail too, and however many scores are equal: `steps` different ones in 500."""
    rng = random.Random(seed)
    values = [rng.randrange(steps) * 40 / steps for _ in range(500)]
    ecdf = learned(values)
    top = sorted(values)[-10]
    found = [ecdf.p_value(score) for score in sorted({*asked, *values[:50], max(values), max(values) + 1e-9, top, top + 1e-9, top - 1e-9})]
    assert found == sorted(found, reverse=True)
    assert all(p <= 1.0 for p in found)


@given(st.lists(scores, min_size=20, max_size=60), st.integers(5, 15))
@settings(max_examples=40, deadline=None)
def test_what_left_the_window_has_no_influence(values: list[float], window: int) -> None:
    old, new = learned(values, window), learned(in_window(values, window), window)
    assert [old.p_value(score) for score in values] == [new.p_value(score) for score in values]


def test_about_the_asked_share_of_a_steady_stream_is_selected() -> None:
    rng = random.Random(3)
    ecdf, selected = RollingEcdf(1_000), 0
    for number in range(11_000):
        score = rng.gammavariate(2.0, 1.0)
        selected += number >= 1_000 and ecdf.p_value(score) <= 0.05
        ecdf.learn(score)
    assert 0.04 < selected / 10_000 < 0.06
