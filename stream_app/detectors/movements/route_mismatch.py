"""The way that the declaration tells is not the one that the container took: another country of departure, port, or ship.

Misses: what the declaration leaves out; a ship that was changed on the way is no contradiction where the declaration names the last one.
"""

from stream_app.contracts.declared import Declared
from stream_app.detectors.movements.base import DECLARATION, Move
from stream_app.detectors.movements.incidents import Case, IncidentDetector


class RouteMismatch(IncidentDetector):
    """Asked of imports when the container is discharged from its last ship."""

    asks = frozenset({"DISC"})
    joins = True
    needs = DECLARATION
    code = "route_mismatch"

    def case(self, x: Move) -> Case | None:
        """None where nothing is declared, or the way is not known from its loading on."""
        step = x.step
        if not x.declared or step.type != "DISC" or step.transshipment:
            return None
        declared = x.declared[-1]
        loads = [one for one in x.voyage if one.type == "LOAD" and one.location]
        if declared.direction != "import" or not loads:
            return None
        for told, seen in _pairs(declared, x):
            if told is not None and seen and told not in seen:
                return Case(True, _groups(declared), actual=", ".join(sorted(seen)), subject=("place", told), before=loads[0], declared=declared)
        return Case(False, _groups(declared), declared=declared)


def _pairs(declared: Declared, x: Move) -> list[tuple[str | None, set[str]]]:
    """What the declaration says, and all that would agree with it."""
    step = x.step
    countries = {one.country for one in x.voyage[:-1] if one.location}
    # Where the record of the first loading is lost, the hub is not where the goods were loaded.
    loaded = {one.location for one in x.voyage if one.type == "LOAD" and one.location and not one.transshipment}
    ships = {one.vessel_imo for one in x.voyage if one.vessel_imo}
    return [
        (declared.departure_country, countries),
        (declared.loading_location, loaded),
        (declared.discharge_location, {step.location} if step.location else set()),
        (declared.vessel_imo, ships),
    ]


def _groups(declared: Declared) -> tuple[tuple[str, ...], ...]:
    return (("routes_declared_from", declared.departure_country), ("routes_declared",))
