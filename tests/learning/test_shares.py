"""Merge laws of shares, and what a table of several partitions holds. Rows are small whole numbers, so that sums are exact in floats."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.compiled import Array
from stream_app.learning.hashed import HashedTable
from stream_app.learning.keys import code
from stream_app.learning.seen import FirstSeen
from stream_app.learning.share import Share, total
from stream_app.learning.shares import SharedSums, SharedTable
from stream_app.learning.snapshots import snapshot, take_in
from stream_app.learning.transitions import Transitions

WIDTH = 2
CODES = sorted(code(f"HS {number}") & ~0xFF for number in range(12))


def share_of(counts: dict[int, tuple[int, int, int]]) -> Share:
    """From code to heat and the row."""
    keys = sorted(counts)
    rows = np.array([counts[key][1:] for key in keys], float).reshape(len(keys), WIDTH)
    return Share(np.array([key | counts[key][0] for key in keys], np.uint64), rows)


shares = st.dictionaries(st.sampled_from(CODES), st.tuples(st.integers(1, 16), st.integers(1, 999), st.integers(-999, 999))).map(share_of)


def same(one: Share, other: Share) -> bool:
    return one.keys.tolist() == other.keys.tolist() and one.rows.tolist() == other.rows.tolist()


@given(shares, shares)
def test_adding_shares_is_commutative(one: Share, other: Share) -> None:
    assert same(total([one, other], WIDTH), total([other, one], WIDTH))


@given(shares, shares, shares)
def test_adding_shares_is_associative(a: Share, b: Share, c: Share) -> None:
    assert same(total([total([a, b], WIDTH), c], WIDTH), total([a, total([b, c], WIDTH)], WIDTH))


@given(shares)
def test_a_share_of_nothing_changes_nothing(one: Share) -> None:
    assert same(total([one, Share.empty(WIDTH)], WIDTH), one)
    assert same(total([Share.empty(WIDTH), one], WIDTH), one)


@given(st.lists(shares, max_size=4))
def test_a_sum_has_the_numbers_that_a_dictionary_counts(told: list[Share]) -> None:
    counted: dict[int, list[float]] = {}
    for share in told:
        for key, row in zip(share.keys.tolist(), share.rows.tolist(), strict=True):
            known = counted.setdefault(key & ~0xFF, [0.0] * WIDTH)
            counted[key & ~0xFF] = [a + b for a, b in zip(known, row, strict=True)]
    found = total(told, WIDTH)
    assert dict(zip((found.keys & ~np.uint64(0xFF)).tolist(), found.rows.tolist(), strict=True)) == counted


def learner(max_keys: int = 20_000) -> tuple[Transitions, SharedTable]:
    model = Transitions(max_keys)
    return model, SharedTable(model.table, model.table.width)


def teach(model: Transitions, steps: Iterable[tuple[int, int]]) -> None:
    for before, after in steps:
        model.learn(np.array([code(f"from {before}")], np.uint64), code(f"to {after}"), 1.0)


def lend(whom: SharedTable, *whose: SharedTable) -> None:
    for chunk in range(whom.chunks):
        whom.lend(chunk, total([one.own(chunk) for one in whose], whom.width))


def rows_of(table: HashedTable) -> dict[int, list[float]]:
    return {key: row for key, row in table.items().items() if any(row)}


steps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=25)


@given(steps, steps, steps)
def test_whatever_order_shares_come_in_a_table_holds_the_counts_of_all(first: list, second: list, third: list) -> None:
    (a, one), (b, two), (c, three) = learner(), learner(), learner()
    teach(a, first)
    teach(b, second)
    lend(one, two)
    teach(c, third)
    lend(one, two, three)
    everything, _ = learner()
    teach(everything, [*first, *second, *third])
    counts = {key: row[0] for key, row in rows_of(everything.table).items()}
    assert {key: row[0] for key, row in rows_of(a.table).items()} == counts


@given(steps, steps)
def test_a_share_that_is_heard_again_changes_nothing(mine: list, theirs: list) -> None:
    (a, one), (b, two) = learner(), learner()
    teach(a, mine)
    teach(b, theirs)
    lend(one, two)
    words = a.table.words.copy()
    lend(one, two)
    assert a.table.words.tobytes() == words.tobytes()


@given(steps, steps, steps)
def test_ones_own_share_is_what_was_learned_here_whatever_was_lent(mine: list, theirs: list, later: list) -> None:
    (a, one), (b, two) = learner(), learner()
    teach(a, mine)
    teach(b, theirs)
    lend(one, two)
    teach(a, later)
    apart, _ = learner()
    teach(apart, [*mine, *later])
    own = {key & ~0xFF: row[0] for chunk in range(one.chunks) for key, row in zip(*(part.tolist() for part in one.own(chunk)), strict=True)}
    assert own == {key: row[0] for key, row in rows_of(apart.table).items()}


@given(steps, steps)
def test_what_is_given_back_leaves_ones_own(mine: list, theirs: list) -> None:
    (a, one), (b, two) = learner(), learner()
    teach(a, mine)
    alone = rows_of(a.table)
    teach(b, theirs)
    lend(one, two)
    for chunk in range(one.chunks):
        one.lend(chunk, Share.empty(one.width))
    left = rows_of(a.table)
    assert left.keys() == alone.keys()
    assert all(left[key] == pytest.approx(alone[key], rel=1e-12) for key in alone)


def test_a_later_share_takes_the_place_of_the_earlier_one() -> None:
    (a, one), (b, two) = learner(), learner()
    teach(a, [(1, 1)])
    teach(b, [(1, 1), (2, 2)])
    lend(one, two)
    teach(b, [(1, 1)])
    lend(one, two)
    assert a.followed(np.array([code("from 1")], np.uint64), code("to 1"), 1.0).n == 3.0
    assert a.followed(np.array([code("from 2")], np.uint64), code("to 2"), 1.0).n == 1.0


def table_of(rows: int, max_keys: int) -> tuple[FirstSeen, Array]:
    seen = FirstSeen(max_keys)
    codes = np.array([code(f"key {number}") for number in range(rows)], np.uint64)
    seen.meet(codes, np.ones(rows))
    return seen, codes


def test_what_finds_no_room_is_counted_and_what_was_met_here_stays() -> None:
    mine, codes = table_of(8, 8)
    for _ in range(20):
        mine.meet(codes, np.ones(8))
    theirs, _ = table_of(30, 4_096)
    shared, other = SharedTable(mine.table), SharedTable(theirs.table)
    own = shared.own(0)
    strange = [key for key in other.own(0).keys.tolist() if key & ~0xFF not in mine.table.items()]
    strangers = Share(np.array(strange, np.uint64), np.ones((22, 1)))
    shared.lend(0, strangers)
    assert shared.dropped == 22
    assert same(shared.own(0), own)


def test_a_key_that_was_lent_and_pushed_out_is_ones_own_when_it_comes_again() -> None:
    mine, theirs = FirstSeen(8), FirstSeen(4_096)
    theirs.meet(np.array([code("lent")], np.uint64), np.array([5.0]))
    shared, other = SharedTable(mine.table), SharedTable(theirs.table)
    shared.lend(0, other.own(0))
    mine.meet(np.array([code(f"key {number}") for number in range(40)], np.uint64), np.ones(40))
    mine.meet(np.array([code("lent")], np.uint64), np.array([1.0]))
    own = dict(zip((shared.own(0).keys & ~np.uint64(0xFF)).tolist(), shared.own(0).rows[:, 0].tolist(), strict=True))
    assert own[code("lent") & ~0xFF] == 1.0
    shared.lend(0, other.own(0))
    assert mine.table.items()[code("lent") & ~0xFF] == [6.0]


@pytest.mark.parametrize(
    "wrong",
    [
        Share(np.array([512, 256], np.uint64), np.ones((2, 3))),
        Share(np.array([256], np.uint64), np.ones((1, 4))),
        Share(np.array([256], np.uint64), np.full((1, 3), np.nan)),
        Share(np.array([2**63], np.uint64), np.ones((1, 3))),
    ],
    ids=["out of order", "too wide", "no numbers", "of another chunk"],
)
def test_what_is_no_share_of_the_chunk_is_refused(wrong: Share) -> None:
    model, shared = learner()
    before = model.table.words.copy()
    with pytest.raises(ValueError, match="share"):
        shared.lend(0, wrong)
    assert model.table.words.tobytes() == before.tobytes()


def test_a_checkpoint_keeps_what_was_lent() -> None:
    (a, one), (b, two) = learner(), learner()
    teach(a, [(1, 2)])
    teach(b, [(number, number) for number in range(200)])
    lend(one, two)
    c, three = learner()
    take_in(c.table, snapshot(a.table))
    take_in(three, snapshot(one))
    assert all(same(one.own(chunk), three.own(chunk)) for chunk in range(one.chunks))
    lend(three, two)
    assert rows_of(c.table) == rows_of(a.table)


@given(st.lists(st.integers(0, 99), min_size=3, max_size=3), st.lists(st.integers(0, 99), min_size=3, max_size=3))
def test_sums_without_keys_are_shared_alike(mine: list[int], theirs: list[int]) -> None:
    sums, others = np.array(mine, float), np.array(theirs, float)
    one, two = SharedSums(sums), SharedSums(others)
    for _ in range(2):
        one.lend(0, two.own(0))
        assert sums.tolist() == [a + b for a, b in zip(mine, theirs, strict=True)]
    assert one.own(0).rows.tolist() == [mine]
    one.lend(0, Share.empty(3))
    assert sums.tolist() == mine


def test_rows_that_are_no_whole_number_of_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="whole number of runs"):
        SharedTable(Transitions(100).table, 2)
