"""What was weighed against the gross mass that was declared for the goods, and the container's own: one of the two hides something.

Scales err by a share of all that stands on them, so the whole is compared: ten kilogrammes more or less say nothing of a box of feathers.

Only where a declaration has one container, since its masses are those of its goods and not of its containers. Misses: a false mass that both
the shipper's weighing and the declaration state.
"""

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.contracts.declared import Declared
from stream_app.detectors.movements.base import DECLARATION, MASS, Move, MovementDetector, group_codes
from stream_app.detectors.movements.empty_full import TARES_KG
from stream_app.detectors.movements.masses import FINER, distribution, stretched, usual_kg
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import Array
from stream_app.learning.hashed import HashedTable
from stream_app.learning.peers import PeerSpread, Spread

LEARNED = 1.0
"""As in mass_change; papers err by more than scales do."""
BELOW = 0.2
"""What the surprise weighs of goods that are lighter than declared: they hide nothing in the box, and people round up."""


class MassMismatch(MovementDetector):
    """ln of the weighed mass over that of declared goods in such a container, against what the two usually differ by, two-sided."""

    joins = True
    needs = MASS | DECLARATION
    quiet = 2.0
    certain = 10.0

    def __init__(self, max_keys: int = 1_024, min_peers: float = 10.0) -> None:
        self.max_keys = max_keys
        self.min_peers = min_peers
        self._peers = PeerSpread([(0, -1, False, 1.0)], max_keys, min_peers, mean_strength=5.0, variance_strength=10.0, clip=3.0)

    def score_one(self, x: Move) -> float | None:
        """Nats; None where not both masses are known, and until `min_peers` pairs are."""
        masses = _masses(x)
        spread = self._spread(x) if masses else None
        return None if masses is None or spread is None else spread.surprise(_value(masses), BELOW)

    def learn_one(self, x: Move) -> None:
        masses = _masses(x)
        if masses is not None:
            value = min(max(_value(masses), -FINER * LEARNED), FINER * LEARNED)
            self._peers.learn(_groups(x), np.array([value]), x.growth)

    def explain_one(self, x: Move) -> list[Reason]:
        """Both masses, and what the two usually differ by."""
        masses = _masses(x)
        spread = self._spread(x) if masses else None
        if masses is None or spread is None:
            return []
        weighed, expected, declared = masses
        lower, typical, upper = usual_kg(spread, expected)
        return [
            reason(
                f"mass_mismatch_{'low' if _value(masses) < spread.mean else 'high'}",
                "mass_mismatch",
                actual=weighed,
                typical=typical,
                lower=lower,
                upper=upper,
                distribution=distribution(spread, expected),
                path=[step("weighed_and_declared", x.step.gross_mass_method or "-", n=spread.n, value=typical)],
                impact=spread.surprise(_value(masses), BELOW),
                details={"declared": declared.gross_mass_kg or 0.0, "tare": expected - (declared.gross_mass_kg or 0.0)},
            )
        ]

    def declarations(self, x: Move) -> list[Declared]:
        masses = _masses(x)
        return [] if masses is None else [masses[2]]

    def _spread(self, x: Move) -> Spread | None:
        masses = _masses(x)
        if masses is None:
            return None
        (spread,) = self._peers.spreads(_groups(x), np.array([_value(masses)]), x.growth)
        return spread

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._peers.table,)


def _masses(x: Move) -> tuple[float, float, Declared] | None:
    """(weighed mass, the declared one with the container's, the declaration) of this weighing, in kg."""
    weighed = x.step
    declared = next((one for one in reversed(x.declared) if one.gross_mass_kg), None)
    if weighed.gross_mass_kg is None or weighed.laden is False or declared is None or declared.gross_mass_kg is None:
        return None
    tares = (one.tare_mass_kg or TARES_KG.get((one.iso_equipment_code or "")[:1]) for one in reversed(x.voyage))
    tare = next((mass for mass in tares if mass is not None), None)
    return None if tare is None else (weighed.gross_mass_kg, declared.gross_mass_kg + tare, declared)


def _value(masses: tuple[float, float, Declared]) -> float:
    return stretched(masses[0], masses[1])


def _groups(x: Move) -> Array:
    return group_codes(("weighed_and_declared", x.step.gross_mass_method or "-"), ("weighed_and_declared", "-"))
