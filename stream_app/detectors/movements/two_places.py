"""One number in two places: the container stays where it is, and between two events of that stay it is seen somewhere else.

Needs no distances, so it finds two containers under one number in the same town too. Misses: two that never meet in time.
"""

from stream_app.detectors.movements.base import ARRIVAL, Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector, told_late
from stream_app.detectors.movements.steps import LEAVING

ENTERING = frozenset({"GTIN", "DISC", "DROP", "ARRI", "CROS"})


class TwoPlaces(IncidentDetector):
    """A step at a place that it neither left, by the records, nor came back to, while it was elsewhere."""

    needs = ARRIVAL
    weight = 0.3
    certain = 10.0
    code = "two_places"
    prior = 0.005
    strength = 200.0

    def case(self, x: Move) -> Case | None:
        """None where the container was at no other place since it was here."""
        here, last = x.step.location, x.previous
        if here is None or last is None or last.location in (None, here):
            return None
        for before in reversed(x.voyage[:-1]):
            if before.location == here:
                hit = before.type not in LEAVING and x.step.type not in ENTERING
                groups = (("returns_late", told_late(before, last, x.step)), ("returns_to", here), ("returns",))
                return Case(hit, groups, actual=last.location, subject=("place", here), before=before)
        return None
