"""Masses against each other and against the peers: hidden, missing or invented goods.

The size of a consignment alone says nothing (recall 0.06 on injected KCS masses): only ratios count; the value per kg is `unit_value`'s.
Misses: a false mass with the packages, the gross mass and the value all falsified in step.
"""

from stream_app.detectors.features import GROSS_MASS, NET_MASS, PACKAGES, QUANTITY
from stream_app.detectors.measures import Measure, PeerMeasureDetector


class Mass(PeerMeasureDetector):
    """Gross per net mass, net mass per package and per supplementary unit."""

    measures = (
        Measure("gross_to_net", GROSS_MASS, NET_MASS),
        Measure("mass_per_package", NET_MASS, PACKAGES),
        Measure("mass_per_unit", NET_MASS, QUANTITY),
    )
    weight = 1.0
