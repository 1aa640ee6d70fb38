"""Value for the quantity declared, against the peers of the commodity: under- and over-valuation, and goods under another's code.

Misses: a whole peer group that undervalues together; a false value that stays inside its peers' spread.
"""

from stream_app.detectors.features import NET_MASS, QUANTITY, VALUE
from stream_app.detectors.measures import NOTHING, Measure, PeerMeasureDetector


class UnitValue(PeerMeasureDetector):
    """Customs value per kg and per supplementary unit; where neither is known, of the item as a whole.

    What is declared too cheap pays too little duty; what is declared too dear weighs `above` of it.
    """

    weight = 1.5
    measures = (
        Measure("unit_value", VALUE, NET_MASS),
        Measure("value_per_unit", VALUE, QUANTITY),
        Measure("customs_value", VALUE, NOTHING, stands_in=True),
    )

    def __init__(self, max_keys: int = 100_000, min_peers: float = 3.0, above: float = 0.4) -> None:
        super().__init__(max_keys, min_peers, above)
