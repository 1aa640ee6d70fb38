"""A laden container that weighs more, or less, than when it was last weighed on this voyage, and nobody stuffed or stripped it since.

Misses: goods exchanged for others of the same mass; a difference within what the two methods usually differ by.
"""

from math import exp
from typing import NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.movements.base import MASS, Move, MovementDetector, group_codes
from stream_app.detectors.movements.masses import FINER, credible_kg, distribution, stretched, usual_kg
from stream_app.detectors.movements.steps import Step
from stream_app.explain.reasons import reason, step
from stream_app.learning.hashed import HashedTable
from stream_app.learning.peers import PeerSpread, Spread

LEARNED = 0.25
"""The most that is learned of a ratio's logarithm: one wrong scale among the first is not to become what is usual."""


class Weighings(NamedTuple):
    before: Step
    now: Step

    @property
    def value(self) -> float:
        """As `stretched`: the mass now over the mass before."""
        return stretched(self.now.gross_mass_kg, self.before.gross_mass_kg)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        return (("weighed_by", self.before.gross_mass_method or "-", self.now.gross_mass_method or "-"), ("weighed",))


class MassChange(MovementDetector):
    """ln of mass over mass, against what two weighings by these methods usually differ by, two-sided."""

    needs = MASS
    weight = 1.0
    quiet = 2.0
    certain = 10.0

    def __init__(self, max_keys: int = 1_024, min_peers: float = 10.0) -> None:
        self.max_keys = max_keys
        self.min_peers = min_peers
        self._peers = PeerSpread([(0, -1, False, 1.0)], max_keys, min_peers, mean_strength=5.0, variance_strength=10.0, clip=3.0)

    def score_one(self, x: Move) -> float | None:
        """Nats; None without two weighings of the same load, and until `min_peers` pairs are known."""
        pair = weighings(x)
        if pair is None:
            return None
        spread = self._spread(x, pair)
        return None if spread is None else spread.surprise(pair.value)

    def learn_one(self, x: Move) -> None:
        pair = weighings(x)
        if pair is not None:
            value = min(max(pair.value, -FINER * LEARNED), FINER * LEARNED)
            self._peers.learn(group_codes(*pair.groups), np.array([value]), x.growth)

    def explain_one(self, x: Move) -> list[Reason]:
        """Both masses, and what two weighings usually differ by."""
        pair = weighings(x)
        spread = self._spread(x, pair) if pair else None
        if pair is None or spread is None:
            return []
        before = credible_kg(pair.before.gross_mass_kg)
        levels = self._peers.levels(group_codes(*pair.groups), 0, x.growth)
        path = [
            step(*group, n=own.n, value=before * exp(own.mean / FINER) if own.n else None) for group, own in zip(pair.groups, levels, strict=True)
        ]
        path.reverse()
        side = "low" if pair.value < spread.mean else "high"
        lower, typical, upper = usual_kg(spread, before)
        return [
            reason(
                f"mass_change_{side}",
                "mass_change",
                actual=pair.now.gross_mass_kg,
                typical=typical,
                lower=lower,
                upper=upper,
                distribution=distribution(spread, before),
                path=path,
                speaks=len(path) - 1 - spread.level,
                impact=spread.surprise(pair.value),
                details={"before": before},
            )
        ]

    def witnesses(self, x: Move) -> list[Step]:
        pair = weighings(x)
        return [] if pair is None else [pair.before]

    def _spread(self, x: Move, pair: Weighings) -> Spread | None:
        (spread,) = self._peers.spreads(group_codes(*pair.groups), np.array([pair.value]), x.growth)
        return spread

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._peers.table,)


def weighings(x: Move) -> Weighings | None:
    """This weighing and the last one of the same load; None where it was not weighed, or only once."""
    now = x.step
    if now.gross_mass_kg is None or now.laden is False or now.type in ("STUF", "STRP"):
        return None
    for before in reversed(x.voyage[:-1]):
        if before.type == "STRP" or before.laden is False:
            return None
        if before.gross_mass_kg is not None:
            return Weighings(before, now)
        if before.type == "STUF":
            return None
    return None
