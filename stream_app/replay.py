"""Recorded events through the same engine, without Kafka: backtest, benchmark, tests.

Events go in event-time order; an outcome is learned at its own time, before the declarations of that instant.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

import orjson

from stream_app.contracts.assessment import Assessment
from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.indicator import Kind
from stream_app.contracts.outcome import Outcome, decode_outcome
from stream_app.engine.engine import Engine, Result
from stream_app.eventfile import EventFile, Line
from stream_app.learning.quality import HeadQuality
from stream_app.movement_replay import MovementReplay, MovementReport

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
    detector_failures: Counter[str] = field(default_factory=Counter)
    indicators: Counter[str] = field(default_factory=Counter)
    figures: dict[str, Any] = field(default_factory=dict)
    """The last value of every figure of the feedback, with its interval, by series."""
    movements: MovementReport | None = None
    changes: list[dict[str, str]] = field(default_factory=list)
    """Drifts and shifts in words, the first MAX_CHANGES."""
    rejections: list[Rejection] = field(default_factory=list)
    quality: HeadQuality = field(default_factory=HeadQuality)
    critical_quality: HeadQuality = field(default_factory=HeadQuality)

    def as_dict(self) -> dict[str, Any]:
        """For a JSON report."""
        counts = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("rejections", "quality", "critical_quality")}
        rejections = [{"file": r.kind, "line": r.line, "faults": [f._asdict() for f in r.faults]} for r in self.rejections]
        return {**counts, "rejections": rejections, "labelled": self.quality.as_dict(), "labelled_critical": self.critical_quality.as_dict()}


class Watcher(Protocol):
    """Sees every event after the engine has taken it in."""

    def assessed(self, declaration: Declaration, result: Result) -> None: ...

    def decided(self, outcome: Outcome) -> None: ...


class Replay:
    """One run over files of declarations, outcomes and movements, as far as there are any. `now`: the time to judge implausible dates by."""

    def __init__(self, engine: Engine, now: float, watcher: Watcher | None = None, movements: MovementReplay | None = None) -> None:
        self.report = Report(movements=movements.report if movements else None)
        self._movements = movements
        self._engine = engine
        self._now = now
        self._watcher = watcher
        self._limits = engine.pipeline.record_limits()

    def run(self, declarations: EventFile | None, outcomes: EventFile | None = None, movements: EventFile | None = None) -> Iterator[bytes]:
        """One JSON line per goods item and per movement, in the order of assessment. Of one instant, outcomes come first and movements last."""
        handlers: list[tuple[str, EventFile | None, Callable[[Line], list[bytes]]]] = [
            ("outcomes", outcomes, self._outcome),
            ("declarations", declarations, self._declaration),
        ]
        if self._movements is not None:
            handlers.append(("movements", movements, self._movements.take))
        streams = [_timed(file, place) for place, (_, file, _) in enumerate(handlers) if file is not None]
        for _, place, line in heapq.merge(*streams, key=lambda entry: entry[:2]):
            kind, _, handle = handlers[place]
            yield from self._guard(kind, line, handle)

    def _guard(self, kind: str, line: Line, handle: Callable[[Line], list[bytes]]) -> list[bytes]:
        try:
            return handle(line)
        except ContractError as error:
            faults = error.faults
        except Exception as error:  # as the service does: the record is at fault, the stream goes on
            faults = (Fault("", Code.INTERNAL, f"the engine failed on this record: {type(error).__qualname__}"),)
        self.report.rejected[f"{kind}: {faults[0].code}"] += 1
        if len(self.report.rejections) < MAX_REJECTIONS:
            self.report.rejections.append(Rejection(kind, line.number, faults))
        return []

    def _declaration(self, line: Line) -> list[bytes]:
        declaration = decode_declaration(line.body, self._limits, self._now)
        result = self._engine.process(declaration)
        self._count(result)
        if self._watcher is not None:
            self._watcher.assessed(declaration, result)
        self._count_indicators()
        said = self._movements.declared(declaration, result) if self._movements else []
        return [*item_lines(result.assessment), *said]

    def _outcome(self, line: Line) -> list[bytes]:
        outcome = decode_outcome(line.body, self._limits, self._now)
        note = self._engine.learn_outcome(outcome)
        self.report.outcomes[note.value] += 1
        if outcome.alert_id is None:
            self.report.quality.label(outcome.declaration_id, outcome.item_number, outcome.irregular)
            self.report.critical_quality.label(outcome.declaration_id, outcome.item_number, outcome.critical)
        if self._watcher is not None:
            self._watcher.decided(outcome)
        self._count_indicators()
        return []

    def _count_indicators(self) -> None:
        for indicator in self._engine.monitor.take():
            self.report.indicators[f"{indicator.kind}: {indicator.name}"] += 1
            if indicator.kind is Kind.FEEDBACK:
                self.report.figures[indicator.series] = {"value": indicator.value, "interval": indicator.interval, "n": indicator.n}
            elif indicator.kind is not Kind.HEALTH and len(self.report.changes) < MAX_CHANGES:
                self.report.changes.append({"at": indicator.at, "text": indicator.text})

    def _count(self, result: Result) -> None:
        report, assessment = self.report, result.assessment
        report.declarations += 1
        report.items += len(assessment.items)
        report.items_alerted += sum(item.alerted for item in assessment.items)
        report.detector_failures.update(failure.detector for failure in result.failures)
        report.outcomes.update(f"early, {note.value}" for note in result.early_outcomes)
        if result.alert is not None:
            report.alerts += 1
            report.severities[result.alert.severity] += 1
            report.typologies[result.alert.typology] += 1
        for item in assessment.items:
            report.quality.scored(assessment.declaration_id, item.item_number, item.scores.non_compliance)
            report.critical_quality.scored(assessment.declaration_id, item.item_number, item.scores.critical)


def _timed(file: EventFile, place: int) -> Iterator[tuple[float, int, Line]]:
    return ((line.at, place, line) for line in file)


def item_lines(assessment: Assessment) -> Iterator[bytes]:
    """One line per goods item, as `tidewaiter replay --out` writes them."""
    for item in assessment.items:
        yield orjson.dumps(
            {
                "declaration_id": assessment.declaration_id,
                "item_number": item.item_number,
                "lodged_at": assessment.lodged_at,
                "scores": item.scores,
                "score": item.score,
                "lane": item.lane,
                "alerted": item.alerted,
                "reasons": item.reasons,
                "version": assessment.version,
                "severity": item.severity,
                "selection": item.selection,
                "maturity": item.maturity,
                "p_values": item.p_values,
                "missing": item.missing,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
