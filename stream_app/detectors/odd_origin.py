"""An origin that does not belong to the goods, the route, the claimed preference and the declarant.

Misses: a false origin that is usual for these goods on this route; an origin that all of a trade changed to at once, once it was learned.
"""

from stream_app.detectors.contexts import ContextDetector
from stream_app.detectors.features import DECLARANT, DEPARTURE, HS2, HS6, ORIGIN, PREFERENCE


class OddOrigin(ContextDetector):
    """The country of origin against HS6, chapter, departure, preference and declarant."""

    weight = 0.7
    code = "odd_origin"
    attribute = ORIGIN
    contexts = (HS6, HS2, DEPARTURE, PREFERENCE, DECLARANT)
