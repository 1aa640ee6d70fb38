"""Means that move: found within a stated delay, named with their group, and next to never where nothing moves."""

import numpy as np
import pytest

from stream_app.learning.drift import Change, MeanWatch

BATCH = 50
AT = 1_772_409_600.0


def stream(rng: np.random.Generator, rates: np.ndarray, groups: np.ndarray, watch: MeanWatch, at: float = AT) -> list[tuple[int, Change]]:
    """What is found of one name, with the row by which it was found."""
    values = (rng.random(len(rates)) < rates).astype(float)[:, None]
    found = []
    for begin in range(0, len(rates), BATCH):
        changes = watch.learn(values[begin : begin + BATCH], groups[begin : begin + BATCH], at + begin)
        found += [(begin + BATCH, change) for change in changes]
    return found


def watch(names: tuple[str, ...] = ("unit_value",)) -> MeanWatch:
    return MeanWatch(names, columns=2, batch=BATCH, ceiling=0.1, delta=0.002)


def two_columns(rng: np.random.Generator, rows: int) -> np.ndarray:
    return np.stack((rng.integers(1, 21, rows), rng.integers(1, 6, rows)), axis=1).astype(np.uint8)


def test_in_twenty_stationary_streams_of_a_hundred_thousand_items_nothing_is_found() -> None:
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rows = 100_000
        found += len(stream(rng, np.full(rows, 0.02), two_columns(rng, rows), watch()))
    assert found <= 1


@pytest.mark.parametrize(("rate", "within"), [(0.1, 1_500), (0.05, 4_000), (0.004, 12_000)])
def test_another_alert_rate_is_found_within_so_many_items(rate: float, within: int) -> None:
    for seed in range(10):
        rng = np.random.default_rng(100 + seed)
        rates = np.concatenate((np.full(20_000, 0.02), np.full(20_000, rate)))
        row, change = stream(rng, rates, two_columns(rng, len(rates)), watch())[0]
        assert 20_000 < row <= 20_000 + within
        assert (change.after > change.before) == (rate > 0.02)
        assert change.name == "unit_value"


def test_the_group_whose_goods_changed_is_named() -> None:
    """Of twenty groups in the first column one goes from 2 % to 60 %: from 2 % to about 5 % of all."""
    rng = np.random.default_rng(3)
    groups = two_columns(rng, 40_000)
    rates = np.where((np.arange(40_000) >= 20_000) & (groups[:, 0] == 13), 0.6, 0.02)
    _, change = stream(rng, rates, groups, watch())[0]
    assert change.cause is not None
    assert (change.cause.column, change.cause.group) == (0, 13)
    assert change.cause.share > 0.8
    assert change.cause.before == pytest.approx(0.02, abs=0.02)
    assert change.cause.after > 0.25
    assert 20_000 - 2_000 <= change.since - AT <= 24_000


def test_a_group_that_sends_more_of_the_same_odd_goods_is_named_too() -> None:
    """Its own rate stays; its share of the goods goes from a twentieth to a half."""
    rng = np.random.default_rng(4)
    groups = two_columns(rng, 40_000)
    late = np.arange(40_000) >= 20_000
    groups[late & (rng.random(40_000) < 0.5), 0] = 7
    _, change = stream(rng, np.where(groups[:, 0] == 7, 0.15, 0.01), groups, watch())[0]
    assert change.cause is not None
    assert (change.cause.column, change.cause.group) == (0, 7)


def test_when_all_goods_change_alike_no_group_is_named() -> None:
    rng = np.random.default_rng(5)
    rates = np.concatenate((np.full(20_000, 0.02), np.full(20_000, 0.1)))
    _, change = stream(rng, rates, two_columns(rng, 40_000), watch())[0]
    assert change.cause is None


def test_each_name_is_watched_for_itself_and_what_has_no_value_is_left_out() -> None:
    rng = np.random.default_rng(6)
    rows = 30_000
    values = np.full((rows, 3), np.nan)
    values[:, 0] = rng.random(rows) < 0.02
    values[:, 1] = rng.random(rows) < np.where(np.arange(rows) < 15_000, 0.02, 0.15)
    both = watch(("calm", "moving", "broken"))
    found = [change.name for begin in range(0, rows, 500) for change in both.learn(values[begin : begin + 500], two_columns(rng, 500), AT)]
    assert set(found) == {"moving"}
    assert both.present("calm")[0] == pytest.approx(0.02, abs=0.005)
    assert both.present("broken") == (0.0, 0)


def test_rows_that_do_not_fill_a_batch_wait_for_the_next() -> None:
    one = watch()
    one.learn(np.ones((30, 1)), np.zeros((30, 2), np.uint8), AT)
    assert one.present("unit_value") == (0.0, 0)
    one.learn(np.zeros((20, 1)), np.zeros((20, 2), np.uint8), AT)
    assert one.present("unit_value") == (pytest.approx(0.1), 50)  # 30 of 50, cut at the ceiling
