"""Let go, though customs had selected the container and no control is recorded since.

Asked when the container has left, not when it is released: the record of a control comes in some time after it, and the gate is the last
place to stop a container. Misses: a control that is recorded and never happened.
"""

from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector
from stream_app.detectors.movements.steps import LEAVING, Step

SELECTIONS = frozenset({"CUSS", "CUSI"})


class EarlyRelease(IncidentDetector):
    """Containers that leave the place where they were selected: after their control, or before."""

    code = "early_release"
    prior = 0.02
    strength = 50.0

    def case(self, x: Move) -> Case | None:
        """None where nothing was selected, or the container is still there."""
        step, last = x.step, x.previous
        if step.laden is False or last is None or (step.type not in LEAVING and last.location == step.location):
            return None
        selected, controlled = _selection(x.voyage[:-1])
        if selected is None or selected.location is None:
            return None
        out = next((one for one in x.voyage[:-1] if one.at >= selected.at and _out(one, selected)), None)
        if out is not None or not _out(step, selected):
            return None
        groups = (("releases_at", selected.location), ("releases",))
        return Case(not controlled, groups, actual=step.type, subject=("selected_by", selected.type), before=selected)


def _out(step: Step, selected: Step) -> bool:
    """Whether the step shows that the container has left the place of its selection."""
    return step.location is not None and (step.type in LEAVING or step.location != selected.location)


def _selection(steps: list[Step]) -> tuple[Step | None, bool]:
    """The last time that customs selected it, and whether a control is recorded since. One with its result is a control itself."""
    selected, controlled = None, False
    for step in steps:
        if step.type in SELECTIONS and step.control_result is None:
            selected, controlled = step, False
        elif step.type == "INSP" or (step.type in SELECTIONS and step.control_result is not None):
            selected, controlled = selected or step, True
    return selected, controlled
