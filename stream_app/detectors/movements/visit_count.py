"""A container that comes back to a place where it has been on the same voyage.

Misses: a way through places that report nothing.
"""

from math import inf, log

from stream_app.detectors.movements.base import ARRIVAL, Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector
from stream_app.detectors.movements.sequence import LOAD_STATES


class VisitCount(IncidentDetector):
    """How many times it has come to this place, against how rarely containers come back there."""

    needs = ARRIVAL
    weight = 0.1
    quiet = 3.0
    code = "visit_count"
    certain = inf
    prior = 0.05
    strength = 20.0

    def case(self, x: Move) -> Case | None:
        """None where the step is no arrival."""
        here, last = x.step.location, x.previous
        if here is None or last is None or last.location == here:
            return None
        visits, before, inside = 1, None, False
        for step in x.voyage[:-1]:
            if step.location == here and not inside:
                visits, before = visits + 1, step
            inside = step.location == here
        state = LOAD_STATES[x.step.laden]
        groups = (("visits_at", here, state), ("visits_by_facility", x.step.facility_type or "-", state), ("visits",))
        # Coming back a third time is as much rarer than a second time as that is than once.
        return Case(visits > 1, groups, log(max(visits - 1, 1)) * 2.0, float(visits), subject=("place", here), before=before)
