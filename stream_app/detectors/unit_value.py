"""Value for the quantity declared, against the peers of the commodity: under- and over-valuation, and goods under another's code.

Misses: a whole peer group that undervalues together; a false value that stays inside its peers' spread.
"""

from math import log

from stream_app.detectors.features import Features
from stream_app.detectors.measures import Measure, PeerMeasureDetector, Value
from stream_app.learning.peers import Spread, surprise


class UnitValue(PeerMeasureDetector):
    """Customs value per kg and per supplementary unit; where neither is known, of the item as a whole."""

    measures = (
        Measure("unit_value", "accounting currency per kg", "unit value of {} per kg"),
        Measure("value_per_unit", "accounting currency per supplementary unit", "value of {} per supplementary unit"),
        Measure("customs_value", "accounting currency", "customs value of {}"),
    )

    def __init__(self, max_keys: int = 100_000, min_peers: float = 3.0, above: float = 0.4) -> None:
        super().__init__(max_keys, min_peers)
        self.above = above

    def _impact(self, value: float, peers: Spread) -> float:
        """What is declared too cheap pays too little duty; what is declared too dear weighs `above` of it."""
        nats = surprise(value, peers)
        return nats if value < peers.mean else self.above * nats

    def values(self, x: Features) -> list[Value]:
        value = x.log_value
        if value is None:
            return []
        found = []
        if x.log_net_mass is not None:
            found.append((0, value - x.log_net_mass))
        if quantity := x.item.supplementary_quantity:
            found.append((1, value - log(quantity)))
        return found or [(2, value)]
