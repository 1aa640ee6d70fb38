"""Masses against each other and against the peers: hidden, missing or invented goods.

Misses: a false mass with the packages, the gross mass and the value all falsified in step.
"""

from math import log

from stream_app.detectors.features import Features
from stream_app.detectors.measures import Measure, PeerMeasureDetector, Value


class Mass(PeerMeasureDetector):
    """Net mass of the item, gross per net mass, net mass per package and per supplementary unit."""

    measures = (
        Measure("net_mass", "kg", "net mass of {} kg"),
        Measure("gross_to_net", "kg gross per kg net", "gross mass of {} times the net mass"),
        Measure("mass_per_package", "kg per package", "net mass of {} kg per package"),
        Measure("mass_per_unit", "kg per supplementary unit", "net mass of {} kg per supplementary unit"),
    )
    weight = 0.3

    def values(self, x: Features) -> list[Value]:
        net = x.log_net_mass
        if net is None:
            return []
        item = x.item
        found = [(0, net)]
        if gross := item.gross_mass_kg:
            found.append((1, log(gross) - net))
        if packages := item.packages:
            found.append((2, net - log(packages)))
        if quantity := item.supplementary_quantity:
            found.append((3, net - log(quantity)))
        return found
