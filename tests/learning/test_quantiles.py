"""Quantiles of a stream, against those of the values themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.quantiles import ACCURACY, Quantiles

SHARES = (0.0, 0.1, 0.5, 0.9, 0.99, 1.0)


def sketch(values: list[float]) -> Quantiles:
    found = Quantiles()
    for value in values:
        found.add(value)
    return found


def test_of_nothing_there_are_none() -> None:
    assert Quantiles().quantiles((0.5,)) == []


@given(st.lists(st.one_of(st.just(0.0), st.floats(0.001, 1e6)), min_size=1, max_size=300))
def test_every_quantile_is_within_half_a_percent_of_the_exact_one(values: list[float]) -> None:
    assert sketch(values).quantiles(SHARES) == pytest.approx(np.quantile(values, SHARES).tolist(), rel=ACCURACY * 1.0001, abs=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_modes_and_many_zeros_are_no_trouble(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = [*np.zeros(3_000), *random.lognormal(1.0, 1.2, 9_000), *random.normal(70.0, 10.0, 11_000)]
    assert sketch(values).quantiles((0.25, 0.5, 0.9)) == pytest.approx(np.quantile(values, (0.25, 0.5, 0.9)).tolist(), rel=0.005)


@given(st.lists(st.floats(0.0, 1e5), max_size=60), st.lists(st.floats(0.0, 1e5), max_size=60))
def test_two_merged_are_the_one_that_saw_both_in_any_order(a: list[float], b: list[float]) -> None:
    whole, one, other = sketch([*a, *b]), sketch(a), sketch(b)
    one.merge(other)
    other.merge(sketch(a))
    assert one.state() == other.state() == whole.state() == Quantiles.restored(whole.state()).state()


def test_the_number_of_buckets_is_bounded_whatever_comes() -> None:
    values = [float(value) for value in np.exp(np.linspace(-20.0, 40.0, 50_000))]
    assert len(sketch(values).buckets) <= 2_100
