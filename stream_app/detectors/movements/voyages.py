"""Where one voyage of a container ends and the next begins, and which of its events were told twice."""

from collections.abc import Iterable
from typing import NamedTuple

from stream_app.detectors.movements.steps import LEAVING, Step
from stream_app.learning.decay import DAY

TOLD_AGAIN_S = 4 * DAY
"""How far a wrong report of the same event may be off."""


class Cycle(NamedTuple):
    """One voyage of the container: the places of its first step and of the one after its last."""

    start: int
    end: int


class Voyages(NamedTuple):
    """When one voyage ends and the next begins: `close_days` after the gate-out at its end, or after `silence_days` of silence."""

    close_days: float = 14.0
    silence_days: float = 60.0


def told_once(steps: list[Step]) -> list[Step]:
    """The steps without those that were told again: the same event at the same place, within days, and no departure from there in between.

    The later record holds (a correction, or a second system that tells the same); of records of one instant, that of the later event.
    """
    if len({(step.type, step.location, step.control_result) for step in steps}) == len(steps):
        return steps
    last: dict[tuple[str, str | None, str | None], int] = {}
    left: dict[str | None, int] = {}
    dropped: set[int] = set()
    for place, step in enumerate(steps):
        key = step.type, step.location, step.control_result
        before = last.get(key)
        if before is not None and step.at - steps[before].at <= TOLD_AGAIN_S and left.get(step.location, -1) <= before:
            superseded = before if step.recorded >= steps[before].recorded else place
            dropped.add(superseded)
            last[key] = before if superseded == place else place
        else:
            last[key] = place
        if step.type in LEAVING:
            left[step.location] = place
    return [step for place, step in enumerate(steps) if place not in dropped] if dropped else steps


def cycle_starts(steps: Iterable[Step], voyages: Voyages) -> list[int]:
    """Where voyages begin: 0, then after a silence, or once the last one has ended with the gate-out of the discharged container."""
    starts, last, discharged, out, emptied = [0], None, False, None, False
    silence = voyages.silence_days * DAY
    for place, step in enumerate(steps):
        if last is not None and (step.at - last.at > silence or (out is not None and _begins(step, out, emptied, voyages))):
            starts.append(place)
            discharged, out, emptied = False, None, False
        if step.type == "DISC" and not step.transshipment:
            discharged = True
        elif step.type == "GTOT" and discharged and out is None:
            out = step.at
        emptied = emptied or (out is not None and (step.type == "STRP" or step.laden is False))
        last = step
    return starts


def _begins(step: Step, out: float, emptied: bool, voyages: Voyages) -> bool:
    """Whether a voyage begins with a step behind the gate-out of the one before."""
    return step.type == "STUF" or (emptied and step.laden is True) or step.at - out > voyages.close_days * DAY


def ended(steps: list[Step], cycle: Cycle) -> bool:
    """Whether the voyage has ended with a gate-out."""
    discharged = False
    for step in steps[cycle.start : cycle.end]:
        discharged = discharged or (step.type == "DISC" and not step.transshipment)
        if discharged and step.type == "GTOT":
            return True
    return False
