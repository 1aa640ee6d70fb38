"""From CIF to FOB: what freight and insurance add to the value of an import, by lane.

Default: 10 % (Hummels and Lugovskyy, "Are matched partner trade statistics a usable measure of transportation costs?", Review of International
Economics 14(1), 2006, on why one factor is a rough one). An administration that knows its lanes sets theirs; or they are fitted: ln of the ratio of
unit values as constant + b1 ln distance + b2 contiguity, by weighted least squares (Gaulier and Zignago, "BACI", CEPII working paper 2010-23,
section 2.3), and what is fitted is held within 0 to 20 %.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, log
from typing import NamedTuple

import numpy as np

DEFAULT = 0.10
LEAST, MOST = 0.0, 0.20
ENOUGH = 30
"""Observations that a fit needs."""
FARTHEST = log(2.0)
"""Ratios of unit values beyond this are no freight, but something else; they are left out of the fit."""


class Lane(NamedTuple):
    """Where a partner lies: distance in km, and whether it shares a border."""

    distance_km: float
    contiguous: bool = False


class Observed(NamedTuple):
    """ln(unit value of imports CIF / of exports FOB) of a partner's cell, and min(q) / max(q) as its weight."""

    partner: str
    log_ratio: float
    weight: float


@dataclass(frozen=True, slots=True)
class Freight:
    """`by_lane`: factors that are known, such as {"CN": 0.07}; they win over fitted ones, and these over the default."""

    default: float = DEFAULT
    by_lane: Mapping[str, float] = field(default_factory=dict)
    fitted: Mapping[str, float] = field(default_factory=dict)

    def factor(self, partner: str) -> float:
        """What is added to FOB, as a share of it."""
        return self.by_lane.get(partner, self.fitted.get(partner, self.default))

    def free_on_board(self, cif: float, partner: str) -> float:
        return cif / (1.0 + self.factor(partner))

    def source(self, partner: str) -> str:
        """lane, fitted or default."""
        return "lane" if partner in self.by_lane else "fitted" if partner in self.fitted else "default"


def fit(observed: Iterable[Observed], lanes: Mapping[str, Lane]) -> dict[str, float]:
    """A factor for every lane of known distance, within LEAST and MOST; {} from fewer than ENOUGH observations or fewer than three distances."""
    used = [one for one in observed if one.partner in lanes and abs(one.log_ratio) <= FARTHEST and one.weight > 0.0]
    if len(used) < ENOUGH or len({lanes[one.partner] for one in used}) < 3:
        return {}
    terms = np.array([_terms(lanes[one.partner]) for one in used])
    scale = np.sqrt([one.weight for one in used])
    answer, *_ = np.linalg.lstsq(terms * scale[:, None], np.array([one.log_ratio for one in used]) * scale, rcond=None)
    return {partner: min(max(exp(float(np.dot(_terms(lane), answer))) - 1.0, LEAST), MOST) for partner, lane in sorted(lanes.items())}


def _terms(lane: Lane) -> tuple[float, float, float]:
    return 1.0, log(max(lane.distance_km, 1.0)), float(lane.contiguous)
