"""What comes from beyond the declarations: seizures on the same route and gaps to partners' exports, as log-odds on top of the heads.

They move what the heads say of an item, not what the heads learn. Without such data nothing changes, to the bit.
"""

from math import exp, floor
from typing import NamedTuple

from stream_app.contracts.assessment import Reason
from stream_app.contracts.seizure import conveyance_of
from stream_app.detectors.features import Features
from stream_app.explain.reasons import reason, step
from stream_app.instruments.mirror.gaps import UNDER
from stream_app.instruments.mirror.priors import GapPriors
from stream_app.instruments.mirror.priors import Raised as Gap
from stream_app.instruments.seizures.risk import Raised as Seized
from stream_app.instruments.seizures.risk import Route, SeizureRisk
from stream_app.learning.decay import DAY
from stream_app.learning.odds import log_odds, probability


class Told(NamedTuple):
    """Log-odds to add to what the heads say of an item: for an irregularity, and for a critical finding."""

    irregular: float
    critical: float


class Priors:
    """One of a worker, for all its engines: the shell keeps it up to date, as it does the control lists."""

    def __init__(self, seizures: SeizureRisk | None = None, gaps: GapPriors | None = None) -> None:
        self.seizures = SeizureRisk() if seizures is None else seizures
        self.gaps = GapPriors() if gaps is None else gaps

    @property
    def are_silent(self) -> bool:
        """Whether nothing was told at all."""
        return not len(self.seizures) and not len(self.gaps)

    def told(self, x: Features) -> Told | None:
        """None where neither speaks of the item, as of when it was lodged."""
        at = x.declaration.lodged_epoch
        seized, gap = self.seizures.log_odds(_route(x), at), self._gap(x)
        if gap is None:
            return None if seized is None else Told(*seized)
        irregular, critical = seized or (0.0, 0.0)
        return Told(irregular + gap.log_odds, critical)

    def _gap(self, x: Features) -> Gap | None:
        declaration = x.declaration
        return self.gaps.raised(x.hs6, declaration.departure_country, declaration.trader_id, declaration.lodged_epoch)

    def explain(self, x: Features) -> list[Reason]:
        """In words, by what it is: an intelligence picture, not what controls of such goods found."""
        at = x.declaration.lodged_epoch
        gap, seized = self._gap(x), self.seizures.raised(*_route(x), at)
        reasons = [] if gap is None else [_of_gap(x, gap)]
        # A chapter alone is no picture: there has hardly ever been a chapter without a seizure.
        if seized is not None and len(seized.key) > 1:
            reasons.append(_of_seizures(seized, at))
        return reasons


def _route(x: Features) -> Route:
    declaration = x.declaration
    return x.hs6[:2], x.item.origin_country, declaration.departure_country, conveyance_of(declaration.transport_mode)


def moved(p: float, further: float) -> float:
    """A probability with log-odds added."""
    return probability(log_odds(p) + further) if further else p


def _of_seizures(found: Seized, now: float) -> Reason:
    path = [step(level, *key, n=n) for level, key, n in found.path]
    details: dict[str, float | str] = {
        "decayed": round(found.decayed, 3),
        "group": found.commodity_group,
        "days": max(0.0, float(floor((now - found.latest) / DAY))),
        "times": round(exp(found.irregular), 3),
    }
    return reason("seizures_before", "seizures", actual=float(found.cases), path=path, impact=found.irregular, details=details)


def _of_gap(x: Features, found: Gap) -> Reason:
    path = [step("hs6_partner", x.hs6, x.declaration.departure_country, n=1.0)]
    # What was declared to be worth nothing has no logarithm.
    share = exp(found.gap) if found.gap is not None else 0.0 if found.kind == UNDER else None
    days = max(0.0, float(floor((x.declaration.lodged_epoch - found.told) / DAY)))
    return reason(f"mirror_{found.kind}", "mirror_gap", actual=share, path=path, impact=found.log_odds, details={"days": days})
