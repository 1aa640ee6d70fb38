"""Goods that do not come from there, on that route, under that preference, to that trader: a code that is not theirs.

Misses: a false code of goods that come the same way; the first consignments of an honest new line look as odd.
"""

from stream_app.detectors.contexts import ContextDetector
from stream_app.detectors.features import DECLARANT, DEPARTURE, HS6, MODE, OFFICE, ORIGIN, PREFERENCE, TRADER


class OddGoods(ContextDetector):
    """The HS6 against origin, departure, preference, mode, office, trader and declarant."""

    weight = 0.3
    code = "odd_goods"
    attribute = HS6
    contexts = (ORIGIN, DEPARTURE, PREFERENCE, MODE, OFFICE, TRADER, DECLARANT)
