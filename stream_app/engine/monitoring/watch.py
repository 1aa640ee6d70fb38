"""What drifts: detectors' alert rates, heads' losses, and how the fields of declarations are filled."""

from math import log
from typing import NamedTuple

import numpy as np

from stream_app.detectors.features import NET_MASS, PACKAGES, VALUE
from stream_app.engine.monitoring.groups import COLUMNS, Groups
from stream_app.engine.monitoring.notes import Batch
from stream_app.engine.monitoring.waiting import Control
from stream_app.engine.settings.watching import Drift
from stream_app.learning.compiled import Array
from stream_app.learning.drift import Change, MeanWatch
from stream_app.learning.plain import PART
from stream_app.learning.scored import AMENDED, FIRST, NO_PROBABILITY
from stream_app.learning.shift import BINS, Histograms, Shift
from stream_app.learning.vocabulary import SLOTS

HEADS = ("non_compliance", "critical")
"""Those that give a probability, and so have a loss."""
ALERT_P = 0.02
"""A detector counts as alerting at this p-value: one item in fifty, while nothing drifts."""
TOGETHER = 50
"""Items whose alert rate is one value to ADWIN."""
RATE_CEILING = 0.1
LOSS_CEILING, SURE = 3.0, 0.02
"""Nats; and how sure a head may be: an outcome costs it at most -ln 0.02 = 3.9, so that one surprise is no drift."""
OUTCOMES_TOGETHER = 10

CAUSES = ("chapter", "origin", "office")
_CAUSES = [COLUMNS.index(name) for name in CAUSES]
MEASURES = ("customs_value", "net_mass_kg", "packages", "unit_value")
FEATURES = (*MEASURES, *COLUMNS[:-1])
MISSING = 0
DOUBLINGS_A_NAT = 1.442695  # 1 / ln 2
UNIT_BIN = 41
"""The bin of measures from 1 to 2."""

EVERYTHING, OFFICES, SUBMITTERS = 0, 1, 1 + SLOTS
"""Subjects of histograms: everything, then offices, then submitters, by their codes."""


class Moved(NamedTuple):
    """What a batch brought to light."""

    rates: list[Change]
    shifts: list[Shift]


class Watch:
    """Items come a batch at a time, outcomes one by one."""

    KEEPS = {"rates": PART, "losses": PART, "histograms": PART, "_outcomes": dict[str, list[tuple[float, int, int, int]]]}

    def __init__(self, settings: Drift, detectors: tuple[str, ...], groups: Groups) -> None:
        self._groups = groups
        self.rates = MeanWatch(detectors, len(CAUSES), TOGETHER, RATE_CEILING, settings.delta)
        self.losses = {head: MeanWatch((head,), len(CAUSES), 1, LOSS_CEILING, settings.delta) for head in HEADS}
        self._outcomes: dict[str, list[tuple[float, ...]]] = {head: [] for head in HEADS}
        self.histograms = Histograms(SUBMITTERS + 1 + groups.submitter.max_names, len(FEATURES), settings.test_items, settings.stability_index)

    def taken_in(self) -> None:
        """Raises ValueError for outcomes that no head has."""
        if self._outcomes.keys() != set(HEADS) or max(map(len, self._outcomes.values())) >= OUTCOMES_TOGETHER:
            raise ValueError("holds outcomes of no head, or too many")

    def scored(self, batch: Batch, at: float) -> Moved:
        """Look at a batch; a later version of a declaration is no other item."""
        first = batch.rows["flags"] & AMENDED == 0
        rows, groups, p_values = batch.rows[first], batch.groups[first], batch.p_values[first]
        alerting = np.where(np.isnan(p_values), np.nan, p_values <= ALERT_P)
        rates = self.rates.learn(alerting, groups[:, _CAUSES], at)
        subjects = np.stack((np.zeros_like(rows["office"]), OFFICES + rows["office"], SUBMITTERS + rows["submitter"]), axis=1)
        bins = np.hstack((_bins(batch.measures[first]), groups[:, :-1]))
        beginning = (rows["flags"] & FIRST != 0).astype(np.uint8)
        shifts = self.histograms.learn(subjects, bins, beginning, at)
        # Records that named no submitter are no subject of their own.
        return Moved(rates, [shift for shift in shifts if shift.subject != SUBMITTERS])

    def outcome(self, control: Control) -> list[Change]:
        """The loss of each head on this outcome, at the probability given when the item was scored."""
        item = control.item
        found: list[Change] = []
        for head, label in zip(HEADS, (control.irregular, control.critical), strict=True):
            probability = getattr(item, head)
            if probability != NO_PROBABILITY and label is not None:
                right = probability if label else 1.0 - probability
                noted = self._outcomes[head]
                noted.append((-log(max(right, SURE)), item.chapter, item.origin, item.office))
                if len(noted) == OUTCOMES_TOGETHER:
                    rows = np.array(noted)
                    noted.clear()
                    found += self.losses[head].learn(rows[:, :1], rows[:, 1:].astype(np.uint8), control.decided_epoch)
        return found

    def subject(self, shift: Shift) -> tuple[str, str]:
        """(dimension, value) of what shifted."""
        if shift.subject >= SUBMITTERS:
            return "submitter", self._groups.submitter.name(shift.subject - SUBMITTERS)
        if shift.subject >= OFFICES:
            return "office", self._groups.office.name(shift.subject - OFFICES)
        return "all", "all"


def _bins(measures: Array) -> Array:
    """Of MEASURES, one bin a doubling."""
    value, mass, packages = measures[:, VALUE], measures[:, NET_MASS], measures[:, PACKAGES]
    doublings = np.stack((value, mass, packages, value - mass), axis=1) * DOUBLINGS_A_NAT
    return np.where(np.isnan(doublings), MISSING, np.clip(np.floor(doublings) + UNIT_BIN, 1, BINS - 1)).astype(np.uint8)


def measure_from(bin_: int) -> float:
    """The lower edge of a measure's bin."""
    return float(2.0 ** (bin_ - UNIT_BIN))
