"""Distributions that move: by how much, where, and not by chance."""

from math import log

import numpy as np
import pytest

from stream_app.learning.shift import Histograms, Shift

AT = 1_772_409_600.0


def fed(histograms: Histograms, values: np.ndarray, subjects: np.ndarray | None = None, first: np.ndarray | None = None) -> list[Shift]:
    """One feature, each row a declaration of its own unless said otherwise; in hundreds."""
    found: list[Shift] = []
    subjects = np.zeros(len(values), np.uint8) if subjects is None else subjects.astype(np.uint8)
    first = np.ones(len(values), np.uint8) if first is None else first.astype(np.uint8)
    for begin in range(0, len(values), 100):
        chosen = slice(begin, begin + 100)
        rows = values[chosen].astype(np.uint8)[:, None]
        found += histograms.learn(np.ascontiguousarray(subjects[chosen, None]), np.ascontiguousarray(rows), first[chosen], AT + begin)
    return found


def test_the_index_is_the_sum_over_bins_less_what_sampling_explains() -> None:
    """1,000 rows half and half, then 1,000 nine to one: shares with half a row more in both bins."""
    histograms = Histograms(1, 1, 1_000, 0.0)
    assert fed(histograms, np.repeat([3, 4], 500)) == []
    (shift,) = fed(histograms, np.repeat([3, 4], [900, 100]))
    p, q = 500.5 / 1001, (900.5 / 1001, 100.5 / 1001)
    index = (q[0] - p) * log(q[0] / p) + (q[1] - p) * log(q[1] / p)
    assert shift.stability == pytest.approx(index - (1 + 4 * 2**0.5) * (2 / 1000), rel=1e-5)
    assert (shift.bin, shift.n_before, shift.n, shift.since) == (4, 1_000, 1_000, AT)
    assert (shift.share_before, shift.share) == pytest.approx((p, q[1]))
    assert (shift.median_before, shift.median) == (3, 3)


def test_in_twenty_stationary_streams_nothing_is_found() -> None:
    """Bins as a lognormal with a spread of two doublings, 100,000 rows each: fifty tests a stream."""
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found += fed(Histograms(1, 1, 2_000, 0.25), np.clip(rng.normal(50, 2, 100_000), 1, 127))
    assert found == []


def test_many_items_of_few_declarations_are_few_draws() -> None:
    """Forty declarations of fifty like items each: their distribution jumps, and says nothing."""
    rng = np.random.default_rng(8)
    values = np.repeat(rng.integers(1, 30, 1_000), 50)
    first = np.arange(len(values)) % 50 == 0
    assert fed(Histograms(1, 1, 2_000, 0.25), values, first=first) == []
    assert fed(Histograms(1, 1, 2_000, 0.25), values) != []


@pytest.mark.parametrize(
    ("name", "change"),
    [("another unit", lambda v, rng: v + 10), ("no longer filled", lambda v, rng: np.where(rng.random(len(v)) < 0.4, 0, v))],
)
def test_a_change_is_told_once_at_the_next_test_and_then_is_the_reference(name: str, change) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(9)
    usual = np.clip(rng.normal(50, 2, 40_000), 1, 117)
    values = np.concatenate((usual[:20_000], change(usual[20_000:], rng)))
    histograms = Histograms(1, 1, 2_000, 0.25)
    assert fed(histograms, values[:20_000]) == []
    found = fed(histograms, values[20_000:])
    assert [(shift.since, shift.n) for shift in found] == [(AT, 2_000)]
    if name == "no longer filled":
        assert found[0].bin == 0
    else:
        assert found[0].median - found[0].median_before == pytest.approx(10, abs=1)


def test_subjects_are_tested_for_themselves_when_they_have_their_rows() -> None:
    rng = np.random.default_rng(10)
    subjects = np.tile([0, 0, 0, 1], 10_000)
    values = rng.integers(20, 24, 40_000) + np.where((subjects == 1) & (np.arange(40_000) > 20_000), 5, 0)
    found = fed(Histograms(3, 1, 1_000, 0.25), values, subjects)
    assert {shift.subject for shift in found} == {1}
