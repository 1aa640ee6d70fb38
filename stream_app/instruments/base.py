"""What every instrument is, and what it tells of itself."""

from typing import Any, NamedTuple, Protocol, runtime_checkable

from stream_app.contracts.assessment import Assessment
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.export import Export
from stream_app.contracts.indicator import Indicator, Interval, Kind, Subject, indicator_id, moment, window
from stream_app.contracts.milestone import Milestone
from stream_app.contracts.outcome import Outcome
from stream_app.contracts.seizure import Seizure

Event = Declaration | Assessment | Outcome | Milestone | Export | Seizure
Plain = dict[str, Any]
"""JSON values: what a report shows."""


class Instrument(Protocol):
    """Learns from events in event-time order; late ones count as of their own time where that is still held."""

    def learn(self, event: Event) -> None:
        """Take one event in. Kinds that the instrument does not need change nothing."""
        ...

    def figures(self, begin: float | None = None, end: float | None = None) -> Plain:
        """What is known of the events in [begin, end), seconds since 1970; None: from the first, to the last. State is left unchanged."""
        ...

    def take(self) -> list["Note"]:
        """What became worth telling since this was last asked, in the order in which it became known."""
        ...

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Every bounded table by name: rows held, rows forgotten so far."""
        ...


@runtime_checkable
class Stateful(Protocol):
    """An instrument that is kept beside an engine."""

    def state(self) -> Plain:
        """All that was learned, as plain data; `restore` on a fresh instrument of the same settings goes on from there."""
        ...

    def restore(self, state: Plain) -> None: ...


class Note(NamedTuple):
    """An indicator before anybody says who tells it: `begin` and `at` in seconds since 1970, the figures in `unit`."""

    kind: Kind
    name: str
    subject: Subject
    value: float
    n: float
    unit: str
    begin: float
    at: float
    text: str
    before: float | None = None
    interval: Interval | None = None


def indicator(note: Note, partition: int | None, model: str, mode: str) -> Indicator:
    """The note as an event. `partition`: whose records it speaks of (None: a replay)."""
    when = moment(note.at)
    return Indicator(
        indicator_id=indicator_id(note.kind, note.name, note.subject, when, partition, mode),
        kind=note.kind,
        name=note.name,
        subject=note.subject,
        value=round(float(note.value), 6),
        before=None if note.before is None else round(float(note.before), 6),
        interval=note.interval,
        n=round(note.n, 1),
        unit=note.unit,
        window=window(note.begin, note.at),
        text=note.text,
        cause=None,
        at=when,
        partition=partition,
        model=model,
        mode=mode,
    )
