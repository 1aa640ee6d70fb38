"""The hashed table against a dictionary, and its way of forgetting."""

import pickle
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from stream_app.learning.compiled import CODE, FLOAT, VOID, Array, kernel
from stream_app.learning.hashed import TABLE, WAYS, HashedTable, claim, find, rows
from stream_app.learning.keys import code


@kernel(VOID, TABLE, CODE, FLOAT)
def add(table: Array, key: Any, amount: float) -> None:
    rows(table)[claim(table, key), 0] += amount


@kernel(FLOAT, TABLE, CODE)
def value_of(table: Array, key: Any) -> float:
    slot = find(table, key)
    return rows(table)[slot, 0] if slot >= 0 else np.nan


def codes(n: int) -> list[int]:
    return [code(f"key {number}") for number in range(n)]


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(-100, 100)), max_size=200))
def test_while_there_is_room_it_is_a_dictionary(steps: list[tuple[int, float]]) -> None:
    table, model, known = HashedTable(4_000, 2), Counter(), codes(41)
    for key, amount in steps:
        add(table.words, known[key], amount)
        model[known[key]] += amount
    assert {key: row[0] for key, row in table.items().items()} == pytest.approx({key & ~0xFF: amount for key, amount in model.items()})
    assert (len(table), table.forgotten) == (len(model), 0)
    assert all(np.isnan(value_of(table.words, key)) for key in known if key not in model)


def test_reading_changes_nothing() -> None:
    table = HashedTable(80, 1)
    for key in codes(60):
        add(table.words, key, 1.0)
    before = table.words.copy()
    for key in codes(200):
        value_of(table.words, key)
    assert (table.words == before).all()


def test_it_never_holds_more_than_its_bound_and_counts_what_goes() -> None:
    table = HashedTable(100, 3)
    for key in codes(5_000):
        add(table.words, key, 1.0)
        assert len(table) <= 100
    assert len(table) == 96, "twelve buckets of eight"
    assert table.forgotten == 5_000 - 96
    assert len(table.items()) == 96


def test_a_key_that_comes_back_after_it_went_begins_at_zero() -> None:
    table, (first, *others) = HashedTable(WAYS, 1), codes(40)
    add(table.words, first, 5.0)
    for key in others:
        add(table.words, key, 1.0)
    assert np.isnan(value_of(table.words, first))
    add(table.words, first, 1.0)
    assert value_of(table.words, first) == 1.0


def test_heavy_keys_stay_while_one_off_keys_come_and_go() -> None:
    """Forty keys twenty times each, then five thousand that come once: with a plain order of use all forty would go."""
    table, known, rng = HashedTable(800, 1), codes(5_040), random.Random(1)
    heavy, light = known[:40], known[40:]
    for key in heavy * 20:
        add(table.words, key, 1.0)
    for number, key in enumerate(light):
        add(table.words, key, 1.0)
        if number % 10 == 0:
            add(table.words, rng.choice(heavy), 1.0)
    assert sum(not np.isnan(value_of(table.words, key)) for key in heavy) == 40


def test_a_heavy_key_that_is_seen_no_more_goes_at_last() -> None:
    table, (dead, *others) = HashedTable(WAYS, 1), codes(4_000)
    for _ in range(10_000):
        add(table.words, dead, 1.0)
    for key in others:
        add(table.words, key, 1.0)
    assert np.isnan(value_of(table.words, dead))


def test_a_snapshot_is_as_large_as_what_was_learned_and_goes_on_alike() -> None:
    table = HashedTable(50_000, 4)
    for key in codes(100):
        add(table.words, key, 2.0)
    dumped = pickle.dumps(table)
    assert len(dumped) < 100 * (4 + 1 + 8 + 4 * 8) + 1_000
    restored = pickle.loads(dumped)
    assert (restored.words == table.words).all()
    assert (len(restored), restored.max_keys) == (100, 50_000)


@pytest.mark.parametrize(("share", "lost"), [(0.5, 0.01), (0.7, 0.05)])
def test_a_table_that_is_half_full_has_lost_almost_nothing(share: float, lost: float) -> None:
    """Keys fall on buckets like Poisson: of mean 4 a bucket, 0.7 % lie beyond the eighth; of mean 5.6, 3.6 %."""
    table, n = HashedTable(80_000, 1), int(80_000 * share)
    for key in codes(n):
        add(table.words, key, 1.0)
    beyond = sum((k - WAYS) * poisson.pmf(k, n / 10_000) for k in range(WAYS + 1, 60)) * 10_000
    assert table.forgotten == pytest.approx(beyond, rel=0.1)
    assert beyond < lost * n


def test_codes_are_the_same_everywhere() -> None:
    """XXH3's own vector for no input at all, seed 0 (xxHash repository, sanity tests)."""
    assert code("") == 0x2D06800538D394C2
    assert len({code(f"{number}") for number in range(100_000)}) == 100_000


def test_no_room_for_one_bucket_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        HashedTable(7, 1)
