"""Which findings become alerts: contradictions always, what is merely rare as far as the budget of containers goes."""

from stream_app.engine.movements.panel import Finding, MoveOpinion
from stream_app.engine.movements.settings import Movements
from stream_app.engine.selection.pacing import BurstTolerant
from stream_app.engine.settings.selection import Severity

EVENTS = 12.0
"""Of a container's voyage, about: what a share of containers is in events."""


class MoveSelector:
    """Every event earns its share of an alert; the first alert of a container spends a whole one, what else is found about it nothing."""

    KEEPS = {"seen": int, "paced": list[float]}

    def __init__(self, settings: Movements, severity: Severity) -> None:
        self.seen = 0
        self._settings = settings
        self._severity = severity
        window = int(settings.window * EVENTS)
        self._pacer = BurstTolerant(settings.budget / EVENTS, window, settings.tolerance, settings.reserve)

    @property
    def paced(self) -> list[float]:
        """What the pacer has counted."""
        return self._pacer.numbers

    @paced.setter
    def paced(self, numbers: list[float]) -> None:
        self._pacer.numbers = numbers

    @property
    def maturity(self) -> str:
        """cold: only contradictions are alerted; warming: alerted with a warning; mature."""
        if self.seen < self._settings.warm_up_events:
            return "cold"
        return "warming" if self.seen < self._settings.mature_events else "mature"

    @property
    def threshold(self) -> float:
        """The tail probability at or below which a step is alerted now; 0 while cold."""
        return 0.0 if self.maturity == "cold" else min(self._pacer.threshold, self._settings.rare)

    def chosen(self, opinion: MoveOpinion) -> list[Finding]:
        """The findings to alert, the rarest first."""
        limit = self.threshold
        rare = [one for one in opinion.findings if not one.certain]
        due = rare if opinion.rank <= limit else []
        return [one for one in opinion.findings if one.certain or (due and (one is due[0] or one.p <= limit))]

    def rare(self, opinion: MoveOpinion, typology: str) -> bool:
        """Whether a finding is worth an alert, the budget apart."""
        found = next((one for one in opinion.findings if one.typology == typology), None)
        return found is not None and (found.certain or opinion.rank <= self._settings.rare)

    def count(self, alerted: bool) -> None:
        """Take in what became of an event: whether its container has its first alert that is none of a contradiction."""
        self._pacer.count(alerted, self.maturity != "cold")
        self.seen += 1

    def severity(self, p: float, certain: bool) -> str:
        """Limits are shares of goods items, or of containers; `p` is one of events, of which a container has EVENTS."""
        limits, of_containers = self._severity, p * EVENTS
        if of_containers <= limits.critical:
            return "critical"
        if of_containers <= limits.high or certain:
            return "high"
        return "medium" if of_containers <= limits.medium else "low"
