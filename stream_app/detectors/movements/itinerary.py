"""The way of one container: its events in the order in which they happened, whatever the order in which they came.

A set of events has one itinerary: every permutation of them ends in the same one, duplicates and retractions included. It is kept as
MessagePack, some 70 bytes an event: a million open containers are a gigabyte and not eight.
"""

from bisect import insort
from collections.abc import Iterable
from math import inf
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from stream_app.contracts.movement import ACTUAL, Movement
from stream_app.learning.decay import DAY

MAX_STEPS, MAX_PLANS, MAX_RETRACTED = 48, 32, 16
"""Of one container; the latest are kept."""

# What happens first where several things are recorded for the same instant.
_RANK = {
    name: rank
    for rank, name in enumerate(
        ["STUF", "ARRI", "DISC", "DROP", "GTIN", "CROS", "CUSS", "CUSI", "INSP", "RMVD", "RSEA", "CUSR", "STRP", "PICK", "GTOT", "LOAD", "DEPA"]
    )
}


LEAVING = frozenset({"LOAD", "GTOT", "DEPA", "PICK", "CROS"})
"""After these a container is no longer at the place."""
TOLD_AGAIN_S = 4 * DAY
"""How far a wrong report of the same event may be off."""


class Step(Struct, array_like=True, frozen=True, gc=False):
    """An event as far as detectors read it; `at` and `recorded` in seconds since 1970, masses in kg, None where nothing is said."""

    at: float
    rank: int
    event_id: str
    type: str
    recorded: float
    location: str | None = None
    facility: str | None = None
    facility_type: str | None = None
    mode: str | None = None
    vessel_imo: str | None = None
    voyage: str | None = None
    laden: bool | None = None
    transshipment: bool = False
    seals: tuple[str, ...] | None = None
    gross_mass_kg: float | None = None
    gross_mass_method: str | None = None
    tare_mass_kg: float | None = None
    iso_equipment_code: str | None = None
    control_result: str | None = None
    carrier_id: str | None = None
    declaration_id: str | None = None
    transport_document: str | None = None

    @property
    def order(self) -> tuple[float, int, str]:
        return self.at, self.rank, self.event_id

    @property
    def country(self) -> str:
        """Of its UN/LOCODE; "" where the place is not known."""
        return (self.location or "")[:2]


class Plan(Struct, array_like=True, frozen=True, gc=False):
    """A planned or estimated event. A later record of the same event at the same place replaces it."""

    recorded: float
    event_id: str
    type: str
    at: float
    location: str | None
    vessel_imo: str | None
    voyage: str | None
    laden: bool | None
    transshipment: bool


class Cycle(NamedTuple):
    """One voyage of the container: the places of its first step and of the one after its last."""

    start: int
    end: int


class Voyages(NamedTuple):
    """When one voyage ends and the next begins: `close_days` after the gate-out at its end, or after `silence_days` of silence."""

    close_days: float = 14.0
    silence_days: float = 60.0


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

    def cycle_of(self, place: int, voyages: Voyages) -> Cycle:
        """The voyage that the step at `place` belongs to."""
        starts = cycle_starts(self.steps, voyages)
        if len(starts) == 1:
            return Cycle(0, len(self.steps))
        start = max(at for at in starts if at <= place)
        end = min((at for at in starts if at > place), default=len(self.steps))
        return Cycle(start, end)

    def planned(self, cycle: Cycle, recorded: float = inf) -> list[Plan]:
        """What was planned for that voyage by records until `recorded`: of the same event at the same place, the latest record."""
        if not self.plans:
            return []
        latest: dict[tuple[str, str | None], Plan] = {(plan.type, plan.location): plan for plan in self.plans if plan.recorded <= recorded}
        begins = self.steps[cycle.start].at - DAY if cycle.start else -inf
        ends = self.steps[cycle.end].at if cycle.end < len(self.steps) else inf
        return [plan for plan in latest.values() if begins <= plan.at < ends]


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


def step_of(movement: Movement) -> Step:
    """What is kept of an actual event."""
    m = movement
    return Step(
        m.occurred_epoch,
        _RANK[m.event_type],
        m.event_id,
        m.event_type,
        m.recorded_epoch,
        m.location,
        m.facility,
        m.facility_type,
        m.mode,
        m.vessel_imo,
        m.voyage,
        m.laden,
        m.transshipment,
        None if m.seals is None else tuple(sorted([number for number, _ in m.seals])),
        m.gross_mass_kg,
        m.gross_mass_method,
        m.tare_mass_kg,
        m.iso_equipment_code,
        m.control_result,
        m.carrier_id,
        m.declaration_id,
        m.transport_document,
    )


def plan_of(movement: Movement) -> Plan:
    """What is kept of a planned or estimated event."""
    m = movement
    return Plan(m.recorded_epoch, m.event_id, m.event_type, m.occurred_epoch, m.location, m.vessel_imo, m.voyage, m.laden, m.transshipment)


_order = attrgetter("order")

packed = Encoder().encode
"""An itinerary as bytes."""
unpacked = Decoder(Itinerary).decode
"""And back. Raises msgspec.DecodeError for anything else."""
