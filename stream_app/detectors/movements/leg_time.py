"""How long a container takes from one place to the next: the lorry that was somewhere else on its way, and the ship that cannot have been.

Seen once it arrives. Misses: a detour within the usual spread of a slow lane.
"""

from math import log2

from stream_app.detectors.movements.base import ARRIVAL, Move
from stream_app.detectors.movements.locations import distance_km
from stream_app.detectors.movements.spans import Span, SpanDetector


class LegTime(SpanDetector):
    """From the last event at one place to the first at the next, per lane and kind of leg."""

    needs = ARRIVAL
    weight = 0.7
    feature = "leg_time"

    def span(self, x: Move) -> Span | None:
        step, last = x.step, x.previous
        if last is None or step.location is None or last.location is None or step.location == last.location:
            return None
        kind = f"{last.type}-{step.type}"
        km = distance_km(last.location, step.location)
        reach = "-" if km is None else str(int(2 * log2(km + 10.0)))
        groups = (
            ("leg_lane", last.location, step.location, kind),
            ("leg_places", last.location, step.location),
            ("leg_countries", last.country, step.country, kind),
            ("leg_reach", kind, reach),
            ("leg", kind),
        )
        return Span(step.at - last.at, groups, last)
