"""The seals that the declaration names are not those on the container when it is discharged, or first seen after that.

Misses: a declaration without seals.
"""

from stream_app.detectors.movements.base import DECLARATION, SEALS, Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector
from stream_app.detectors.movements.seal_change import OPENED, SEALED_ANEW


class SealMismatch(IncidentDetector):
    """Declared seals against seen ones, before anybody opened the container at home."""

    joins = True
    needs = SEALS | DECLARATION
    code = "seal_mismatch"

    def case(self, x: Move) -> Case | None:
        """None without declared seals, or where nobody looked."""
        step = x.step
        declared = next((one for one in reversed(x.declared) if one.seals), None)
        if declared is None or not step.seals or step.type in SEALED_ANEW or any(one.type in OPENED - {"STUF"} for one in x.voyage[:-1]):
            return None
        hit = not set(declared.seals) & set(step.seals)
        groups = (("seals_declared",),)
        return Case(hit, groups, actual=", ".join(step.seals), subject=("seals", ", ".join(declared.seals)), declared=declared)
