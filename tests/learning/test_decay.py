"""Forward decay: weights grow, sums add up."""

import random
from datetime import UTC, datetime
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.backoff import SLOW_LOSS, BackoffRates
from stream_app.learning.decay import DAY, LANDMARK, MAX_HALF_LIVES, growth
from stream_app.learning.keys import code
from stream_app.learning.peers import PeerSpread

NAMES = ("610910/CN", "610910", "6109", "61", "all goods")
KEYS = np.array([code(name) for name in NAMES], np.uint64)
VALUE = [(0, -1, False, 1.0)]


def merged(shares: list[Any]) -> dict[Any, list[float]]:
    """Rows of several tables, added up."""
    sums: dict[Any, list[float]] = {}
    for table in shares:
        for key, row in dict(table.items()).items():
            sums[key] = [a + b for a, b in zip(sums.get(key, [0.0] * len(row)), row, strict=True)]
    return sums


def test_a_record_weighs_twice_as_much_one_half_life_later() -> None:
    assert growth(LANDMARK, 180) == 1.0
    assert growth(LANDMARK + 180 * DAY, 180) == 2.0
    assert growth(LANDMARK - 180 * DAY, 180) == 0.5
    assert growth(LANDMARK + 720 * DAY, 180) == 16.0


def test_the_landmark_is_the_beginning_of_2020() -> None:
    assert datetime(2020, 1, 1, tzinfo=UTC).timestamp() == LANDMARK


@given(st.floats(-1e12, 1e12), st.floats(0.001, 36_500))
def test_weights_stay_within_what_a_float_holds(at: float, half_life: float) -> None:
    assert 2.0**-MAX_HALF_LIVES <= growth(at, half_life) <= 2.0**MAX_HALF_LIVES


@given(st.floats(0, 3_000), st.floats(0, 3_000), st.sampled_from([30.0, 180.0, 365.0]))
def test_the_weight_of_one_record_in_terms_of_another_depends_on_the_time_between_alone(first: float, later: float, half_life: float) -> None:
    ratio = growth(LANDMARK + (first + later) * DAY, half_life) / growth(LANDMARK + first * DAY, half_life)
    assert ratio == pytest.approx(2.0 ** (later / half_life), rel=1e-9)


records = st.lists(st.tuples(st.booleans(), st.integers(0, 2_000), st.floats(-5, 5), st.integers(1, 5)), max_size=40)


@given(records)
def test_shares_of_two_partitions_add_up_to_what_one_would_have_learned(seen: list[tuple[bool, int, float, int]]) -> None:
    whole, shares = PeerSpread(VALUE, 100, clip=inf), [PeerSpread(VALUE, 100, clip=inf), PeerSpread(VALUE, 100, clip=inf)]
    for partition, day, value, depth in seen:
        weight = growth(LANDMARK + day * DAY, 180.0)
        for table in (whole, shares[partition]):
            table.learn(KEYS[-depth:], np.array([value]), weight)
    together, single = merged([share.table for share in shares]), merged([whole.table])
    assert together.keys() == single.keys()
    for key, sums in single.items():
        assert together[key] == pytest.approx(sums, rel=1e-9, abs=1e-6)


@given(records)
def test_shares_of_rates_add_up_too(seen: list[tuple[bool, int, float, int]]) -> None:
    whole, shares = BackoffRates(100), [BackoffRates(100), BackoffRates(100)]
    for partition, day, value, depth in seen:
        weight = growth(LANDMARK + day * DAY, 365.0)
        for table in (whole, shares[partition]):
            table.learn(KEYS[::-1][:depth].copy(), value > 0, weight)
    together, single = merged([share.table for share in shares]), merged([whole.table])
    assert together.keys() == single.keys()
    for key, sums in single.items():
        # The losses of the two speeds forget by outcome: each partition weighs its own.
        assert together[key][:SLOW_LOSS] == pytest.approx(sums[:SLOW_LOSS], rel=1e-9)


def test_the_order_of_the_records_does_not_matter() -> None:
    rng = random.Random(5)
    seen = [(rng.gauss(0, 1), growth(LANDMARK + rng.randrange(900) * DAY, 180.0)) for _ in range(200)]
    forward, backward = PeerSpread(VALUE, 100, clip=inf), PeerSpread(VALUE, 100, clip=inf)
    for value, weight in seen:
        forward.learn(KEYS, np.array([value]), weight)
    for value, weight in reversed(seen):
        backward.learn(KEYS, np.array([value]), weight)
    one, other = (peers.spreads(KEYS, np.zeros(1), 8.0)[0] for peers in (forward, backward))
    assert one is not None
    assert other is not None
    assert one == pytest.approx(other)
