"""Which items are selected: each head has its share of the budget, spent on the rarest of its recent scores."""

from typing import NamedTuple

from stream_app.engine.pipeline import PValues, Selection, Severity
from stream_app.learning.ecdf import RollingEcdf


class Verdict(NamedTuple):
    """`p` is the tail probability that selected (or came nearest); `anomaly_p` the anomaly head's own."""

    anomaly_p: float
    p: float
    head: str
    alerted: bool
    severity: str | None
    lane: str


class Selector:
    """Adapts to the stream: whatever the scores are, about `budget` of the items are selected."""

    def __init__(self, selection: Selection, severity: Severity, p_values: PValues) -> None:
        self._selection = selection
        self._severity = severity
        self._anomaly = RollingEcdf(p_values.window, p_values.tail_share)
        self._non_compliance = RollingEcdf(p_values.window, p_values.tail_share)
        self.seen = 0

    @property
    def maturity(self) -> str:
        """cold: nothing is selected; warming: selected with a warning; mature."""
        if self.seen < self._selection.warm_up_items:
            return "cold"
        return "warming" if self.seen < self._selection.mature_items else "mature"

    def decide(self, rarity: float, probability: float | None, mature: bool) -> Verdict:
        """`rarity`: the panel's -ln odds; `probability`: P(irregular), which only counts once its head is mature."""
        anomaly_p = self._anomaly.p_value(rarity)
        share = self._selection.non_compliance_share if mature and probability is not None else 0.0
        # A p-value divided by its head's share of the budget: both heads are then measured against the whole budget.
        p, head = anomaly_p / (1.0 - share) if share < 1.0 else 1.0, "anomaly"
        if share and probability is not None and (other := self._non_compliance.p_value(probability) / share) < p:
            p, head = other, "non_compliance"
        alerted = p <= self._selection.budget and self.maturity != "cold"
        severity = self._grade(p) if alerted else None
        lane = "green" if severity is None else "red" if severity in ("high", "critical") else "yellow"
        return Verdict(anomaly_p, min(p, 1.0), head, alerted, severity, lane)

    def learn(self, rarity: float, probability: float | None) -> None:
        self._anomaly.learn(rarity)
        if probability is not None:
            self._non_compliance.learn(probability)
        self.seen += 1

    def _grade(self, p: float) -> str:
        limits = self._severity
        if p <= limits.critical:
            return "critical"
        if p <= limits.high:
            return "high"
        return "medium" if p <= limits.medium else "low"
