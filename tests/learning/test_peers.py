"""Peer groups against a second computation: numpy over the raw values instead of running sums."""

import random
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_app.learning.compiled import Array
from stream_app.learning.keys import code
from stream_app.learning.peers import PLENTY, VARIANCE_FLOOR, Level, PeerSpread, Spread

NAMES = ("610910/CN", "610910", "6109", "61", "all goods")
VALUE = [(0, -1, False, 1.0)]
"""One measure: the first field itself."""

# A value, its weight, and how many levels (counted from the widest) it shares with KEYS.
values = st.lists(st.tuples(st.floats(-8, 8), st.floats(0.1, 10), st.integers(1, 5)), min_size=0, max_size=60)


def keys_of(depth: int) -> Array:
    """The keys of an item that shares the `depth` widest levels with KEYS."""
    return np.array([code(NAMES[level] if level >= 5 - depth else f"other {level}") for level in range(5)], np.uint64)


KEYS = keys_of(5)


def expected(peers: PeerSpread, growth: float = 1.0) -> Spread | None:
    (spread,) = peers.spreads(KEYS, np.zeros(1), growth)
    return spread


def second_method(seen: list[tuple[float, float, int]], kappa: float = 0.2, nu: float = 1.0, min_peers: float = 3.0) -> Spread | None:
    """Normal with unknown mean and variance, each level's posterior the next one's prior (Gelman et al., section 3.3), from raw values."""
    found = None
    mean = variance = weight = 0.0
    # A group of a hundred needs no prior: the narrowest such is where it begins.
    plenty = [depth for depth in range(1, 6) if sum(w for _, w, own in seen if own >= depth) >= PLENTY]
    first = max(plenty, default=1)
    for depth in range(first, 6):
        rows = np.array([(value, w) for value, w, own in seen if own >= depth])
        if not len(rows):
            break
        x, w = rows[:, 0], rows[:, 1]
        n, average = w.sum(), np.average(x, weights=w)
        squares = (w * (x - average) ** 2).sum()
        if depth == first:
            if n < min_peers:
                return None
            mean, variance, weight = average, squares / n, n
            found = (5 - depth, n)
        else:
            variance = (nu * variance + squares + kappa * n / (kappa + n) * (average - mean) ** 2) / (nu + n)
            mean = (kappa * mean + n * average) / (kappa + n)
            weight = kappa + n
            if n >= min_peers:
                found = (5 - depth, n)
    if found is None:
        return None
    deviation = sqrt(max(variance, VARIANCE_FLOOR) * (1 + 1 / weight))
    return Spread(mean, deviation, float(np.clip(weight, 3, 8)), *found)


@given(values)
@settings(deadline=None)
def test_what_peers_expect_agrees_with_a_computation_from_the_raw_values(seen: list[tuple[float, float, int]]) -> None:
    peers = PeerSpread(VALUE, 1_000, clip=inf)
    for value, weight, depth in seen:
        peers.learn(keys_of(depth), np.array([value]), weight)
    found, by_hand = expected(peers), second_method(seen)
    # Running sums lose some digits against sums of squared differences; the floor under the variance is far above that.
    assert (found is None) == (by_hand is None)
    if found is not None and by_hand is not None:
        assert found == pytest.approx(by_hand, rel=1e-6, abs=1e-6)


def learned(peers: PeerSpread, keys: Array, values: list[float]) -> PeerSpread:
    for value in values:
        peers.learn(keys, np.array([value]), 1.0)
    return peers


def test_two_items_are_no_peers_and_three_are() -> None:
    peers = learned(PeerSpread(VALUE, 100), KEYS, [1.0, 2.0])
    assert expected(peers, 1.0) is None
    assert expected(learned(peers, KEYS, [3.0])) is not None


def test_the_narrowest_group_with_enough_peers_speaks() -> None:
    peers = learned(PeerSpread(VALUE, 100), keys_of(3), [1.0] * 7)
    learned(peers, KEYS, [1.0] * 2)
    spread = expected(peers, 1.0)
    assert spread is not None
    assert (spread.level, spread.n) == (2, 9.0), "two items of the HS6 are too few, nine of the HS4 are enough"
    learned(peers, KEYS, [1.0])
    spread = expected(peers, 1.0)
    assert spread is not None
    assert (spread.level, spread.n) == (0, 3.0)


def test_a_hundred_peers_drown_what_the_wider_group_expects() -> None:
    """HS2 around 0, one HS6 and origin around 3: by hand (0.2 * 1.5 + 100 * 3) / 100.2 is within a percent of 3."""
    peers = learned(PeerSpread(VALUE, 100, clip=inf), keys_of(2), [-0.1, 0.1] * 50)
    learned(peers, KEYS, [2.9, 3.1] * 50)
    spread = expected(peers, 1.0)
    assert spread is not None
    assert spread.mean == pytest.approx(3.0, abs=0.01)
    assert spread.deviation == pytest.approx(0.1, abs=0.03)


def test_old_records_count_for_less() -> None:
    """Eight records, each worth an eighth three half-lives later: one effective peer, too few."""
    peers = learned(PeerSpread(VALUE, 100), KEYS, [1.0] * 8)
    assert expected(peers, 1.0).n == 8.0  # type: ignore[union-attr]
    assert expected(peers, 8.0) is None


def test_one_value_over_and_over_makes_a_difference_of_a_few_percent_no_surprise() -> None:
    peers = learned(PeerSpread(VALUE, 100), KEYS, [3.0] * 1_000)
    spread = expected(peers, 1.0)
    assert spread is not None
    assert spread.deviation == pytest.approx(0.05, rel=1e-3), "the square root of the floor"


def test_a_fraud_is_learned_as_if_it_lay_at_the_clip() -> None:
    """The spread says m +- d, so 100 is learned as m + 4 d, and -100 as what is then m' - 4 d'."""
    rng = random.Random(4)
    usual = [rng.gauss(10, 0.5) for _ in range(200)]
    peers, by_hand = learned(PeerSpread(VALUE, 100), KEYS, usual), list(usual)
    for fraud in (100.0, -100.0):
        spread = expected(peers)
        assert spread is not None
        reach = 4 * spread.deviation
        by_hand.append(min(max(fraud, spread.mean - reach), spread.mean + reach))
        peers.learn(KEYS, np.array([fraud]), 1.0)
    assert max(by_hand) < 14
    (row,) = {tuple(row) for row in peers.table.items().values()}
    assert row == pytest.approx([202.0, sum(by_hand), sum(value * value for value in by_hand)])


def test_many_frauds_of_one_kind_do_not_drag_their_peers_along() -> None:
    rng = random.Random(2)
    peers = learned(PeerSpread(VALUE, 100), KEYS, [rng.gauss(0, 0.2) for _ in range(1_000)])
    learned(peers, KEYS, [-4.0] * 20)
    spread = expected(peers, 1.0)
    assert spread is not None
    assert abs(spread.mean) < 0.05
    assert spread.deviation < 0.4, "so that -4 is still ten of them away"


def test_measures_are_ratios_and_a_stand_in_counts_only_alone() -> None:
    """Logarithms: value 7, mass 4, quantity 2."""
    peers = PeerSpread([(0, 1, False, 1.0), (0, 2, False, 1.0), (0, -1, True, 1.0)], 100)
    nan = float("nan")
    assert peers.values(np.array([7.0, 4.0, 2.0])) == pytest.approx([3.0, 5.0, nan], nan_ok=True)
    assert peers.values(np.array([7.0, nan, 2.0])) == pytest.approx([nan, 5.0, nan], nan_ok=True)
    assert peers.values(np.array([7.0, nan, nan])) == pytest.approx([nan, nan, 7.0], nan_ok=True)
    assert peers.values(np.array([nan, 4.0, 2.0])) == pytest.approx([nan, nan, nan], nan_ok=True)


def test_every_level_of_the_back_off_can_be_asked() -> None:
    """Two items of the HS2 with 1 and 3: mean 2, deviation 1; one of them of the HS6 and origin."""
    peers = learned(learned(PeerSpread(VALUE, 100), KEYS, [1.0]), keys_of(2), [3.0])
    assert [(n, mean, deviation) for mean, deviation, n in peers.levels(KEYS, 0, 1.0)] == [(1.0, 1.0, 0.0)] * 3 + [(2.0, 2.0, 1.0)] * 2


def test_each_level_corrects_what_the_wider_one_expects() -> None:
    """Worth 0.2 peers each: 16 peers at 4 stand alone; 2 at 1 correct them to 4 - 3 * 2 / 2.2; the wider 40 are not asked, nor who has no peers."""
    levels = [Level(0.0, 0.0, 0.0), Level(1.0, 0.5, 2.0), Level(4.0, 0.5, 16.0), Level(9.0, 0.5, 40.0)]
    assert PeerSpread(VALUE, 100).expected(levels) == [None, pytest.approx(4.0 - 6.0 / 2.2), 4.0, None]
    assert PeerSpread(VALUE, 100).expected(levels[:1]) == [None]


@given(values)
def test_the_narrowest_level_that_is_asked_expects_what_the_spread_expects(seen: list[tuple[float, float, int]]) -> None:
    peers = PeerSpread(VALUE, 100, clip=inf)
    for value, weight, depth in seen:
        peers.learn(keys_of(depth), np.array([value]), weight)
    spread = expected(peers)
    asked = [mean for mean in peers.expected(peers.levels(KEYS, 0, 1.0)) if mean is not None]
    assert spread is None or asked[0] == pytest.approx(spread.mean, abs=1e-9)
