"""What a replay counts: its records, what was alerted, what was refused, and how well the heads did."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

from stream_app.contracts.errors import Fault
from stream_app.contracts.indicator import Indicator, Kind
from stream_app.contracts.outcome import Outcome
from stream_app.engine.engine import Result
from stream_app.learning.quality import HeadQuality
from stream_app.replay.movements import MovementReport

UNCHANGED = (Kind.HEALTH, Kind.PERFORMANCE)
"""Kinds of indicators that tell of no change."""
MAX_REJECTIONS = 100
MAX_CHANGES = 1_000


@dataclass(slots=True)
class Rejection:
    """A line that was refused: where it stands, and what was wrong with it."""

    kind: str
    line: int
    faults: tuple[Fault, ...]


@dataclass
class Report:
    """Counts of a replay, and how well the heads did on what their outcomes later said."""

    declarations: int = 0
    items: int = 0
    alerts: int = 0
    items_alerted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    severities: Counter[str] = field(default_factory=Counter)
    typologies: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    """Milestones, exports and seizures that were taken in."""
    detector_failures: Counter[str] = field(default_factory=Counter)
    indicators: Counter[str] = field(default_factory=Counter)
    figures: dict[str, Any] = field(default_factory=dict)
    """The last value of every figure of the feedback, with its interval, by series."""
    movements: MovementReport | None = None
    changes: list[dict[str, str]] = field(default_factory=list)
    """Drifts and shifts in words, the first MAX_CHANGES."""
    instruments: dict[str, Any] = field(default_factory=dict)
    """Figures of the instruments that had something to learn from, by name."""
    rejections: list[Rejection] = field(default_factory=list)
    quality: HeadQuality = field(default_factory=HeadQuality)
    critical_quality: HeadQuality = field(default_factory=HeadQuality)

    def reject(self, rejection: Rejection) -> None:
        """Count a line, and list it among the first MAX_REJECTIONS."""
        self.rejected[f"{rejection.kind}: {rejection.faults[0].code}"] += 1
        if len(self.rejections) < MAX_REJECTIONS:
            self.rejections.append(rejection)

    def count(self, result: Result) -> None:
        """Count a declaration."""
        assessment = result.assessment
        self.declarations += 1
        self.items += len(assessment.items)
        self.items_alerted += sum(item.alerted for item in assessment.items)
        self.detector_failures.update(failure.detector for failure in result.failures)
        self.outcomes.update(f"early, {note.value}" for note in result.early_outcomes)
        if result.alert is not None:
            self.alerts += 1
            self.severities[result.alert.severity] += 1
            self.typologies[result.alert.typology] += 1
        for item in assessment.items:
            self.quality.scored(assessment.declaration_id, item.item_number, item.scores.non_compliance)
            self.critical_quality.scored(assessment.declaration_id, item.item_number, item.scores.critical)

    def label(self, outcome: Outcome) -> None:
        """What a control found: how good the heads were."""
        self.quality.label(outcome.declaration_id, outcome.item_number, outcome.irregular)
        self.critical_quality.label(outcome.declaration_id, outcome.item_number, outcome.critical)

    def tell(self, told: Indicator) -> None:
        """Count an indicator; keep a figure's last value, and what tells of a change."""
        self.indicators[f"{told.kind}: {told.name}"] += 1
        if told.kind is Kind.FEEDBACK:
            self.figures[told.series] = {"value": told.value, "interval": told.interval, "n": told.n}
        elif told.kind not in UNCHANGED and len(self.changes) < MAX_CHANGES:
            self.changes.append({"at": told.at, "text": told.text})

    def as_dict(self) -> dict[str, Any]:
        """For a JSON report."""
        counts = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("rejections", "quality", "critical_quality")}
        rejections = [{"file": r.kind, "line": r.line, "faults": [f._asdict() for f in r.faults]} for r in self.rejections]
        return {**counts, "rejections": rejections, "labelled": self.quality.as_dict(), "labelled_critical": self.critical_quality.as_dict()}
