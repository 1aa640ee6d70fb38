"""The same milestones, exports and seizures as a stream: for topics, where nothing is written first.

Every part makes the world's days anew, as far ahead as its own records reach back: partners export weeks before a declaration, steps begin
some days before it. Memory is that many days of the one kind.
"""

from collections.abc import Iterator
from datetime import date
from heapq import merge
from itertools import islice
from operator import attrgetter, itemgetter
from typing import NamedTuple

import msgspec
import orjson

from stream_app.contracts.keys import record_key
from stream_app.simulate.clearance.milestones import Slow, draws_of, of_day
from stream_app.simulate.clearance.mirror import LONGEST_TRANSIT_DAYS, Exports, Planted, Totals, plant
from stream_app.simulate.clearance.officers import Officers
from stream_app.simulate.clearance.reading import Lodged
from stream_app.simulate.clearance.seizures import Seizures
from stream_app.simulate.clearance.sorting import DAY_S, Sorter
from stream_app.simulate.clearance.steps import EARLIEST_STEP_DAYS, draws, slow_segment
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.events import Controlled, Event, Kind
from stream_app.simulate.generate import controls_of, drawn_days
from stream_app.simulate.render import Document
from stream_app.simulate.rhythm import midnight
from stream_app.simulate.voyages.stream import VoyageBook

PLANNED_DAYS = 28
"""Days of a world that are made ahead to choose what is planted: a longer one has other mirror gaps than its files would have."""


class _Plan(NamedTuple):
    officers: Officers
    slow: Slow
    planted: Planted
    seizures: Seizures
    exports: Exports


class _Made(NamedTuple):
    """The declarations first lodged on a day (days since 1970, local time), in their order, and what controls them."""

    day: int
    declarations: list[Lodged]
    documents: list[Document]
    controls: dict[str, Controlled]


def clearance(config: WorldConfig) -> Iterator[Event]:
    """Milestones, exports and seizures in the order of `at`; for a world of up to PLANNED_DAYS those that `write_clearance` writes."""
    plan = _planned(config)
    cases = (_event("seizures", at, line) for at, line in plan.seizures.lines)
    return merge(_milestones(config, plan), _exports(config, plan), cases, key=attrgetter("at"))


def _planned(config: WorldConfig) -> _Plan:
    """Draws in the order of `write_clearance`."""
    totals, first = Totals(), list[Lodged]()
    for made in islice(_made(config), PLANNED_DAYS):
        first = first or made.declarations
        for document in made.documents:
            totals.add(document)
    rng, begin = draws(config), midnight(config.start, 0)
    officers = Officers(rng, first)
    slow = slow_segment(config, officers)
    planted = plant(rng, totals)
    seizures = Seizures(rng, begin, config.days)
    return _Plan(officers, slow, planted, seizures, Exports(rng, planted))


def _made(config: WorldConfig) -> Iterator[_Made]:
    """Day after day; what a day's declarations reach beyond its midnight belongs to the next."""
    book = VoyageBook(config, tells=False) if config.movements else None
    held: list[tuple[int, Document]] = []
    controls: dict[str, Controlled] = {}
    day = config.start.toordinal() - date(1970, 1, 1).toordinal()
    for number, drawn in enumerate(drawn_days(config, book)):
        earlier = controls
        controls = controls_of(drawn)
        held += zip(drawn.batch.headers.lodged_at.tolist(), drawn.documents, strict=True)
        held.sort(key=itemgetter(0))
        end = midnight(config.start, number + 1)
        yield _of_day(day + number, [document for at, document in held if at < end], earlier | controls)
        held = [row for row in held if row[0] >= end]
    if held:
        yield _of_day(day + config.days, [document for _, document in held], controls)


def _of_day(day: int, documents: list[Document], controls: dict[str, Controlled]) -> _Made:
    return _Made(day, msgspec.convert(documents, list[Lodged]), documents, controls)


def _milestones(config: WorldConfig, plan: _Plan) -> Iterator[Event]:
    steps = Sorter()
    for made in _made(config):
        steps.add(*of_day(draws(config, made.day), made.declarations, made.controls, plan.officers, plan.slow))
        yield from (_event("milestones", *row) for row in steps.take((made.day - EARLIEST_STEP_DAYS) * DAY_S))
    yield from (_event("milestones", *row) for row in steps.take())


def _exports(config: WorldConfig, plan: _Plan) -> Iterator[Event]:
    begin = midnight(config.start, 0)
    exported = Sorter()
    exported.add(*plan.exports.never_arrived(begin, begin + config.days * DAY_S))
    for made in _made(config):
        rng = draws(config, made.day)
        draws_of(rng, len(made.declarations))  # the steps', which come first in the files
        exported.add(*plan.exports.of_day(rng, made.declarations))
        yield from (_event("exports", *row) for row in exported.take((made.day - LONGEST_TRANSIT_DAYS - 1) * DAY_S))
    yield from (_event("exports", *row) for row in exported.take())


def _event(kind: Kind, at: int, line: str) -> Event:
    return Event(float(at), kind, record_key(orjson.loads(line)), line.rstrip("\n").encode(), ())
