"""Peer groups against a second computation: numpy over the raw values instead of running sums."""

import random
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_app.learning.peers import PLENTY, VARIANCE_FLOOR, PeerSpread, Spread, surprise

KEYS = ("610910/CN", "610910", "6109", "61", "all goods")

# A value, its weight, and how many levels (counted from the widest) it shares with KEYS.
values = st.lists(st.tuples(st.floats(-8, 8), st.floats(0.1, 10), st.integers(1, 5)), min_size=0, max_size=60)


def keys_of(depth: int) -> tuple[str, ...]:
    """The keys of an item that shares the `depth` widest levels with KEYS."""
    return tuple(KEYS[level] if level >= 5 - depth else f"other {level}" for level in range(5))


def expected(peers: PeerSpread, growth: float = 1.0) -> Spread | None:
    return peers.spread(peers.rows(KEYS), 0, growth)


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
    peers = PeerSpread(1, 1_000)
    for value, weight, depth in seen:
        peers.learn(keys_of(depth), [(0, value, None)], weight)
    found, by_hand = expected(peers), second_method(seen)
    # Running sums lose some digits against sums of squared differences; the floor under the variance is far above that.
    assert (found is None) == (by_hand is None)
    if found is not None and by_hand is not None:
        assert found == pytest.approx(by_hand, rel=1e-6, abs=1e-6)


def learned(peers: PeerSpread, keys: tuple[str, ...], values: list[float]) -> PeerSpread:
    for value in values:
        peers.learn(keys, [(0, value, None)], 1.0)
    return peers


def test_two_items_are_no_peers_and_three_are() -> None:
    peers = learned(PeerSpread(1, 100), KEYS, [1.0, 2.0])
    assert expected(peers, 1.0) is None
    assert expected(learned(peers, KEYS, [3.0])) is not None


def test_the_narrowest_group_with_enough_peers_speaks() -> None:
    peers = learned(PeerSpread(1, 100), keys_of(3), [1.0] * 7)
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
    peers = learned(PeerSpread(1, 100), keys_of(2), [-0.1, 0.1] * 50)
    learned(peers, KEYS, [2.9, 3.1] * 50)
    spread = expected(peers, 1.0)
    assert spread is not None
    assert spread.mean == pytest.approx(3.0, abs=0.01)
    assert spread.deviation == pytest.approx(0.1, abs=0.03)


def test_old_records_count_for_less() -> None:
    """Eight records, each worth an eighth three half-lives later: one effective peer, too few."""
    peers = learned(PeerSpread(1, 100), KEYS, [1.0] * 8)
    assert expected(peers, 1.0).n == 8.0  # type: ignore[union-attr]
    assert expected(peers, 8.0) is None


def test_one_value_over_and_over_makes_a_difference_of_a_few_percent_no_surprise() -> None:
    peers = learned(PeerSpread(1, 100), KEYS, [3.0] * 1_000)
    spread = expected(peers, 1.0)
    assert spread is not None
    assert spread.deviation == pytest.approx(0.05, rel=1e-3), "the square root of the floor"
    assert surprise(3.0 + log(1.05), spread) < 1.0 < surprise(3.0 + log(1.5), spread)


def test_a_fraud_is_learned_as_if_it_lay_at_the_clip() -> None:
    """The spread says 10 +- 0.5, so 100 is learned as 10 + 4 * 0.5 = 12, and -100 as 8."""
    peers, known = PeerSpread(1, 100), Spread(10.0, 0.5, 8.0, 0, 50.0)
    peers.learn(KEYS, [(0, 100.0, known)], 1.0)
    peers.learn(KEYS, [(0, -100.0, known)], 1.0)
    peers.learn(KEYS, [(0, 10.7, known)], 1.0)
    assert peers.table.get(["all goods"]) == [pytest.approx([3.0, 12 + 8 + 10.7, 144 + 64 + 10.7**2])]


def test_many_frauds_of_one_kind_do_not_drag_their_peers_along() -> None:
    rng = random.Random(2)
    peers = learned(PeerSpread(1, 100), KEYS, [rng.gauss(0, 0.2) for _ in range(1_000)])
    for _ in range(20):
        peers.learn(KEYS, [(0, -4.0, expected(peers))], 1.0)
    spread = expected(peers, 1.0)
    assert spread is not None
    assert abs(spread.mean) < 0.05
    assert surprise(-4.0, spread) > 10


@given(st.floats(-5, 5), st.floats(0.05, 3), st.floats(3, 8), st.floats(0, 20), st.floats(0, 20))
def test_surprise_grows_with_the_distance_and_is_the_same_on_both_sides(mean: float, deviation: float, freedom: float, a: float, b: float) -> None:
    peers = Spread(mean, deviation, freedom, 0, 10.0)
    near, far = sorted([a, b])
    assert surprise(mean, peers) == 0.0
    assert surprise(mean + near, peers) <= surprise(mean + far, peers) + 1e-9
    assert surprise(mean + far, peers) == pytest.approx(surprise(mean - far, peers), rel=1e-6, abs=1e-9)


def test_surprise_is_the_drop_of_students_density() -> None:
    """With 3 degrees of freedom the density is proportional to (1 + z^2 / 3)^-2: at z = 3 it is a sixteenth of its peak."""
    assert surprise(7.0, Spread(1.0, 2.0, 3.0, 0, 10.0)) == pytest.approx(log(16.0))
