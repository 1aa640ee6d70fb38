"""Discharged, and not on the manifest: nobody had planned to discharge it here.

The manifest is the planned discharges (DISC, PLN or EST). Where nobody sends any, none is missed. Asked when the container leaves again: plans
come late too. Misses: what was put on the manifest too.
"""

from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector
from stream_app.detectors.movements.steps import LEAVING

ACCOUNTED = 3.0
"""Nats that it says less where a declaration names the container for this port, or it is only transshipped: then its plan may have been lost."""
PAPERS = {True: "accounted for", False: "no papers"}


class Overlanded(IncidentDetector):
    """Discharges that were planned, and those that were not."""

    asks = LEAVING
    code = "overlanded"

    def case(self, x: Move) -> Case | None:
        """None for what leaves a place where it was not discharged, or has left it already."""
        step = x.step
        if step.type not in LEAVING or step.location is None or step.laden is False:
            return None
        stay = [one for one in x.voyage[:-1] if one.location == step.location]
        landed = next((one for one in reversed(stay) if one.type == "DISC"), None)
        if landed is None or any(one.type in LEAVING and one.at >= landed.at for one in stay):
            return None
        planned = any(plan.type == "DISC" and plan.location == step.location for plan in x.planned)
        named = landed.transshipment or any(one.discharge_location == step.location for one in x.declared)
        groups = (("discharges_at", step.location, PAPERS[named]), ("discharges",))
        return Case(not planned, groups, -ACCOUNTED if named else 0.0, actual=step.location, subject=("voyage", landed.voyage or "-"), before=landed)
