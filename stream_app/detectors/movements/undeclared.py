"""A discharged container that leaves the port, and nobody has declared what is in it.

Asked at the gate-out: until then a declaration may come. Where containers usually leave without one (transit under other papers, no
declarations in this service), that is no surprise. Misses: what was declared under another container's number.
"""

from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector


class Undeclared(IncidentDetector):
    """Gate-outs after a discharge, with a declaration and without one."""

    asks = frozenset({"GTOT"})
    joins = True
    code = "undeclared"
    prior = 0.05

    def case(self, x: Move) -> Case | None:
        """None for what is empty, or was not discharged here."""
        step = x.step
        if step.type != "GTOT" or step.laden is False or not step.location:
            return None
        landed = next((one for one in reversed(x.voyage[:-1]) if one.type == "DISC" and one.location == step.location), None)
        if landed is None or landed.transshipment:
            return None
        groups = (("gate_outs_at", step.location), ("gate_outs",))
        return Case(not x.declared, groups, actual=step.location, subject=("place", step.location), before=landed)
