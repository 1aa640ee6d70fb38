"""One consignment's way through clearance: its steps, the segments between them, and what each contributed to the time until release."""

from dataclasses import astuple, dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from stream_app.contracts.milestone import MILESTONES, Milestone

HOUR = 3_600.0
ARRIVAL, LODGING, RELEASE, GATE_OUT = 0, 3, 11, 12
NAMES = tuple(MILESTONES)


class Segment(NamedTuple):
    """From a step to the next one that was reached. `clamped`: the later step came first, as lodging before arrival does; its time is 0."""

    begin: int
    end: int
    hours: float
    clamped: bool

    @property
    def name(self) -> str:
        return f"{NAMES[self.begin]}-{NAMES[self.end]}"


@dataclass(slots=True)
class Journey:
    """`times`: seconds since 1970 by step, None where it was not reached; `actors`: whose time the way to the step was."""

    times: list[float | None] = field(default_factory=lambda: [None] * len(NAMES))
    actors: list[str] = field(default_factory=lambda: [""] * len(NAMES))
    office: str = ""
    lane: str | None = None
    transport_mode: str | None = None
    trader_class: str | None = None
    touched: float = 0.0

    def take(self, event: Milestone) -> bool:
        """Take a step in; False where it was known, and is now told again or corrected."""
        known, self.times[event.step] = self.times[event.step], event.occurred_epoch
        self.actors[event.step] = event.actor
        self.office = event.office
        self.lane = event.lane or self.lane
        self.transport_mode = event.transport_mode or self.transport_mode
        self.trader_class = event.trader_class or self.trader_class
        return known is None

    @property
    def released(self) -> float | None:
        return self.times[RELEASE]

    @property
    def is_complete(self) -> bool:
        return self.times[RELEASE] is not None and self.times[GATE_OUT] is not None

    @property
    def lodged_before_arrival(self) -> bool | None:
        """None where one of the two is not known."""
        arrived, lodged = self.times[ARRIVAL], self.times[LODGING]
        return None if arrived is None or lodged is None else lodged < arrived

    def segments(self) -> list[Segment]:
        """Between neighbouring steps that were reached, in the order of steps."""
        reached = [(step, at) for step, at in enumerate(self.times) if at is not None]
        return [Segment(begin, end, max(0.0, later - earlier) / HOUR, later < earlier) for (begin, earlier), (end, later) in pairwise(reached)]

    def total(self) -> Segment | None:
        """From arrival to release; None where one of them is not known."""
        arrived, released = self.times[ARRIVAL], self.times[RELEASE]
        if arrived is None or released is None:
            return None
        return Segment(ARRIVAL, RELEASE, max(0.0, released - arrived) / HOUR, released < arrived)

    def contributions(self) -> list[tuple[int, float]]:
        """(step, hours) of the way to each step, counted between arrival and release only: they add up to the total."""
        arrived, released = self.times[ARRIVAL], self.times[RELEASE]
        if arrived is None or released is None:
            return []
        latest, found = arrived, []
        for step in range(1, RELEASE + 1):
            at = self.times[step]
            if at is not None:
                at = max(latest, min(at, released))
                found.append((step, (at - latest) / HOUR))
                latest = at
        return found

    def state(self) -> list[Any]:
        return list(astuple(self))
