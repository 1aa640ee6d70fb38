"""What a report is made of: recorded files or topics, each with the places that its figures trace to."""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stream_app.brokers.errors import ConfigurationError
from stream_app.eventfile import EventFile, time_field

TIMES = {
    "outcomes": "decided_at",
    "milestones": "occurred_at",
    "exports": "exported_at",
    "seizures": "seized_at",
    "declarations": "lodged_at",
}
"""The field of each kind that puts its records in order; what was found, told or recorded comes before the declarations of the same instant."""


@dataclass(slots=True)
class Place:
    """A file, whose offsets are line numbers from 1, or one partition of a topic: the first and last record that were read."""

    source: str
    partition: int | None
    first: int
    last: int


@dataclass(slots=True)
class Input:
    """Records of one kind. `received`: Kafka timestamps by line, seconds since 1970; None for a file."""

    kind: str
    events: EventFile
    places: list[Place]
    received: "array[float] | None" = None
    used: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """Where the figures come from: `offsets` are line numbers in files."""
        places = [{"source": one.source, "partition": one.partition, "offsets": [one.first, one.last]} for one in self.places]
        return {"kind": self.kind, "records": self.used, "refused": dict(sorted(self.refused.items())), "places": places}


class Inputs:
    """The kinds that are there, by name; close it after use."""

    def __init__(self, inputs: list[Input]) -> None:
        self.by_kind = {one.kind: one for one in inputs}

    def __iter__(self) -> Iterator[Input]:
        return iter(self.by_kind.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for one in self:
            one.events.close()


def of_folder(folder: Path) -> Inputs:
    """<kind>.ndjson or <kind>.ndjson.gz of every kind that is there. Raises ConfigurationError where none is."""
    found = []
    for kind, name in TIMES.items():
        path = next((path for suffix in ("", ".gz") if (path := folder / f"{kind}.ndjson{suffix}").is_file()), None)
        if path is not None:
            events = EventFile(path, time_field(name))
            found.append(Input(kind, events, [Place(path.name, None, 1, events.lines)] if len(events) else []))
    if not found:
        raise ConfigurationError([f"{folder}: none of {', '.join(f'{kind}.ndjson' for kind in sorted(TIMES))} is there"])
    return Inputs(found)
