"""Discharged, and not on the manifest: nobody had planned to discharge it here.

The manifest is the planned discharges (DISC, PLN or EST). Where nobody sends any, none is missed. Misses: what was put on the manifest too.
"""

from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector


class Overlanded(IncidentDetector):
    """Discharges that were planned, and those that were not."""

    code = "overlanded"

    def case(self, x: Move) -> Case | None:
        """None for what is no discharge of a voyage that the records show from before the ship."""
        step = x.step
        if step.type != "DISC" or step.location is None or step.laden is False:
            return None
        planned = any(plan.type == "DISC" and plan.location == step.location for plan in x.planned)
        groups = (("discharges_at", step.location), ("discharges",))
        return Case(not planned, groups, actual=step.location, subject=("voyage", step.voyage or "-"))
