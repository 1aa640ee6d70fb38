"""Released, or let out of the gate, though customs had selected the container and no control is recorded since.

Misses: a control that is recorded and never happened.
"""

from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector
from stream_app.detectors.movements.itinerary import Step

RELEASES = frozenset({"CUSR", "GTOT"})
SELECTIONS = frozenset({"CUSS", "CUSI"})


class EarlyRelease(IncidentDetector):
    """Releases of selected containers: after their control, or before."""

    code = "early_release"
    prior = 0.02
    strength = 50.0

    def case(self, x: Move) -> Case | None:
        """None where nothing is released, nothing was selected, or the release was judged already."""
        step = x.step
        if step.type not in RELEASES or step.laden is False:
            return None
        selected, controlled = open_selection(x.voyage[:-1])
        if selected is None or (step.type == "GTOT" and any(one.type == "CUSR" for one in x.voyage[:-1] if one.at >= selected.at)):
            return None
        groups = (("releases_at", step.location or "-"), ("releases",))
        return Case(not controlled, groups, actual=step.type, subject=("selected_by", selected.type), before=selected)


def open_selection(steps: list[Step]) -> tuple[Step | None, bool]:
    """The last time that customs selected it, and whether a control is recorded since. One with its result is a control itself."""
    selected, controlled = None, False
    for step in steps:
        if step.type in SELECTIONS and step.control_result is None:
            selected, controlled = step, False
        elif step.type == "INSP" or (step.type in SELECTIONS and step.control_result is not None):
            selected, controlled = selected or step, True
    return selected, controlled
