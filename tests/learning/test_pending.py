"""What waits for its outcome, and what waits for its declaration."""

import pickle

from stream_app.contracts.outcome import Outcome
from stream_app.learning.pending import DAY, Awaiting, Pending, Taught

KEYS = {1: ("*", "61"), 2: ("*", "62")}


def scored(day: float, version: int = 1) -> Awaiting:
    return Awaiting(version, day * DAY, dict(KEYS), {})


def outcome(declaration_id: str, outcome_id: str = "O-1") -> Outcome:
    return Outcome(outcome_id, declaration_id, "T-1", 1, "physical", "risk", True, False, "2026-03-02T00:00:00Z", 0.0)


def test_what_was_scored_is_found_again() -> None:
    pending = Pending(90, 100, 100)
    assert pending.keep("D1", scored(1)) == []
    row = pending.get("D1")
    assert row is not None
    assert (row.version, row.items, len(pending)) == (1, KEYS, 1)
    assert pending.get("D2") is None


def test_after_its_days_a_declaration_is_given_up_and_counted() -> None:
    pending = Pending(90, 100, 100)
    pending.keep("D1", scored(1))
    pending.keep("D2", scored(60))
    pending.keep("D3", scored(91))
    assert pending.get("D1") is not None, "ninety days are not over ninety days"
    pending.keep("D4", scored(91.01))
    assert [pending.get(name) is not None for name in ("D1", "D2", "D3", "D4")] == [False, True, True, True]
    assert (pending.expired, pending.forgotten) == (1, 0)


def test_a_declaration_that_comes_late_does_not_turn_time_back() -> None:
    pending = Pending(90, 100, 100)
    pending.keep("D1", scored(100))
    pending.keep("D2", scored(50))
    pending.keep("D3", scored(120))
    assert len(pending) == 3
    pending.keep("D4", scored(191))
    assert [pending.get(name) is not None for name in ("D1", "D2", "D3", "D4")] == [False, False, True, True]


def test_beyond_its_count_the_oldest_is_forgotten_and_counted() -> None:
    pending = Pending(90, 3, 100)
    for number in range(5):
        pending.keep(f"D{number}", scored(1))
    assert [pending.get(f"D{number}") is not None for number in range(5)] == [False, False, True, True, True]
    assert (len(pending), pending.forgotten, pending.expired) == (3, 2, 0)


def test_an_outcome_before_its_declaration_is_handed_over_once() -> None:
    pending = Pending(90, 100, 100)
    early = outcome("D1")
    pending.hold("D1", early)
    assert pending.keep("D2", scored(1)) == []
    assert pending.keep("D1", scored(1)) == [early]
    assert pending.keep("D1", scored(2, version=2)) == []


def test_an_early_outcome_sent_twice_is_kept_once_and_ten_are_the_most() -> None:
    pending = Pending(90, 100, 100)
    for number in range(15):
        pending.hold("D1", outcome("D1", f"O-{number}"))
        pending.hold("D1", outcome("D1", f"O-{number}"))
    assert [one.outcome_id for one in pending.keep("D1", scored(1))] == [f"O-{number}" for number in range(10)]


def test_early_outcomes_are_bounded_and_counted() -> None:
    pending = Pending(90, 100, 2)
    for number in range(5):
        pending.hold(f"D{number}", outcome(f"D{number}"))
    assert pending.forgotten == 3
    assert pending.keep("D0", scored(1)) == []
    assert len(pending.keep("D4", scored(1))) == 1


def test_an_amendment_keeps_what_was_taught() -> None:
    pending = Pending(90, 100, 100)
    pending.keep("D1", scored(1))
    row = pending.get("D1")
    assert row is not None
    row.taught[2] = Taught(True, False, 1.0, 5 * DAY, b"")
    pending.keep("D1", scored(3, version=2))
    amended = pending.get("D1")
    assert amended is not None
    assert (amended.version, amended.taught, len(pending)) == (2, {2: Taught(True, False, 1.0, 5 * DAY, b"")}, 1)


def test_a_snapshot_goes_on_as_if_nothing_had_happened() -> None:
    pending = Pending(90, 3, 2)
    for number in range(4):
        pending.keep(f"D{number}", scored(number))
        pending.hold(f"E{number}", outcome(f"E{number}"))
    restored = pickle.loads(pickle.dumps(pending))
    for one in (pending, restored):
        one.keep("D9", scored(92))
    assert (restored.expired, restored.forgotten, len(restored)) == (pending.expired, pending.forgotten, len(pending))
    assert restored.keep("E3", scored(92)) == pending.keep("E3", scored(92)) != []
