"""Recorded events through the same engine, without Kafka: backtest, benchmark, tests.

Events of all files go in one event-time order; at the same instant what was found, told or recorded comes before the declarations.
"""

import heapq
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from stream_app.contracts.assessment import Alert
from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.export import Export, decode_export
from stream_app.contracts.indicator import Indicator
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
from stream_app.replay.lines import item_lines
from stream_app.replay.movements import MovementReplay
from stream_app.replay.report import Rejection, Report

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
        self.report.count(result)
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
            self.report.label(outcome)
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
            self.report.tell(told)


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
