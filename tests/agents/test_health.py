"""What a worker says of itself."""

import time

import pytest

from stream_app.operations import STALLED_SECONDS, Health

READY = {"assigned": True, "restored": True, "producing": True}


def test_before_anything_has_come_it_waits_for_three_things_and_each_is_crossed_off() -> None:
    assert Health().waiting_for() == ["", "partitions assigned", "state restored", "producer acknowledged"]
    assert Health(assigned=True, restored=True).waiting_for() == ["", "producer acknowledged"]


@pytest.mark.parametrize("changed", [{"assigned": False}, {"restored": False}, {"producing": False}, {"reading": False}, {"stopping": True}])
def test_ready_is_all_of_it_and_what_is_missing_is_said(changed: dict[str, bool]) -> None:
    assert Health(**READY).ready
    assert not any(Health(**READY).waiting_for())
    found = Health(**READY | changed)
    assert not found.ready
    assert len([*filter(None, found.waiting_for())]) == 1


def test_it_lives_as_long_as_its_loop_turns() -> None:
    assert Health().live
    assert not Health(beat=time.monotonic() - STALLED_SECONDS - 1.0).live
