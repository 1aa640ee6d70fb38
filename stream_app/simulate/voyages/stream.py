"""Voyages day by day: accepts the declarations of a day, and tells what has been recorded once no later day can add to it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from stream_app.simulate.columns import NONE, Consignments, Ints
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.containers import Free
from stream_app.simulate.events import ContainerTruth, Event
from stream_app.simulate.outcomes import Control
from stream_app.simulate.rhythm import DAY_S, midnight
from stream_app.simulate.voyages.boxes import NumberPool, boxes_of, stack, undeclared
from stream_app.simulate.voyages.disorder import disorderly
from stream_app.simulate.voyages.pace import Pace
from stream_app.simulate.voyages.plan import plan
from stream_app.simulate.voyages.ports import PORTS
from stream_app.simulate.voyages.render import Chapter, chapter, told
from stream_app.simulate.voyages.schemes.catalogue import GHOST, SCHEMES, draw
from stream_app.simulate.voyages.schemes.commit import commit
from stream_app.simulate.voyages.schemes.ghost_container import UNDECLARED
from stream_app.simulate.voyages.services import VESSELS, Schedule, vessel
from stream_app.simulate.voyages.steps import moves_of
from stream_app.simulate.voyages.voyage import Voyages

EARLIEST_DAYS = 120  # no event of a voyage is recorded longer before the lodging of its declaration
_STREAM = 0x766F79  # keeps these draws apart from the days' own


class Told(NamedTuple):
    """A day's events in the order of their records; of the same second, first accepted first."""

    at: list[float]  # epoch seconds of the record
    keys: list[str]
    values: list[str]
    truth: dict[int, ContainerTruth]  # by place in the lists: the first event of a container

    def events(self) -> Iterator[Event]:
        for place, (at, key, value) in enumerate(zip(self.at, self.keys, self.values, strict=True)):
            yield Event(at, "movements", key, value.encode(), (self.truth[place],) if place in self.truth else ())


class _Part(NamedTuple):
    chapter: Chapter
    rows: slice
    truth: dict[int, ContainerTruth]  # by row of the chapter


class VoyageBook:
    """Memory: the columns of what is recorded from EARLIEST_DAYS before the last accepted day on; documents are made when they are told."""

    def __init__(self, config: WorldConfig, tells: bool = True) -> None:
        self._config = config
        self._tells = tells
        self._schedule = Schedule(config.seed)
        self._pending: dict[int, list[_Part]] = {}
        self.pool = NumberPool()

    def free(self, day: int) -> Free:
        """How containers of the day get numbers that none under way bears."""
        return lambda owners, serials: self.pool.claim(owners, serials, day)

    def accept(self, day: int, batch: Consignments, documents: list[dict[str, Any]], controls: list[Control]) -> None:
        """The voyages of the day's containers. Writes ports and vessel into the documents."""
        rng = np.random.default_rng([self._config.seed, _STREAM, day])
        pace = Pace(self._config, rng)
        boxes = boxes_of(rng, batch, documents, controls)
        scheme = draw(rng, boxes, self._config.scheme_share)
        stowaways = np.flatnonzero((scheme == GHOST) & (rng.random(len(scheme)) < UNDECLARED))
        scheme[stowaways] = NONE
        boxes = stack(boxes, undeclared(rng, boxes, stowaways, self.pool, day))
        scheme = np.concatenate([scheme, np.full(len(stowaways), GHOST)])
        voyages = plan(boxes, self._schedule, pace)
        _declare_transport(voyages, documents)
        voyages.unlisted = voyages.boxes.declaration == NONE
        began = commit(voyages, pace, self._schedule, scheme)
        if self._tells:
            # Whoever is still not heard of by then is heard of late.
            moves = disorderly(rng, moves_of(voyages, pace), not_before=self._open_from(day) * DAY_S)
            told_later = chapter(self._config.seed, day, voyages, moves)
            self._shelve(told_later, _truths(told_later, scheme, began))

    def _open_from(self, day: int) -> int:
        """The first day since 1970 that the voyages of `day` may add to."""
        return midnight(self._config.start, day) // DAY_S - EARLIEST_DAYS

    def _shelve(self, chapter: Chapter, truth: dict[int, ContainerTruth]) -> None:
        days = chapter.moves.recorded.astype(np.int64) // DAY_S
        starts = np.flatnonzero(np.diff(days, prepend=-1))
        for start, end in pairwise([*starts.tolist(), len(days)]):
            self._pending.setdefault(int(days[start]), []).append(_Part(chapter, slice(start, end), truth))

    def tell(self, accepted: int) -> Iterator[Told]:
        """What was recorded so early that days after the `accepted` one cannot add to it."""
        for day in sorted(day for day in self._pending if day < self._open_from(accepted + 1)):
            yield _told(self._pending.pop(day))

    def tell_rest(self) -> Iterator[Told]:
        for day in sorted(self._pending):
            yield _told(self._pending.pop(day))


def _declare_transport(voyages: Voyages, documents: list[dict[str, Any]]) -> None:
    """Ports and vessel as the papers have them: of the ship that enters or leaves the country."""
    boxes = voyages.boxes
    rows = np.flatnonzero((boxes.leader() == np.arange(len(boxes.names))) & (boxes.declaration != NONE))
    ships = np.where(boxes.export, vessel(voyages.feeder), vessel(voyages.main))[rows].tolist()
    columns = (column[rows].tolist() for column in (boxes.declaration, voyages.first, voyages.last))
    for row, first, last, ship in zip(*columns, ships, strict=True):
        documents[row] |= {"loading_location": PORTS[first].code, "discharge_location": PORTS[last].code, "vessel_imo": VESSELS[ship]}


def _truths(chapter: Chapter, scheme: Ints, began: Ints) -> dict[int, ContainerTruth]:
    """By row of the container's first event."""
    rows = np.flatnonzero(scheme[chapter.moves.voyage] != NONE)
    containers, first = np.unique(chapter.moves.voyage[rows], return_index=True)
    starts = np.datetime_as_string(began[containers].astype("datetime64[s]"), timezone="UTC").tolist()
    found = zip(rows[first].tolist(), containers.tolist(), starts, strict=True)
    return {row: ContainerTruth(chapter.names[container], SCHEMES[scheme[container]], at) for row, container, at in found}


def _told(parts: list[_Part]) -> Told:
    recorded = np.concatenate([part.chapter.moves.recorded[part.rows] for part in parts])
    keys: list[str] = []
    values: list[str] = []
    truths: dict[int, ContainerTruth] = {}
    for part in parts:
        first = len(keys) - part.rows.start
        truths |= {first + row: truth for row, truth in part.truth.items() if part.rows.start <= row < part.rows.stop}
        more_keys, more_values = told(part.chapter, part.rows)
        keys += more_keys
        values += more_values
    order = np.argsort(recorded, kind="stable")
    rows = order.tolist()
    truth = {place: truths[row] for place, row in enumerate(rows) if row in truths} if truths else {}
    return Told(recorded[order].astype(np.float64).tolist(), [keys[row] for row in rows], [values[row] for row in rows], truth)
