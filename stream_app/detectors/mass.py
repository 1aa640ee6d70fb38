"""Masses against each other and against the peers: hidden, missing or invented goods.

Misses: a false mass with the packages, the gross mass and the value all falsified in step.
"""

from stream_app.detectors.features import GROSS_MASS, NET_MASS, PACKAGES, QUANTITY
from stream_app.detectors.measures import Measure, PeerMeasureDetector


class Mass(PeerMeasureDetector):
    """Net mass of the item, gross per net mass, net mass per package and per supplementary unit."""

    measures = (
        Measure("net_mass", NET_MASS),
        Measure("gross_to_net", GROSS_MASS, NET_MASS),
        Measure("mass_per_package", NET_MASS, PACKAGES),
        Measure("mass_per_unit", NET_MASS, QUANTITY),
    )
    weight = 0.3
