"""The share holds in every window, whatever the scores are."""

import random
from collections.abc import Iterable
from itertools import accumulate
from math import exp, pi, tan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_app.engine.selection.pacing import GAIN, BurstTolerant, Daily, Pacer, Strict

WINDOW, BUDGET, TOLERANCE = 5_000, 0.02, 0.25


def paced(pacer: Pacer, tail_probabilities: Iterable[float]) -> list[bool]:
    """What is selected when each item in turn is judged and counted."""
    found = []
    for p in tail_probabilities:
        found.append(p <= pacer.threshold)
        pacer.count(found[-1])
    return found


def extremes(selected: list[bool], window: int) -> tuple[int, int]:
    """The fewest and the most selected in any window."""
    sums = [0, *accumulate(selected)]
    counts = [later - earlier for earlier, later in zip(sums, sums[window:], strict=False)]
    return min(counts), max(counts)


PIECES = st.tuples(st.sampled_from(["uniform", "tied", "tiny", "rising", "falling"]), st.integers(1, 7_000), st.floats(1e-9, 1.0))


def stream(pieces: list[tuple[str, int, float]], seed: int) -> list[float]:
    """Tail probabilities that are uniform, all equal, far too small, or drifting, for some thousand items each."""
    rng = random.Random(seed)
    kinds = {
        "uniform": lambda at, level: rng.random(),
        "tied": lambda at, level: level,
        "tiny": lambda at, level: rng.random() * 1e-6,
        "rising": lambda at, level: rng.random() ** (1.0 + 9.0 * at),
        "falling": lambda at, level: rng.random() ** (1.0 / (1.0 + 9.0 * at)),
    }
    return [kinds[kind](number / length, level) for kind, length, level in pieces for number in range(length)]


@given(st.lists(PIECES, min_size=3, max_size=8), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_strict_holds_the_budget_in_every_window_of_any_stream(pieces: list[tuple[str, int, float]], seed: int) -> None:
    selected = paced(Strict(BUDGET, WINDOW, TOLERANCE), stream([*pieces, ("uniform", WINDOW, 1.0)], seed))
    fewest, most = extremes(selected, WINDOW)
    assert fewest >= 75
    assert most <= 125


@pytest.mark.parametrize(("share", "window", "tolerance"), [(0.02, 5_000, 0.25), (0.1, 5_000, 0.1), (0.01, 20_000, 0.2), (0.3, 1_000, 0.1)])
def test_the_tolerance_holds_at_other_budgets_too(share: float, window: int, tolerance: float) -> None:
    due = share * window
    for seed, pieces in enumerate([[("tied", 3 * window, 1.0)], [("tiny", 3 * window, 1.0)], [("tiny", window, 1.0), ("tied", 2 * window, 1.0)]]):
        fewest, most = extremes(paced(Strict(share, window, tolerance), stream(pieces, seed)), window)
        assert due * (1 - tolerance) <= fewest
        assert most <= due * (1 + tolerance)


def test_strict_costs_little_of_the_ranking() -> None:
    """Of the rarest hundredth of a steady stream nearly all is selected, though the threshold moves with every item."""
    rng = random.Random(5)
    stream = [rng.random() for _ in range(50_000)]
    selected = paced(Strict(BUDGET, WINDOW, TOLERANCE), stream)
    assert sum(p <= 0.01 and chosen for p, chosen in zip(stream, selected, strict=True)) > 0.98 * sum(p <= 0.01 for p in stream)


def test_the_threshold_by_hand() -> None:
    """Half the band is 0.25 * 5,000 * 0.02 / 2 - 1 = 11.5. Three selections in a row leave a balance of 2.94."""
    pacer = Strict(BUDGET, WINDOW, TOLERANCE)
    assert pacer.threshold == BUDGET
    for _ in range(3):
        pacer.count(True)
    assert pacer.balance == pytest.approx(2.94)
    assert pacer.threshold == pytest.approx(0.02 * exp(-GAIN * tan(pi / 2 * 2.94 / 11.5)))
    for _ in range(9):
        pacer.count(True)
    assert pacer.threshold == 0.0, "11.76 is beyond the band"


def test_what_lists_demand_beyond_the_band_is_forgiven() -> None:
    pacer = Strict(BUDGET, WINDOW, TOLERANCE)
    for _ in range(500):
        pacer.count(True)
    assert pacer.balance == 12.5
    later = paced(pacer, [0.001] * WINDOW)
    assert sum(later) >= 75, "the next window is a normal one"


def test_before_scores_select_nothing_is_owed() -> None:
    for pacer in (Strict(BUDGET, WINDOW, TOLERANCE), BurstTolerant(BUDGET, WINDOW, TOLERANCE, 2.0)):
        for _ in range(10_000):
            pacer.count(False, warm=False)
        assert pacer.threshold == BUDGET


def burst(seed: int) -> tuple[list[float], list[bool]]:
    """20,000 items, then 300 frauds among the next 1,000, each far rarer than anything usual, then 60,000 usual ones."""
    rng = random.Random(seed)
    fraud = [20_000 <= number < 21_000 and rng.random() < 0.3 for number in range(81_000)]
    return [rng.random() * (1e-4 if odd else 1.0) for odd in fraud], fraud


def test_a_burst_finds_the_reserve_and_strict_finds_its_budget() -> None:
    """Strict may select 20 in 1,000 items and twice half a band; the reserve of two windows' budgets is 200 items more."""
    tail, fraud = burst(3)
    recall = {}
    for name, pacer in (("strict", Strict(BUDGET, WINDOW, TOLERANCE)), ("burst_tolerant", BurstTolerant(BUDGET, WINDOW, TOLERANCE, 2.0))):
        selected = paced(pacer, tail)
        recall[name] = sum(odd and chosen for odd, chosen in zip(fraud, selected, strict=True)) / sum(fraud)
        assert 0.0195 < sum(selected) / len(selected) < 0.0225, "in the long run the budget holds"
    assert recall["strict"] < 0.15
    assert recall["burst_tolerant"] > 0.6


@given(st.lists(PIECES, min_size=1, max_size=6), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_no_burst_passes_budget_and_reserve(pieces: list[tuple[str, int, float]], seed: int) -> None:
    """In n items: 2 % of n, the reserve of 200, what was saved up before (half a band, 11.5), and the item in hand."""
    selected = paced(BurstTolerant(BUDGET, WINDOW, TOLERANCE, 2.0), stream(pieces, seed))
    for window in (100, 1_000, WINDOW):
        if len(selected) >= window:
            assert extremes(selected, window)[1] <= 0.02 * window + 200 + 11.5 + 2


@given(st.integers(0, 60), st.lists(st.integers(0, 4_000), min_size=1, max_size=12), st.integers(0, 2**32), st.sampled_from([1.0, 1e-6]))
@settings(max_examples=60, deadline=None)
def test_a_capacity_a_day_is_never_passed(per_day: int, days: list[int], seed: int, scale: float) -> None:
    pacer, rng = Daily(per_day, BUDGET), random.Random(seed)
    for day, items in enumerate(days, start=20_000):
        for _ in range(items and 1):
            pacer.turn(day)
        assert sum(paced(pacer, [rng.random() * scale for _ in range(items)])) <= per_day


def test_a_day_s_capacity_goes_to_the_day_s_best_once_days_are_known() -> None:
    """Ten days of 1,000 items and 40 controls: the rarest 4 % are selected, not the first 40."""
    pacer, rng = Daily(40, BUDGET), random.Random(8)
    last: list[tuple[float, bool]] = []
    for day in range(20_000, 20_010):
        pacer.turn(day)
        tail = [rng.random() for _ in range(1_000)]
        last = list(zip(tail, paced(pacer, tail), strict=True))
    chosen = [p for p, selected in last if selected]
    assert 30 <= len(chosen) <= 40
    assert sum(p <= 0.02 for p in chosen) >= 0.9 * sum(p <= 0.02 for p, _ in last)


def test_a_record_of_an_earlier_day_does_not_begin_a_new_one() -> None:
    pacer = Daily(1, BUDGET)
    pacer.turn(20_000)
    pacer.count(True)
    pacer.turn(19_999)
    assert pacer.threshold == 0.0
    pacer.turn(20_001)
    assert pacer.threshold > 0.0
