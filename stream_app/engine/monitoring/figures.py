"""How often the service is right: decayed figures of one partition, which add up over partitions."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from stream_app.engine.monitoring.groups import Groups
from stream_app.engine.monitoring.notes import Batch
from stream_app.engine.monitoring.waiting import Control
from stream_app.learning.decay import growth
from stream_app.learning.intervals import Rate
from stream_app.learning.scored import AMENDED, NEVER_SEEN, NEW_TRADER, SAMPLED, SELECTED
from stream_app.learning.tally import Design, Tally

SCORE = "score:"
SEGMENTS = {"all": 0, "never_seen": NEVER_SEEN, "new_trader": NEW_TRADER}
HIT_RATE, IRREGULAR_SHARE, PRECISION, HITS_BY_LANE = "hit_rate", "irregular_share", "precision", "hits_by_lane"


ALIKE = ("anomaly", "non_compliance")
PULL = 50.0


class Key(NamedTuple):
    """One figure: its name, the dimension (sample, head, reason, lane, office, detector) and value it is told of, one of SEGMENTS."""

    name: str
    by: str
    of: str
    segment: str


ALL_ITEMS = Key(IRREGULAR_SHARE, "sample", "all_items", "all")


class Figures:
    """Counts controls as they are decided. The number of figures is bounded by the vocabularies of Groups."""

    KEEPS = {"tallies": dict[Key, Tally], "design": Design, "begun": float | None, "changed": set[Key]}

    def __init__(self, half_life_days: float, groups: Groups) -> None:
        self._half_life = half_life_days
        self._groups = groups
        self.tallies: dict[Key, Tally] = {}
        self.design = Design.empty()
        self.begun: float | None = None
        self.changed: set[Key] = set()
        """Figures that moved since this was last cleared."""

    def scored(self, batch: Batch, at: float) -> None:
        """Count what the policy could have chosen from; a later version of a declaration is no other item."""
        propensity = batch.rows["propensity"][batch.rows["flags"] & AMENDED == 0]
        certain, never = int(np.count_nonzero(propensity >= 1.0)), int(np.count_nonzero(propensity <= 0.0))
        self.design.scored(certain, len(propensity) - certain - never, never, growth(at, self._half_life))

    def count(self, control: Control) -> None:
        """Take one control into every figure that it speaks for."""
        weight = growth(control.decided_epoch, self._half_life)
        self.begun = control.decided_epoch if self.begun is None else min(self.begun, control.decided_epoch)
        for name, by, of in self._speaks_for(control):
            for segment, flag in SEGMENTS.items():
                if not flag or control.has(flag):
                    key = Key(name, by, of, segment)
                    self.tallies.setdefault(key, Tally()).add(control.hit, weight)
                    self.changed.add(key)
        # Only what the policy itself selected: a control that somebody else ordered has a propensity which nobody knows.
        if control.found is not None and control.has(SELECTED) and control.item.propensity > 0.0:
            self.design.control(control.found, control.item.propensity, weight)
            self.changed.add(ALL_ITEMS)

    def _speaks_for(self, control: Control) -> Iterator[tuple[str, str, str]]:
        groups, item = self._groups, control.item
        yield HITS_BY_LANE, "lane", groups.lane.name(item.lane)
        if control.found is not None and (control.has(SAMPLED) or control.drawn):
            yield HIT_RATE, "sample", "random"
        if not control.has(SELECTED):
            return
        reason = groups.reason.name(item.reason)
        yield PRECISION, "reason", reason
        yield PRECISION, "office", groups.office.name(item.office)
        if reason.startswith(SCORE):
            yield PRECISION, "head", reason.removeprefix(SCORE)
        if item.detector:
            yield PRECISION, "detector", groups.detector.name(item.detector)


def favour(tallies: dict[Key, Tally]) -> dict[str, float]:
    """How much more, or less, often than all selections by score those of a head were right: factors on its share of the top-up.

    Precision of the head, pulled towards that of all by PULL controls, over that of all. Only for heads that look for the same thing: what
    the critical head and revenue at risk find is worth more than a hit.
    """
    found = {head: tallies.get(Key(PRECISION, "head", head, "all"), Tally()).rate() for head in ALIKE}
    known = {head: rate for head, rate in found.items() if rate is not None}
    controls = sum(rate.n for rate in known.values())
    usual = sum(rate.value * rate.n for rate in known.values()) / controls if controls else 0.0
    if not usual:
        return {}
    return {head: (rate.value * rate.n + PULL * usual) / (rate.n + PULL) / usual for head, rate in known.items()}


def rates(tallies: dict[Key, Tally], design: Design, confidence: float) -> dict[Key, Rate]:
    """Every figure that can be told, in the order of keys."""
    found = {key: rate for key in sorted(tallies) if (rate := tallies[key].rate(confidence)) is not None}
    if (rate := design.rate(confidence)) is not None:
        found[ALL_ITEMS] = rate
    return found
