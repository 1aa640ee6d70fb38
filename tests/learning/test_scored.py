"""Items as scored: packed, found again, and forgotten in their order."""

import pickle

import numpy as np
import pytest

from stream_app.learning.scored import ANSWERED, FIRST, ITEM, LEADS, SELECTED, ScoredItem, ScoredItems, pack_item


def rows(*items: tuple[int, int]) -> np.ndarray:
    """Rows by (item number, flags)."""
    packed = b"".join(pack_item(number, 0.25, -1.0, 0.5, 1, 2, 3, 4, flags) for number, flags in items)
    return np.frombuffer(packed, ITEM)


def test_a_row_comes_back_as_it_was_packed() -> None:
    ring = ScoredItems(100)
    ring.reserve(11, 2)
    ring.add(rows((1, FIRST), (2, SELECTED | LEADS)))
    assert ring.items(11) == {
        1: ScoredItem(1, 0.25, -1.0, 0.5, 1, 2, 3, 4, 0, 0, 0, FIRST),
        2: ScoredItem(2, 0.25, -1.0, 0.5, 1, 2, 3, 4, 0, 0, 0, SELECTED | LEADS),
    }
    assert ring.items(12) == {}


def test_what_is_reserved_is_pending_until_its_rows_are_there() -> None:
    ring = ScoredItems(100)
    ring.reserve(11, 1)
    ring.reserve(12, 2)
    ring.add(rows((1, 0)))
    assert (ring.is_pending(11), ring.is_pending(12), ring.is_pending(13)) == (False, True, False)
    assert ring.items(12) == {}
    ring.add(rows((1, 0), (2, 0)))
    assert not ring.is_pending(12)
    assert ring.items(12).keys() == {1, 2}


def test_a_flag_is_set_for_the_items_named_and_no_others() -> None:
    ring = ScoredItems(100)
    ring.reserve(11, 3)
    ring.add(rows((1, 0), (2, SELECTED), (3, 0)))
    ring.mark(11, [2, 3, 9], ANSWERED)
    ring.mark(77, [1], ANSWERED)
    assert [item.flags for item in ring.items(11).values()] == [0, SELECTED | ANSWERED, ANSWERED]


def test_a_later_version_takes_the_place_of_the_earlier_one() -> None:
    ring = ScoredItems(100)
    for numbers in ((1, 2), (1, 2, 3)):
        ring.reserve(11, len(numbers))
        ring.add(rows(*((number, 0) for number in numbers)))
    assert ring.items(11).keys() == {1, 2, 3}
    assert len(ring) == 1


def test_the_oldest_go_when_the_ring_is_full_and_are_counted() -> None:
    ring = ScoredItems(10)
    for declaration in range(1, 8):
        ring.reserve(declaration, 3)
        ring.add(rows((1, 0), (2, 0), (declaration, 0)))
    assert [declaration for declaration in range(1, 8) if ring.items(declaration)] == [5, 6, 7]
    assert list(ring.items(7)) == [1, 2, 7]
    assert (len(ring), ring.forgotten) == (3, 4)


@pytest.mark.parametrize("items", [1, 999])
def test_a_ring_survives_pickling(items: int) -> None:
    ring = ScoredItems(2_048)
    ring.reserve(11, items)
    ring.add(rows(*((number, SELECTED) for number in range(1, items + 1))))
    again = pickle.loads(pickle.dumps(ring))
    assert again.items(11) == ring.items(11)
    assert len(again.items(11)) == items
