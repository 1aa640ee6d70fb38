"""How long a container stays at a place: the stop that nobody ordered, and the one that was far too short.

Seen once it ends: a container that never leaves is never judged. Misses: a stop within the usual time of a slow place.
"""

from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.spans import Group, Span, SpanDetector
from stream_app.detectors.movements.steps import LEAVING
from stream_app.learning.decay import DAY

WEEKDAYS = ("thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday")
"""From 1970-01-01 on."""


class Dwell(SpanDetector):
    """From the first event at a place to each one that leaves it, per place, kind of stay and weekday (UTC) on which it began."""

    asks = LEAVING
    weight = 1.5
    feature = "dwell"

    def span(self, x: Move) -> Span | None:
        step = x.step
        if step.type not in LEAVING or step.location is None:
            return None
        since = x.arrival()
        if since is step:
            return None
        return Span(step.at - since.at, groups(step.location, f"{since.type}-{step.type}", step.facility_type or "-", since.at), since)


def groups(location: str, kind: str, facility_type: str, since: float) -> tuple[Group, ...]:
    """Narrowest first."""
    weekday = WEEKDAYS[int(since // DAY) % 7]
    return (
        ("stay_weekday", location, kind, weekday),
        ("stay_place", location, kind),
        ("stay_country", location[:2], kind),
        ("stay_facility", facility_type, kind),
        ("stay", kind),
    )
