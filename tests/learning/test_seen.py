"""First sights: remembered, bounded, counted when forgotten."""

import numpy as np

from stream_app.learning.keys import code
from stream_app.learning.seen import FirstSeen


def codes(*names: str) -> np.ndarray:
    return np.array([code(name) for name in names], np.uint64)


def test_what_is_new_has_no_time_and_what_is_known_the_first() -> None:
    seen = FirstSeen(64)
    assert np.isnan(seen.meet(codes("a", "b"), np.array([10.0, 20.0]))).all()
    found = seen.meet(codes("b", "c", "a"), np.array([30.0, 30.0, 30.0]))
    assert (found[0], found[2]) == (20.0, 10.0)
    assert np.isnan(found[1])


def test_a_second_sight_in_the_same_call_is_known() -> None:
    found = FirstSeen(64).meet(codes("a", "a"), np.array([10.0, 11.0]))
    assert np.isnan(found[0])
    assert found[1] == 10.0


def test_the_bound_holds_and_what_goes_is_counted() -> None:
    seen = FirstSeen(64)
    seen.meet(codes(*map(str, range(1_000))), np.full(1_000, 5.0))
    assert len(seen.table) <= 64
    assert len(seen.table) + seen.table.forgotten == 1_000
