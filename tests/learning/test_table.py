"""Bounded tables against a plain list that does the same slowly."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.table import BoundedTable

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
