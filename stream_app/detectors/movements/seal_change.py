"""A seal that was there and is gone, or bears another number, though nobody recorded an inspection or resealing in between.

Misses: a seal that was copied, number and all; and a box opened without touching its seal.
"""

from stream_app.detectors.movements.base import SEALS, Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector

OPENED = frozenset({"INSP", "CUSI", "RSEA", "RMVD", "STUF", "STRP"})
"""After these a seal may be another one: customs and inspectors open, what is stripped or stuffed is sealed anew. A scan opens nothing."""
SEALED_ANEW = OPENED - {"STRP"}
"""The seals that these tell are those put on then; whoever strips a container tells the ones that it came with."""


class SealChange(IncidentDetector):
    """Seals now against seals when they were last looked at on this voyage."""

    needs = SEALS
    code = "seal_change"

    def case(self, x: Move) -> Case | None:
        """None where seals were not looked at twice, or the container was opened with leave in between."""
        step = x.step
        if step.seals is None or step.laden is False or step.type in SEALED_ANEW:
            return None
        for before in reversed(x.voyage[:-1]):
            if before.type in OPENED:
                return None
            if before.seals:
                groups = (("seals_seen_at", step.location or "-"), ("seals_seen_by", step.type), ("seals_seen",))
                gone = not set(before.seals) <= set(step.seals)
                return Case(gone, groups, actual=", ".join(step.seals) or "-", subject=("seals", ", ".join(before.seals)), before=before)
        return None
