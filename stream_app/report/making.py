"""From inputs to figures: every record once, in event-time order, through fresh instruments."""

import heapq
from collections.abc import Callable, Iterator

from stream_app import __version__
from stream_app.contracts.declaration import decode_declaration, submitter_of
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import ContractError
from stream_app.contracts.export import decode_export
from stream_app.contracts.indicator import moment
from stream_app.contracts.milestone import decode_milestone
from stream_app.contracts.outcome import decode_outcome
from stream_app.contracts.seizure import decode_seizure
from stream_app.engine.pipeline import Pipeline
from stream_app.eventfile import Line
from stream_app.instruments.base import Event, Note, Plain
from stream_app.instruments.data_quality import DataQuality
from stream_app.instruments.suite import NAMES, build
from stream_app.report.inputs import Input, Inputs

DECODERS: dict[str, Callable[[bytes, Limits, float], Event]] = {
    "declarations": decode_declaration,
    "outcomes": decode_outcome,
    "milestones": decode_milestone,
    "exports": decode_export,
    "seizures": decode_seizure,
}
MADE_OF = {
    "mirror": ("exports", "declarations"),
    "time_release": ("milestones", "declarations"),
    "performance": ("milestones", "declarations", "outcomes"),
    "seizures": ("seizures", "outcomes"),
    "data_quality": ("declarations", "outcomes"),
    "forecasts": ("declarations", "milestones", "outcomes"),
}
"""Kinds that each section's figures trace to."""
MOST_NOTES = 50


class Report:
    """Instruments that learn from inputs. `begin`, `end`: seconds since 1970; what came at `end` or later is not read, what came before `begin`
    is learned from, and is in no figure of a window."""

    def __init__(self, pipeline: Pipeline, now: float, begin: float | None = None, end: float | None = None) -> None:
        self._suite = build(pipeline.instruments.of_recorded(), NAMES)
        self._quality: DataQuality = self._suite.instruments["data_quality"]  # type: ignore[assignment]
        self._limits, self._now = pipeline.record_limits(), now
        self._begin, self._end = begin, end
        self._as_of = 0.0
        self._notes: dict[str, list[Note]] = {}

    def learn(self, inputs: Inputs, advance: Callable[[int], None] | None = None) -> None:
        """Every record of the inputs. `advance` hears how many have passed, now and then."""
        streams = [_placed(rank, one) for rank, one in enumerate(inputs)]
        for number, (at, _, one, line) in enumerate(heapq.merge(*streams, key=lambda entry: entry[:2])):
            if self._end is not None and at >= self._end:
                break
            self._take(one, line)
            if advance is not None and number % 5_000 == 0:
                advance(number)
        self._keep_notes()

    def _take(self, one: Input, line: Line) -> None:
        try:
            event = DECODERS[one.kind](line.body, self._limits, self._now)
        except ContractError as error:
            one.refused[error.code.value] += 1
            if one.kind == "declarations" and line.at > 0.0:
                self._quality.refused(submitter_of(line.body), line.at, error.faults)
            return
        one.used += 1
        if one.kind != "outcomes" and line.at > self._as_of:
            self._as_of = line.at
        self._suite.learn(event, None if one.received is None else one.received[line.number - 1])
        self._keep_notes()

    def _keep_notes(self) -> None:
        for note in self._suite.take():
            kept = self._notes.setdefault(note.kind.value, [])
            if note.before is not None and len(kept) < 10 * MOST_NOTES:
                kept.append(note)

    def figures(self, inputs: Inputs) -> Plain:
        """The report as JSON values: `report`, the six instruments, and `changes` that they told."""
        found = self._suite.figures(self._begin, self._end)
        for name, section in found.items():
            section["trace"] = [inputs.by_kind[kind].as_dict() for kind in MADE_OF[name] if kind in inputs.by_kind]
        return {
            "report": {
                "version": __version__,
                "from": None if self._begin is None else moment(self._begin),
                "to": None if self._end is None else moment(self._end),
                "as_of": moment(self._as_of) if self._as_of else None,
                "inputs": [one.as_dict() for one in inputs],
                "forgotten": {table: gone for table, (_, gone) in sorted(self._suite.sizes().items()) if gone},
            },
            **{name: found[name] for name in NAMES},
            "changes": {kind: [_told(note) for note in self._within(notes)] for kind, notes in sorted(self._notes.items())},
        }

    def _within(self, notes: list[Note]) -> list[Note]:
        return [note for note in notes if self._begin is None or note.at >= self._begin][-MOST_NOTES:]


def _placed(rank: int, one: Input) -> Iterator[tuple[float, int, Input, Line]]:
    return ((line.at, rank, one, line) for line in one.events)


def _told(note: Note) -> Plain:
    return {"at": moment(note.at), "name": note.name, "by": note.subject.by, "of": note.subject.of, "text": note.text}
