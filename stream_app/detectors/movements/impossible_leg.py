"""Two places that are too far apart for the time between them: one number, and two containers.

Great circles are shorter than ways, so what is impossible along them is impossible. Misses: places that the table does not know, and a
second container that is moved about as fast as the first could be.
"""

from math import log
from typing import NamedTuple

from stream_app.contracts.assessment import Reason
from stream_app.detectors.movements.base import ARRIVAL, Move, MovementDetector, group_codes
from stream_app.detectors.movements.locations import distance_km
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import Array
from stream_app.learning.hashed import HashedTable
from stream_app.learning.incidence import Incidence

SPEEDS_KM_H = {"VESSEL": 50.0, "BARGE": 25.0, "RAIL": 140.0, "TRUCK": 110.0, "-": 110.0}
"""The most that a mode does: 27 knots, and lorries without a rest. Containers do not fly."""
BEYOND = 25.0
"""Kilometres that two places may be nearer than the table has them: terminals lie outside their towns."""
CLOCKS_H = 1.0
"""Hours that two clocks may disagree."""
RARE = 0.002
"""Share of legs that are impossible by somebody's mistake, before any is known."""


class Leg(NamedTuple):
    km: float
    hours: float
    mode: str
    times: float
    """How many times too fast; 1 or less is possible."""


class ImpossibleLeg(MovementDetector):
    """How rare impossible legs are in this mode, and how many times too fast this one is."""

    needs = ARRIVAL
    quiet = 3.0
    certain = 7.0

    def __init__(self, max_keys: int = 1_024) -> None:
        self.max_keys = max_keys
        self._rate = Incidence(max_keys, RARE, strength=1_000.0)

    def score_one(self, x: Move) -> float | None:
        """Nats; None where there is no leg between known places."""
        leg = leg_of(x)
        if leg is None:
            return None
        return 0.0 if leg.times <= 1.0 else log(leg.times) - log(self._share(x, leg.mode))

    def learn_one(self, x: Move) -> None:
        leg = leg_of(x)
        if leg is not None:
            self._rate.count(_groups(leg.mode), leg.times > 1.0, x.growth)

    def explain_one(self, x: Move) -> list[Reason]:
        """The speed that it would have taken."""
        leg, last = leg_of(x), x.previous
        if leg is None or last is None or leg.times <= 1.0:
            return []
        share = self._share(x, leg.mode)
        n = self._rate.share(_groups(leg.mode), x.growth)[1]
        path = [step("legs_of_mode", leg.mode, n=n, value=share), step("leg_places", last.location or "-", x.step.location or "-", n=n)]
        details: dict[str, float | str] = {"km": round(leg.km), "hours": round(leg.hours, 2)}
        speed = leg.times * SPEEDS_KM_H[leg.mode]
        impact = log(leg.times) - log(share)
        return [reason("impossible_leg", "impossible_leg", actual=speed, upper=SPEEDS_KM_H[leg.mode], path=path, impact=impact, details=details)]

    def _share(self, x: Move, mode: str) -> float:
        return self._rate.share(_groups(mode), x.growth)[0]

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._rate.table,)


def leg_of(x: Move) -> Leg | None:
    """The leg that ends with the step."""
    last = x.previous
    km = distance_km(last.location, x.step.location) if last else None
    if last is None or not km:
        return None
    # The faster of the two; of equals always the same one, in every process.
    mode = max(last.mode or "-", x.step.mode or "-", key=lambda mode: (SPEEDS_KM_H[mode], mode))
    hours = (x.step.at - last.at) / 3_600.0
    return Leg(km, hours, mode, max(km - BEYOND, 0.0) / (SPEEDS_KM_H[mode] * (hours + CLOCKS_H)))


def _groups(mode: str) -> Array:
    return group_codes(("legs_of_mode", mode), ("legs",))
