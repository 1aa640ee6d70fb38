"""State as plain data: what fits is taken in, in place; what does not is refused, with its place and without its value."""

from collections import deque
from typing import Any

import msgspec
import numpy as np
import pytest

from stream_app.learning.plain import GROUP, PART, Grown, MisfitError, Part, Rows, Table, encoded
from stream_app.learning.snapshots import snapshot, take_in
from stream_app.learning.table import BoundedTable


class Sums:
    KEEPS = {"numbers": Part(fixed=1)}

    def __init__(self, size: int) -> None:
        self.numbers = np.array([float(size), 0.0, 0.0])


class Learner:
    KEEPS = {
        "sums": PART,
        "seen": int,
        "since": float | None,
        "names": set[str],
        "latest": list[tuple[int, float]],
        "grown": Grown(np.uint64, (2,), rows=3),
        "rows": Table(str, list[int]),
    }

    def __init__(self, size: int = 2) -> None:
        self.sums = {"a": Sums(size), "b": Sums(size)}
        self.seen = 0
        self.since: float | None = None
        self.names: set[str] = set()
        self.latest: deque[tuple[int, float]] = deque(maxlen=5)
        self.grown = np.zeros((0, 2), np.uint64)
        self.rows: BoundedTable[str, list[int]] = BoundedTable(4)


def taught() -> Learner:
    learner = Learner()
    learner.sums["b"].numbers[1:] = -0.0, float("nan")
    learner.seen, learner.since = 7, 1.5
    learner.names |= {"y", "x"}
    learner.latest.append((1, 0.5))
    learner.grown = np.array([[1, 2**64 - 1]], np.uint64)
    for key in "abcde":
        learner.rows.put(key, [ord(key)])
    return learner


def told(learner: Learner) -> dict[str, Any]:
    return {path: list(value.groups(len)) if isinstance(value, Rows) else value for path, value in snapshot(learner).items()}


def test_what_was_told_is_taken_in_to_the_bit_and_in_place() -> None:
    other = Learner()
    numbers, latest = other.sums["b"].numbers, other.latest
    take_in(other, told(taught()))
    assert other.sums["b"].numbers is numbers
    assert numbers.tobytes() == taught().sums["b"].numbers.tobytes()
    assert other.latest is latest
    assert [*latest] == [(1, 0.5)]
    assert (other.seen, other.since, other.names) == (7, 1.5, {"x", "y"})
    assert other.grown.tolist() == [[1, 2**64 - 1]]
    assert [*other.rows.items()] == [("b", [98]), ("c", [99]), ("d", [100]), ("e", [101])]
    assert other.rows.forgotten == 1


def test_a_snapshot_does_not_change_while_its_source_learns_on() -> None:
    learner = taught()
    before = snapshot(learner)
    learner.sums["a"].numbers[1] = 5.0
    learner.grown[0, 0] = 9
    assert before["/sums/a/numbers"].tolist() == [2.0, 0.0, 0.0]
    assert before["/grown"].tolist() == [[1, 2**64 - 1]]


WRONG = {
    "/seen": (msgspec.msgpack.encode("7"), b"\xc1", b"", b"\xdd\xff\xff\xff\xff", np.zeros(1)),
    "/latest": (encoded([[1]]), encoded([["x", 0.5]]), encoded({"a": 1})),
    "/sums/a/numbers": (np.zeros(2), np.zeros(3, np.float32), b"\x07", np.array([3.0, 0.0, 0.0])),
    "/grown": (np.zeros((1, 3), np.uint64), np.zeros((4, 2), np.uint64), np.zeros((1, 2)), np.uint64(3)),
    "/rows": ([encoded([["a", "b"]])], [b"\xff"], b"", [encoded([[str(n), [n]] for n in range(5)])]),
    "/rows/forgotten": (encoded(-0.5), encoded(None)),
}


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in WRONG.items() for value in values])
def test_another_type_size_or_layout_is_refused_by_its_place(path: str, value: Any) -> None:
    with pytest.raises(MisfitError, match=path):
        take_in(Learner(), told(taught()) | {path: value})


def test_a_missing_part_and_one_too_many_are_refused() -> None:
    whole = told(taught())
    with pytest.raises(MisfitError, match="/seen: is missing"):
        take_in(Learner(), {path: value for path, value in whole.items() if path != "/seen"})
    with pytest.raises(MisfitError, match="/secret: nothing here keeps that"):
        take_in(Learner(), whole | {"/secret": b"\x01"})


def test_state_of_another_size_is_refused() -> None:
    with pytest.raises(MisfitError, match="laid out otherwise"):
        take_in(Learner(size=3), told(taught()))


def test_groups_of_rows_stay_as_they_are_when_rows_go_and_come() -> None:
    """But for those at either end: a group ends where a key says so."""
    rows = [(f"{n:05d}", n) for n in range(20 * GROUP)]
    by_number = lambda key: int(key)  # noqa: E731
    before, after = [*Rows(rows, tuple).groups(by_number)], [*Rows([*rows[10:], ("99999", 0)], tuple).groups(by_number)]
    assert len(before) == 21
    assert len(set(before) & set(after)) == len(before) - 3
