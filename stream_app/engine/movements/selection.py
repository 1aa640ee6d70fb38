"""Which findings become alerts: contradictions always, what is merely rare as far as the budget of containers goes."""

from stream_app.engine.movements.panel import Finding, MoveOpinion
from stream_app.engine.movements.settings import Movements
from stream_app.engine.pipeline import Severity
from stream_app.engine.selection.pacing import Strict

EVENTS = 10.0
"""Of a container's voyage, about: what a share of containers is in events before the pacer has learned better."""


class MoveSelector:
    """The pacer counts containers: each new one earns its share of an alert, each first alert of one spends a whole alert."""

    def __init__(self, settings: Movements, severity: Severity) -> None:
        self.seen = 0
        self._settings = settings
        self._severity = severity
        self._pacer = Strict(settings.budget, settings.window, settings.tolerance, usual=settings.budget / EVENTS)

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
        due = opinion.p <= limit
        return [one for place, one in enumerate(opinion.findings) if one.certain or (due and (not place or one.p <= limit))]

    def opened(self) -> None:
        """A container was heard of for the first time."""
        self._pacer.count(False, self.maturity != "cold")

    def spent(self) -> None:
        """A container has its first alert."""
        self._pacer.count(True, self.maturity != "cold")

    def severity(self, p: float, certain: bool) -> str:
        limits = self._severity
        if p <= limits.critical:
            return "critical"
        if p <= limits.high or certain:
            return "high"
        return "medium" if p <= limits.medium else "low"
