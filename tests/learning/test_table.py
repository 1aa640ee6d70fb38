"""Bounded tables against a plain list that does the same slowly."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.table import BoundedTable, WeightTable

keys = st.sampled_from("abcdefgh")
operations = st.lists(st.tuples(st.just("put"), keys, st.integers(0, 99)) | st.tuples(st.sampled_from(["pop", "get"]), keys, st.just(0)), max_size=60)


def rows(table: BoundedTable[str, int]) -> list[tuple[str, int]]:
    """All rows, the next to be forgotten first; empties the table."""
    found = []
    while oldest := table.oldest():
        found.append(oldest)
        table.pop(oldest[0])
    return found


@given(st.integers(1, 5), operations)
def test_the_least_recently_written_goes_first_and_reading_refreshes_nothing(bound: int, steps: list[tuple[str, str, int]]) -> None:
    table: BoundedTable[str, int] = BoundedTable(bound)
    model: list[tuple[str, int]] = []
    forgotten = 0
    for step, key, value in steps:
        known = dict(model)
        if step == "get":
            assert table.get(key) == known.get(key)
            continue
        model = [row for row in model if row[0] != key]
        if step == "put":
            table.put(key, value)
            model.append((key, value))
        else:
            assert table.pop(key) == known.get(key)
        forgotten += len(model) > bound
        model = model[-bound:]
        assert len(table) == len(model)
        assert all(name in table for name, _ in model)
    assert table.forgotten == forgotten
    assert rows(table) == model


@given(st.integers(2, 12), st.lists(st.lists(st.sampled_from("abcdefghijkl"), max_size=8), max_size=12))
def test_sums_stay_within_their_bound_and_what_was_added_to_last_is_still_known(bound: int, calls: list[list[str]]) -> None:
    """In two generations: at least the last bound / 2 different keys are held, and never more than the bound."""
    table: WeightTable[str] = WeightTable(bound)
    entered, order = 0, []
    for key in (key for call in calls for key in call):
        (before,) = table.sums([key])
        entered += before == 0.0
        table.add([key], 1.0)
        assert table.sums([key]) == [before + 1.0]
        order = [other for other in order if other != key] + [key]
        assert all(table.sums(order[-(bound // 2) :]))
        assert len(table) <= bound
        assert table.forgotten == entered - len(table)


@given(st.lists(st.lists(keys, max_size=8, unique=True), max_size=12))
def test_sums_are_those_of_a_dictionary_as_long_as_there_is_room(calls: list[list[str]]) -> None:
    table: WeightTable[str] = WeightTable(18)
    model: dict[str, int] = {}
    for call in calls:
        table.add(call, 1.0)
        for key in call:
            model[key] = model.get(key, 0) + 1
    assert table.sums("abcdefgh") == [model.get(key, 0) for key in "abcdefgh"]
    assert (table.forgotten, len(table)) == (0, len(model))


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda table: pickle.loads(pickle.dumps(table))])
def test_a_copy_has_the_same_rows_and_its_own_life(twin) -> None:  # type: ignore[no-untyped-def]
    table: BoundedTable[str, int] = BoundedTable(2)
    for number, key in enumerate("abc"):
        table.put(key, number)
    other = twin(table)
    table.put("d", 3)
    assert (other.max_keys, other.forgotten, other.get("d"), table.get("d")) == (2, 1, None, 3)
    assert rows(other) == [("b", 1), ("c", 2)]


def test_a_table_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        BoundedTable(0)
