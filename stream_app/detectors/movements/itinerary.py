"""The way of one container: its events in the order in which they happened, whatever the order in which they came.

A set of events has one itinerary: every permutation of them ends in the same one, duplicates and retractions included. It is kept as
MessagePack, some 70 bytes an event: a million open containers are a gigabyte and not eight.
"""

from bisect import insort
from collections.abc import Iterable
from math import inf
from operator import attrgetter

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from stream_app.contracts.movement import ACTUAL, Movement
from stream_app.detectors.movements.steps import Plan, Step, plan_of, step_of
from stream_app.detectors.movements.voyages import Cycle, Voyages, cycle_starts
from stream_app.learning.decay import DAY

MAX_STEPS, MAX_PLANS, MAX_RETRACTED = 48, 32, 16
"""Of one container; the latest are kept."""
_order = attrgetter("order")


class Itinerary(Struct, array_like=True):
    """Actual events in order, plans in the order of their records, and (the number of a retracted event, the number of what took it back)."""

    steps: list[Step] = []
    plans: list[Plan] = []
    retracted: list[tuple[str, str]] = []
    forgotten: int = 0
    """Events given up to stay within the bounds."""

    def knows(self, movement: Movement) -> bool:
        """Whether this very event was taken in before, or taken back before it came."""
        number = movement.event_id
        if movement.retracts is not None:
            return number in [by for _, by in self.retracted]
        return number in [step.event_id for step in self.steps] or number in [plan.event_id for plan in self.plans]

    def take(self, movement: Movement) -> Step | None:
        """Take an event in that is not known yet. The new step; None for a plan, a retraction, and what had been taken back already."""
        if movement.retracts is not None:
            self._retract(movement.retracts, movement.event_id)
            return None
        if self.retracted and movement.event_id in [number for number, _ in self.retracted]:
            return None
        if movement.classifier != ACTUAL:
            self._plan(movement)
            return None
        step = step_of(movement)
        if self.steps and step.order < self.steps[-1].order:
            insort(self.steps, step, key=_order)
        else:
            self.steps.append(step)
        if len(self.steps) > MAX_STEPS:
            self.forgotten += 1
            if self.steps.pop(0) is step:
                return None
        return step

    def _plan(self, movement: Movement) -> None:
        insort(self.plans, plan_of(movement), key=lambda one: (one.recorded, one.event_id))
        if len(self.plans) > MAX_PLANS:
            self.forgotten += 1
            self.plans.pop(0)

    def _retract(self, number: str, by: str) -> None:
        self.steps = [step for step in self.steps if step.event_id != number]
        self.plans = [plan for plan in self.plans if plan.event_id != number]
        insort(self.retracted, (number, by))
        if len(self.retracted) > MAX_RETRACTED:
            self.forgotten += 1
            self.retracted.pop(0)

    def drop_before(self, start: int) -> None:
        """Give up the steps of earlier voyages, and what was planned before them."""
        if start:
            begins = self.steps[start].at
            self.steps = self.steps[start:]
            self.plans = [plan for plan in self.plans if plan.at >= begins]

    def left_before(self, start: int) -> float:
        """When the container last went through a gate before the step at `start`, where a voyage begins; -inf where it did not."""
        return max([step.at for step in self.steps[:start] if step.type == "GTOT"], default=-inf)

    def still_plans(self, number: str) -> bool:
        """Whether a plan is known that was neither taken back nor replaced by a later record of the same event at the same place."""
        return number in [plan.event_id for plan in self._latest_plans()]

    def cycle_of(self, place: int, voyages: Voyages) -> Cycle:
        """The voyage that the step at `place` belongs to."""
        return next(cycle for cycle in self.cycles(voyages) if place < cycle.end)

    def cycles(self, voyages: Voyages) -> list[Cycle]:
        """All voyages that are known, the earliest first; none without steps."""
        if not self.steps:
            return []
        starts = cycle_starts(self.steps, voyages)
        return [Cycle(start, end) for start, end in zip(starts, [*starts[1:], len(self.steps)], strict=True)]

    def _latest_plans(self, recorded: float = inf) -> Iterable[Plan]:
        """By records until `recorded`: of the same event at the same place, the latest one."""
        return {(plan.type, plan.location): plan for plan in self.plans if plan.recorded <= recorded}.values()

    def planned(self, cycle: Cycle, recorded: float = inf) -> list[Plan]:
        """What was planned for that voyage by records until `recorded`: of the same event at the same place, the latest record."""
        if not self.plans:
            return []
        begins = self.steps[cycle.start].at - DAY if cycle.start else -inf
        ends = self.steps[cycle.end].at if cycle.end < len(self.steps) else inf
        return [plan for plan in self._latest_plans(recorded) if begins <= plan.at < ends]


packed = Encoder().encode
"""An itinerary as bytes."""
unpacked = Decoder(Itinerary).decode
"""And back. Raises msgspec.DecodeError for anything else."""
