"""Voyages day by day: accepts the declarations of a day, and plans what their containers do."""

from typing import Any

import numpy as np

from stream_app.simulate.columns import NONE, Consignments, Ints
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.containers import Free
from stream_app.simulate.events import ContainerTruth
from stream_app.simulate.outcomes import Control
from stream_app.simulate.rhythm import DAY_S
from stream_app.simulate.voyages.boxes import NumberPool, boxes_of, stack, undeclared
from stream_app.simulate.voyages.disorder import disorderly
from stream_app.simulate.voyages.pace import Pace
from stream_app.simulate.voyages.plan import plan
from stream_app.simulate.voyages.ports import PORTS
from stream_app.simulate.voyages.render import Chapter, chapter
from stream_app.simulate.voyages.schemes.catalogue import GHOST, SCHEMES, draw
from stream_app.simulate.voyages.schemes.commit import commit
from stream_app.simulate.voyages.schemes.ghost_container import UNDECLARED
from stream_app.simulate.voyages.services import VESSELS, Schedule, vessel
from stream_app.simulate.voyages.steps import moves_of
from stream_app.simulate.voyages.telling import Accepted, open_from
from stream_app.simulate.voyages.voyage import Voyages

_STREAM = 0x766F79  # keeps these draws apart from the days' own


class VoyageBook:
    """What it accepted is to be taken, and told (telling.py)."""

    def __init__(self, config: WorldConfig, tells: bool = True) -> None:
        self._config = config
        self._tells = tells
        self._schedule = Schedule(config.seed)
        self._accepted: list[Accepted] = []
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
            moves = disorderly(rng, moves_of(voyages, pace), not_before=open_from(self._config, day) * DAY_S)
            told_later = chapter(self._config.seed, day, voyages, moves)
            self._accepted.append(Accepted(told_later, _truths(told_later, scheme, began)))

    def take(self) -> list[Accepted]:
        """What was accepted since this was last asked, to be told."""
        taken, self._accepted = self._accepted, []
        return taken


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
