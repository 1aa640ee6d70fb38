"""Recorded movements through their engine, beside the declarations of the same replay.

A movement comes when it was recorded, not when it happened: what the service could not know yet, the replay does not know either.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.movement import decode_movement
from stream_app.engine.engine import Result
from stream_app.engine.movements.engine import MissedResult, MovementEngine, MovementResult
from stream_app.engine.movements.joining import declared_containers
from stream_app.eventfile import EventFile, Line, time_field
from stream_app.replay.lines import container_line, movement_line


@dataclass
class MovementReport:
    """Counts of the movements of a replay."""

    events: int = 0
    alerts: int = 0
    withdrawn: int = 0
    containers_alerted: int = 0
    declarations_raised: int = 0
    """Alerts of declarations, each time that a movement raised or revised one."""
    typologies: Counter[str] = field(default_factory=Counter)
    severities: Counter[str] = field(default_factory=Counter)
    detector_failures: Counter[str] = field(default_factory=Counter)


def movement_file(path: Path) -> EventFile:
    """Movements in the order of their records; of one instant, in an order that does not depend on that of the file."""
    return EventFile(path, time_field("recorded_at"), by_content=True)


class MovementReplay:
    """Takes the movements in that a replay hands to it, and counts. `now`: the time to judge implausible dates by."""

    def __init__(self, engine: MovementEngine, now: float) -> None:
        self.engine = engine
        self.report = MovementReport()
        self._now = now
        self._limits = engine.pipeline.record_limits()
        self._alerted: set[str] = set()

    def take(self, line: Line) -> list[bytes]:
        """The output lines of one movement: its own, and one for each container of which something else is said. Raises ContractError for a
        movement that is refused."""
        result = self.engine.process(decode_movement(line.body, self._limits, self._now))
        self.report.events += 1
        self._count(result)
        for missed in result.missed:
            self._count(missed)
        return [movement_line(result.assessment), *(container_line(missed) for missed in result.missed)]

    def declared(self, declaration: Declaration, result: Result) -> list[bytes]:
        """What movements say of a declaration that was just assessed: a line for each of its containers that contradicts it."""
        lines = []
        for declared in declared_containers(declaration, result):
            said = self.engine.declare(declared)
            self._count(said)
            if said.alerts:
                lines.append(container_line(said))
        return lines

    def _count(self, result: MovementResult | MissedResult) -> None:
        report = self.report
        report.declarations_raised += sum(self.engine.revise(finding) is not None for finding in result.contradictions)
        report.detector_failures.update(failure.detector for failure in result.failures)
        for alert in result.alerts:
            if alert.status == "withdrawn":
                report.withdrawn += 1
                continue
            report.alerts += 1
            report.typologies[alert.typology] += 1
            report.severities[alert.severity] += 1
            self._alerted.add(alert.equipment_id)
        report.containers_alerted = len(self._alerted)
