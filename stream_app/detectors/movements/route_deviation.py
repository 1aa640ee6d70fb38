"""Places that are not on the way: neither the lane's usual ones, nor among those that were planned for this voyage.

The lane is where the container was first seen and where it is planned to go. Misses: a detour to a usual hub of the lane.
"""

from math import log

from stream_app.contracts.assessment import Reason
from stream_app.detectors.movements.base import ARRIVAL, Move, MovementDetector, group_code, group_codes
from stream_app.detectors.movements.steps import Step
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import Array
from stream_app.learning.hashed import HashedTable
from stream_app.learning.incidence import Incidence
from stream_app.learning.transitions import Transitions

OFF_PLAN = 0.05
"""Share of places that no plan names, before any is known."""


class RouteDeviation(MovementDetector):
    """The Markov surprise of the next place on the lane; a planned place is none, and one beside the plans counts as rarely as that happens."""

    needs = ARRIVAL
    weight = 1.5
    quiet = 3.0

    def __init__(self, max_keys: int = 100_000) -> None:
        self.max_keys = max_keys
        self._places = Transitions(max_keys, strength=2.0, unseen=0.05)
        self._off_plan = Incidence(1_024, OFF_PLAN)

    def score_one(self, x: Move) -> float | None:
        """Nats; None where the container stays where it was, 0 for a place that was planned."""
        if not _arrives(x):
            return None
        plan = _is_planned(x)
        if plan is True:
            return 0.0
        excess = self._places.followed(_contexts(x), _code(x.step), x.growth).excess
        # A place that is usual on the lane is no deviation because its plan did not reach us.
        return excess + (self._rarely_off_plan(x) if plan is False and excess > 0.0 else 0.0)

    def learn_one(self, x: Move) -> None:
        if not _arrives(x):
            return
        self._places.learn(_contexts(x), _code(x.step), x.growth)
        plan = _is_planned(x)
        if plan is not None:
            self._off_plan.count(_plans(x), not plan, x.growth)

    def explain_one(self, x: Move) -> list[Reason]:
        """The lane and its usual places; and the plan, where there is one that does not have the place."""
        if not _arrives(x) or _is_planned(x):
            return []
        followed = self._places.followed(_contexts(x), _code(x.step), x.growth)
        found = []
        if followed.level >= 0 and followed.excess > 0.0:
            path = [step(*_levels(x)[followed.level], n=followed.n, value=followed.both / followed.n if followed.n else None)]
            details: dict[str, float | str] = {"both": round(followed.both, 1)}
            found.append(reason("route_deviation", "route_deviation", actual=x.step.location, path=path, impact=followed.excess, details=details))
        if _is_planned(x) is False:
            share, n, _ = self._off_plan.share(_plans(x), x.growth)
            path = [step("planned_places_of", x.step.type, n=n, value=share)]
            found.append(reason("route_off_plan", "route_deviation", actual=x.step.location, path=path, impact=-log(share), typical=share))
        return found

    def _rarely_off_plan(self, x: Move) -> float:
        return -log(self._off_plan.share(_plans(x), x.growth)[0])

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return self._places.table, self._off_plan.table


def _plans(x: Move) -> Array:
    """Ships' calls are planned; the ways of lorries are in no plan."""
    return group_codes(("planned_places_of", x.step.type), ("planned_places",))


def _arrives(x: Move) -> bool:
    last = x.previous
    return x.step.location is not None and last is not None and last.location is not None and last.location != x.step.location


def _is_planned(x: Move) -> bool | None:
    """None where nothing was planned for this voyage."""
    places = {plan.location for plan in x.planned if plan.location is not None}
    return x.step.location in places if places else None


def _levels(x: Move) -> tuple[tuple[str, ...], ...]:
    """Narrowest first."""
    last, origin = x.previous, x.voyage[0].country or "-"
    kind = f"{x.step.type} (empty)" if x.step.laden is False else x.step.type
    here = (last.location if last else None) or "-"
    return (
        ("way_from_on_lane", origin, x.destination() or "-", here, kind),
        ("way_from_of", origin, here, kind),
        ("way_from", here, kind),
        ("way", kind),
    )


def _contexts(x: Move) -> Array:
    """Worked out once a step."""
    if "route" not in x.asked:
        x.asked["route"] = group_codes(*_levels(x))
    found: Array = x.asked["route"]
    return found


def _code(here: Step) -> int:
    return group_code("place", here.location)
