"""Masses against each other and against the peers: hidden, missing or invented goods.

Misses: a false mass with the packages, the gross mass and the value all falsified in step.
"""

from math import log

from stream_app.detectors.features import Features
from stream_app.detectors.measures import Measure, PeerMeasureDetector


class Mass(PeerMeasureDetector):
    """Net mass of the item, gross per net mass, net mass per package and per supplementary unit."""

    weight = 0.3
    features = ("net_mass", "gross_to_net", "mass_per_package", "mass_per_unit")

    def measures(self, x: Features) -> list[Measure]:
        net = x.log_net_mass
        if net is None:
            return []
        item = x.item
        found = [Measure("net_mass", "kg", net)]
        if gross := item.gross_mass_kg:
            found.append(Measure("gross_to_net", "kg gross per kg net", log(gross) - net))
        if packages := item.packages:
            found.append(Measure("mass_per_package", "kg per package", net - log(packages)))
        if quantity := item.supplementary_quantity:
            found.append(Measure("mass_per_unit", "kg per supplementary unit", net - log(quantity)))
        return found
