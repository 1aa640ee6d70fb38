"""Recorded events through the same engine, without Kafka: backtest, benchmark, tests.

Events of all files go in one event-time order; at the same instant what was found, told or recorded comes before the declarations.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Protocol

import orjson

from stream_app.contracts.assessment import Alert, Assessment
from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.export import Export, decode_export
from stream_app.contracts.indicator import Indicator, Kind
from stream_app.contracts.milestone import Milestone, decode_milestone
from stream_app.contracts.outcome import Outcome, decode_outcome
from stream_app.contracts.seizure import Seizure, decode_seizure
from stream_app.engine.engine import Engine, Result
from stream_app.engine.heads.priors import Priors
from stream_app.eventfile import EventFile, Line
from stream_app.instruments.base import Event, indicator
from stream_app.instruments.mirror import MirrorAnalysis
from stream_app.instruments.seizures import Seizures
from stream_app.instruments.suite import Suite
from stream_app.learning.quality import HeadQuality
from stream_app.movement_replay import MovementReplay, MovementReport

OTHERS: dict[str, Callable[..., Milestone | Export | Seizure]] = {
    "milestones": decode_milestone,
    "exports": decode_export,
    "seizures": decode_seizure,
}
TIMES = {
    "declarations": "lodged_at",
    "outcomes": "decided_at",
    "milestones": "occurred_at",
    "exports": "exported_at",
    "seizures": "seized_at",
}
"""The field of each kind that puts its lines in order."""
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
    """One run over a file of declarations and the files that go with it. `now`: the time to judge implausible dates by."""

    def __init__(
        self,
        engine: Engine,
        now: float,
        watcher: Watcher | None = None,
        suite: Suite | None = None,
        movements: MovementReplay | None = None,
        warn: Callable[[Alert], object] = lambda alert: None,
    ) -> None:
        """`suite`: instruments that learn beside the engine; those that raise its priors share them with it. `warn`: is given the engine's alerts."""
        self.report = Report(movements=movements.report if movements else None)
        self._movements = movements
        self._engine = engine
        self._now = now
        self._watcher = watcher
        self._suite = suite
        self._warn = warn
        self._limits = engine.pipeline.record_limits()
        self._handlers: dict[str, Callable[[Line], list[bytes]]] = {"declarations": self._declaration, "outcomes": self._outcome}
        for kind, decode in OTHERS.items():
            self._handlers[kind] = partial(self._other, decode)
        if movements is not None:
            self._handlers["movements"] = movements.take

    def run(self, declarations: EventFile | None = None, outcomes: EventFile | None = None, **others: EventFile | None) -> Iterator[bytes]:
        """One JSON line per goods item and per movement, in the order of assessment. `others`: files of OTHERS, and movements."""
        files = {"outcomes": outcomes, **others, "declarations": declarations}
        streams = [_placed(kind, file) for kind, file in files.items() if file is not None]
        for _, _, kind, line in heapq.merge(*streams, key=lambda entry: entry[:2]):
            yield from self._guard(kind, line, self._handlers[kind])
        if self._suite is not None:
            self.report.instruments = self._suite.figures()

    def _guard(self, kind: str, line: Line, handle: Callable[[Line], list[bytes]]) -> list[bytes]:
        try:
            return handle(line)
        except ContractError as error:
            faults = error.faults
        except Exception as error:  # as the service does: the record is at fault, the stream goes on
            faults = (Fault("", Code.INTERNAL, f"the engine failed on this record: {type(error).__qualname__}"),)
        self.report.reject(Rejection(kind, line.number, faults))
        return []

    def _declaration(self, line: Line) -> list[bytes]:
        declaration = decode_declaration(line.body, self._limits, self._now)
        result = self._engine.process(declaration)
        self._count(result)
        if result.alert is not None:
            self._warn(result.alert)
        if self._watcher is not None:
            self._watcher.assessed(declaration, result)
        self._learn(declaration, result.assessment)
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
        self._learn(outcome)
        self._count_indicators()
        return []

    def _other(self, decode: Callable[[bytes, Limits, float], Milestone | Export | Seizure], line: Line) -> list[bytes]:
        event = decode(line.body, self._limits, self._now)
        self._learn(event)
        self.report.others[type(event).__name__.lower() + "s"] += 1
        self._count_indicators()
        return []

    def _learn(self, *events: Event) -> None:
        if self._suite is not None:
            for event in events:
                self._suite.learn(event)

    def _told(self) -> Iterator[Indicator]:
        """What engine and instruments told since this was last asked."""
        yield from self._engine.monitor.take()
        for note in self._suite.take() if self._suite is not None else ():
            yield indicator(note, None, self._engine.model, "replay")

    def _count_indicators(self) -> None:
        for told in self._told():
            self.report.indicators[f"{told.kind}: {told.name}"] += 1
            if told.kind is Kind.FEEDBACK:
                self.report.figures[told.series] = {"value": told.value, "interval": told.interval, "n": told.n}
            elif told.kind not in UNCHANGED and len(self.report.changes) < MAX_CHANGES:
                self.report.changes.append({"at": told.at, "text": told.text})

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


def priors_of(suite: Suite) -> Priors:
    """What the suite's instruments know beyond the declarations, for an engine: they go on learning, and it sees what they know."""
    seizures, mirror = suite.instruments.get("seizures"), suite.instruments.get("mirror")
    return Priors(
        seizures.risk if isinstance(seizures, Seizures) else None,
        mirror.priors if isinstance(mirror, MirrorAnalysis) else None,
    )


def _placed(kind: str, file: EventFile) -> Iterator[tuple[float, int, str, Line]]:
    """Lines with what orders them: of an instant, declarations come behind the rest, and movements last."""
    place = {"declarations": 1, "movements": 2}.get(kind, 0)
    return ((line.at, place, kind, line) for line in file)


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
