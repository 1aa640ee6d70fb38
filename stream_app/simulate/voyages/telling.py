"""What was recorded of accepted voyages, told a day at a time, once no later day can add to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from stream_app.simulate.config import WorldConfig
from stream_app.simulate.events import ContainerTruth, Event
from stream_app.simulate.rhythm import DAY_S, midnight
from stream_app.simulate.voyages.render import Chapter, told

AHEAD = 1_000_000
"""Events of which documents are made before they are told: some 400 MB."""
EARLIEST_DAYS = 120  # no event of a voyage is recorded longer before the lodging of its declaration


def open_from(config: WorldConfig, day: int) -> int:
    """The first day since 1970 that the voyages of `day` may add to."""
    return midnight(config.start, day) // DAY_S - EARLIEST_DAYS


class Told(NamedTuple):
    """A day's events in the order of their records; of the same second, first accepted first."""

    at: list[float]  # epoch seconds of the record
    keys: list[str]
    values: list[str]
    truth: dict[int, ContainerTruth]  # by place in the lists: the first event of a container

    def events(self) -> Iterator[Event]:
        for place, (at, key, value) in enumerate(zip(self.at, self.keys, self.values, strict=True)):
            yield Event(at, "movements", key, value.encode(), (self.truth[place],) if place in self.truth else ())


class Accepted(NamedTuple):
    """A day's voyages, and the truth about them by row of the chapter."""

    chapter: Chapter
    truth: dict[int, ContainerTruth]


@dataclass
class _Part:
    chapter: Chapter
    rows: slice
    truth: dict[int, ContainerTruth]  # by row of the chapter
    documents: tuple[list[str], list[str]] | None = None

    def told(self) -> tuple[list[str], list[str]]:
        return told(self.chapter, self.rows) if self.documents is None else self.documents


class Teller:
    """Memory: the columns of what is recorded from EARLIEST_DAYS before the last accepted day on; documents are made when they are told."""

    def __init__(self, config: WorldConfig) -> None:
        self._config = config
        self._pending: dict[int, list[_Part]] = {}
        self._next: Iterator[_Part] = iter(())
        self._ahead = 0

    def write_ahead(self) -> bool:
        """Make documents of a few events, for whoever has time before they are told; False where there are none, or AHEAD are made."""
        part = next(self._next, None) if self._ahead < AHEAD else None
        if part is None:
            return False
        part.documents = part.told()
        self._ahead += len(part.documents[0])
        return True

    def tell(self, day: int, accepted: Iterable[Accepted]) -> Iterator[Told]:
        """What was recorded so early that days after `day` cannot add to it; behind the last day all the rest."""
        for chapter, truth in accepted:
            self._shelve(chapter, truth)
        before = open_from(self._config, day + 1) if day < self._config.days else None
        for one in sorted(self._pending):
            if before is None or one < before:
                parts = self._pending.pop(one)
                self._ahead -= sum(len(part.documents[0]) for part in parts if part.documents is not None)
                yield _told(parts)
        self._next = iter([part for one in sorted(self._pending) for part in self._pending[one] if part.documents is None])

    def _shelve(self, chapter: Chapter, truth: dict[int, ContainerTruth]) -> None:
        days = chapter.moves.recorded.astype(np.int64) // DAY_S
        starts = np.flatnonzero(np.diff(days, prepend=-1))
        for start, end in pairwise([*starts.tolist(), len(days)]):
            self._pending.setdefault(int(days[start]), []).append(_Part(chapter, slice(start, end), truth))


def _told(parts: list[_Part]) -> Told:
    recorded = np.concatenate([part.chapter.moves.recorded[part.rows] for part in parts])
    keys: list[str] = []
    values: list[str] = []
    truths: dict[int, ContainerTruth] = {}
    for part in parts:
        first = len(keys) - part.rows.start
        truths |= {first + row: truth for row, truth in part.truth.items() if part.rows.start <= row < part.rows.stop}
        more_keys, more_values = part.told()
        keys += more_keys
        values += more_values
    order = np.argsort(recorded, kind="stable")
    rows = order.tolist()
    truth = {place: truths[row] for place, row in enumerate(rows) if row in truths} if truths else {}
    return Told(recorded[order].astype(np.float64).tolist(), [keys[row] for row in rows], [values[row] for row in rows], truth)
