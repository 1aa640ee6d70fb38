"""What should have happened by now: containers that were declared, or planned to be discharged, and were not seen.

A deadline passes when the stream's time does. Misses: what comes within the days of grace, and is another container.
"""

import heapq
from math import log
from typing import NamedTuple

from stream_app.contracts.assessment import Reason
from stream_app.detectors.movements.base import group_codes
from stream_app.explain.reasons import reason, step
from stream_app.learning.decay import DAY
from stream_app.learning.incidence import Incidence
from stream_app.learning.plain import PART, Queue

SHORTLANDED, NEVER_ARRIVED = "shortlanded", "never_arrived"
CERTAIN = 3.5
"""Nats: kept in all but three of a hundred cases."""
PRIOR, STRENGTH = 0.02, 50.0


class Deadline(NamedTuple):
    """By when a container should have been seen (seconds since 1970), at which place, and by which document."""

    at: float
    equipment_id: str
    typology: str
    document: str
    place: str


class Deadlines:
    """The next ones first, at most `max_deadlines`; later ones than those are not watched, and counted."""

    KEEPS = {"forgotten": int, "watched": Queue(tuple[str, float, str, str, str]), "_missed": PART}

    def __init__(self, days: float, max_deadlines: int) -> None:
        self.days = days
        self.max_deadlines = max_deadlines
        self.forgotten = 0
        self._heap: list[Deadline] = []
        self._missed = Incidence(1_024, PRIOR, STRENGTH)

    def add(self, since: float, equipment_id: str, typology: str, document: str, place: str) -> None:
        if len(self._heap) >= self.max_deadlines:
            self.forgotten += 1
            return
        heapq.heappush(self._heap, Deadline(since + self.days * DAY, equipment_id, typology, document, place))

    @property
    def watched(self) -> list[tuple[str, float, str, str, str]]:
        """In the order of the heap, each with its container first."""
        return [(equipment_id, at, typology, document, place) for at, equipment_id, typology, document, place in self._heap]

    @watched.setter
    def watched(self, rows: list[tuple[str, float, str, str, str]]) -> None:
        if len(rows) > self.max_deadlines:
            raise ValueError("watches more deadlines than there is room for")
        self._heap = [Deadline(at, equipment_id, typology, document, place) for equipment_id, at, typology, document, place in rows]
        heapq.heapify(self._heap)

    def passed(self, now: float) -> list[Deadline]:
        """Those that have passed by now, taken off."""
        found = []
        while self._heap and self._heap[0].at <= now:
            found.append(heapq.heappop(self._heap))
        return found

    def judge(self, deadline: Deadline, missed: bool, growth: float) -> tuple[float, list[Reason]]:
        """Nats by which it is unusual that it was missed, 0 where it was kept, and why; and learned."""
        codes = group_codes((deadline.typology, deadline.place), (deadline.typology,))
        share, n, _ = self._missed.share(codes, growth)
        self._missed.count(codes, missed, growth)
        if not missed:
            return 0.0, []
        name = "planned_discharges" if deadline.typology == SHORTLANDED else "declared_containers"
        path = [step(name, n=n, value=share)]
        actual = deadline.place if deadline.typology == SHORTLANDED else self.days
        return -log(share), [reason(deadline.typology, deadline.typology, actual=actual, path=path, impact=-log(share), details={"days": self.days})]

    def __len__(self) -> int:
        return len(self._heap)
