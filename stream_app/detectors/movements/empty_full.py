"""Laden that is empty, and empty that is laden: the load changed, and nobody stuffed or stripped; or it weighs what the box alone weighs.

Misses: a load that was exchanged for another one of the same mass.
"""

from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.incidents import Case, Groups, IncidentDetector, told_late
from stream_app.detectors.movements.steps import Step

CHANGES = {True: frozenset({"STUF"}), False: frozenset({"STRP", "RMVD"})}
"""What makes a container laden, and what makes it empty."""
TARES_KG = {"2": 2_200.0, "4": 3_800.0, "L": 4_800.0, "M": 4_800.0}
"""Of an empty container whose tare nobody says, by the first character of its ISO 6346 size code: 20, 40, 45 feet."""
FEATHERS = 2.0
"""Nats that a mass proves less than a word: there are loads that weigh next to nothing."""
SCALE_KG = 20.0
"""The division of a weighbridge, which tells no lighter load from none."""


class EmptyFull(IncidentDetector):
    """The load as it is told at this step against the last time it was told, against the plan, and against the scale."""

    certain = 9.0
    code = "empty_full"

    def case(self, x: Move) -> Case | None:
        """None where nobody says whether the container is laden."""
        step = x.step
        if step.laden is None:
            return None
        if step.laden and step.gross_mass_kg is not None:
            tare = step.tare_mass_kg or TARES_KG.get((step.iso_equipment_code or "")[:1])
            if tare is not None:
                hit = step.gross_mass_kg <= tare + SCALE_KG
                if hit and any(one.gross_mass_kg is not None and one.gross_mass_kg <= 2 * SCALE_KG for one in x.declared):
                    return None
                mass, subject = step.gross_mass_kg, ("load_state", "laden")
                return Case(hit, (("loads_weighed",),), -FEATHERS, mass, tare, subject, code="empty_full_mass")
        return self._against_earlier(x, step.laden) or self._against_plan(x, step.laden)

    @staticmethod
    def _against_earlier(x: Move, laden: bool) -> Case | None:
        if x.step.type in CHANGES[laden]:
            return None
        for before in reversed(x.voyage[:-1]):
            if before.laden is not None:
                hit = before.laden is not laden and before.type not in CHANGES[laden]
                return Case(hit, _groups(before, x.step), actual=_state(laden), subject=("load_state", _state(before.laden)), before=before)
            if before.type in CHANGES[laden]:
                return None
        return None

    @staticmethod
    def _against_plan(x: Move, laden: bool) -> Case | None:
        plans = [plan for plan in x.planned if plan.laden is not None and (plan.type, plan.location) == (x.step.type, x.step.location)]
        if not plans:
            return None
        planned = bool(plans[-1].laden)
        return Case(planned is not laden, (("loads_planned",),), actual=_state(laden), subject=("load_state", _state(planned)))


def _state(laden: bool) -> str:
    return "laden" if laden else "empty"


def _groups(before: Step, now: Step) -> Groups:
    """What is told late is often told wrong: empty containers are seldom loaded, but often dated a day too early."""
    state = _state(before.laden is True)
    return (
        ("loads_told_late", before.type, now.type, state, told_late(before, now)),
        ("loads_told", state, before.type, now.type),
        ("loads_told_by", now.type),
        ("loads",),
    )
