"""The stream of events: one day at a time, in event-time order."""

from collections.abc import Callable, Iterator
from heapq import merge
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import orjson

from stream_app.simulate import parcels, shipments
from stream_app.simulate.amendments import amended, draw_amendments
from stream_app.simulate.bad_submitters import BadSubmitters
from stream_app.simulate.columns import NONE, Consignments, Ints, join
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.events import Controlled, Event, Kind, Truth
from stream_app.simulate.outcomes import CONTROLS, Control, control_day
from stream_app.simulate.outcomes import document as outcome_document
from stream_app.simulate.render import Document, declaration_ids, documents, timestamps
from stream_app.simulate.rhythm import DAY_S, midnight
from stream_app.simulate.schemes.catalogue import EXTRA_SHARE, MIX, SCHEMES
from stream_app.simulate.schemes.commit import commit_schemes
from stream_app.simulate.schemes.ghost_trader import GhostTraders
from stream_app.simulate.schemes.splitting import SplittingRings
from stream_app.simulate.voyages.stream import VoyageBook
from stream_app.simulate.voyages.telling import Accepted, Teller
from stream_app.simulate.world import Today, World

_AT = attrgetter("at")
KINDS: tuple[Kind, ...] = ("declarations", "outcomes")
"""That `by_kind` has the lines of."""


class DrawnDay(NamedTuple):
    batch: Consignments
    names: list[str]
    documents: list[Document]
    keys: list[str]
    starts: Ints  # row of the first item of each declaration
    amendments: list[tuple[int, int]]
    controls: list[Control]


def _consignments(world: World, today: Today, ghosts: GhostTraders, rings: SplittingRings) -> Consignments:
    """Honest trade, the schemes of regular traders, and the declarations that only fraud brings; about today.volume declarations."""
    share = world.config.scheme_share
    mean_items = (1 - parcels.SHARE) * shipments.MEAN_ITEMS + parcels.SHARE
    items = today.volume * mean_items
    honest = today.volume * (1 - share * EXTRA_SHARE)
    regular, trader_row = shipments.consign(world, today, int(today.rng.poisson(honest * (1 - parcels.SHARE))))
    commit_schemes(world, today, regular, trader_row, share * items)
    posted = parcels.consign(world, today, int(today.rng.poisson(honest * parcels.SHARE)))
    ghost = ghosts.consign(world, today, share * items * float(MIX[SCHEMES.index("ghost_trader")]))
    split = rings.consign(world, today, share * items * float(MIX[SCHEMES.index("splitting")]))
    return join([regular, posted, ghost, split])


def _declarations(day: DrawnDay) -> list[Event]:
    truths: dict[int, tuple[Truth, ...]] = {}
    items = day.batch.items
    for row in np.flatnonzero(items.scheme != NONE).tolist():
        declaration = int(items.declaration[row])
        truth = Truth(day.names[declaration], row - int(day.starts[declaration]) + 1, SCHEMES[items.scheme[row]])
        truths[declaration] = (*truths.get(declaration, ()), truth)
    times = day.batch.headers.lodged_at.astype(np.float64).tolist()
    rows = zip(times, day.keys, day.documents, strict=True)
    return [Event(at, "declarations", key, orjson.dumps(document), truths.get(row, ())) for row, (at, key, document) in enumerate(rows)]


def _amendments(day: DrawnDay) -> list[Event]:
    times = [int(day.batch.headers.lodged_at[row]) + delay for row, delay in day.amendments]
    texts = timestamps(np.array(times, dtype=np.int64))
    return [
        Event(float(at), "declarations", day.keys[row], orjson.dumps(amended(day.documents[row], text, delay)), ())
        for (row, delay), at, text in zip(day.amendments, times, texts, strict=True)
    ]


def _outcomes(day: DrawnDay) -> list[Event]:
    """One outcome a controlled declaration; some are sent a second time, the same bytes later on."""
    texts = timestamps(np.array([control.decided_at for control in day.controls], dtype=np.int64))
    events: list[Event] = []
    for control, text in zip(day.controls, texts, strict=True):
        row = control.declaration
        value = orjson.dumps(outcome_document(control, day.names[row], day.keys[row], text, day.batch, control.item - int(day.starts[row]) + 1))
        events.append(Event(float(control.decided_at), "outcomes", day.keys[row], value, ()))
        if control.repeated_after_s:
            events.append(events[-1]._replace(at=float(control.decided_at + control.repeated_after_s)))
    return events


def controls_of(day: DrawnDay) -> dict[str, Controlled]:
    """By declaration."""
    return {day.names[one.declaration]: Controlled(CONTROLS[one.control], one.decided_at) for one in day.controls}


def drawn_days(config: WorldConfig, book: VoyageBook | None) -> Iterator[DrawnDay]:
    """Day after day; `book` takes the voyages of their containers."""
    world, ghosts, rings = World(config), GhostTraders(), SplittingRings()
    bad = BadSubmitters(config)
    serial = 1
    for number in range(config.days):
        today = world.open_day(number)
        batch = _consignments(world, today, ghosts, rings)
        names = declaration_ids(batch.headers, config.start.year, serial)
        serial += len(names)
        papers, keys, starts = documents(world, today, batch, names, book.free(number) if book else None)
        amendments = draw_amendments(today.rng, config.amendment_share, len(names))
        controls = control_day(today.rng, config, batch)
        if book:
            book.accept(number, batch, papers, controls)
        bad.spoil(number, papers)
        yield DrawnDay(batch, names, papers, keys, starts, amendments, controls)


def _declared(config: WorldConfig, days: Iterator[DrawnDay]) -> Iterator[list[Event]]:
    """A list a day, and a last one of what falls after the last day, each in order."""
    opening = midnight(config.start, 0)
    pending: dict[int, list[Event]] = {}
    for number, day in enumerate(days):
        for event in _declarations(day) + _amendments(day) + _outcomes(day):
            pending.setdefault(int(event.at - opening) // DAY_S, []).append(event)
        yield sorted(pending.pop(number, []), key=_AT)
    yield [event for number in sorted(pending) for event in sorted(pending[number], key=_AT)]


class DayWritten(NamedTuple):
    """One day's lines in the order of `at`, by kind with their number, the truth about its goods items, and the voyages that are to be told."""

    lines: dict[Kind, tuple[int, bytes]]
    truth: list[Truth]
    accepted: list[Accepted]
    controls: dict[str, Controlled]


Seen = Callable[[Document], None]
"""Is given every declaration as it is made, in its first version."""


def by_kind(config: WorldConfig, seen: Seen | None = None) -> Iterator[DayWritten]:
    """The same events as `simulate`, in the same order within each kind: for files, and in one pass. A last one holds what falls after the last day.

    Memory: one day, and what is pending of amendments and outcomes.
    """
    book, controls = VoyageBook(config) if config.movements else None, dict[str, Controlled]()
    for events in _declared(config, _shown(drawn_days(config, book), controls, seen)):
        lines: dict[Kind, tuple[int, bytes]] = {}
        for kind in KINDS:
            values = [event.value for event in events if event.kind == kind]
            lines[kind] = len(values), b"\n".join([*values, b""])
        truth = [truth for event in events for truth in event.truth if isinstance(truth, Truth)]
        yield DayWritten(lines, truth, book.take() if book else [], dict(controls))


def _shown(days: Iterator[DrawnDay], controls: dict[str, Controlled], seen: Seen | None) -> Iterator[DrawnDay]:
    """`controls` has those of the day and of the day before, whose declarations reach beyond midnight."""
    earlier: dict[str, Controlled] = {}
    for day in days:
        if seen is not None:
            for document in day.documents:
                seen(document)
        today = controls_of(day)
        controls.clear()
        controls |= earlier | today
        earlier = today
        yield day


def simulate(config: WorldConfig) -> Iterator[Event]:
    """All events in the order of `at`, the same for the same config on every run.

    Outcomes and amendments that fall after the last day follow at the end, up to five months later. Voyages begin months before the first
    day, and are planned from declarations still to come: the world is made twice then, once for its declarations, and once ahead of them.
    """
    declared = (
        event for events in _declared(config, drawn_days(config, VoyageBook(config, tells=False) if config.movements else None)) for event in events
    )
    return merge(declared, _moved(config), key=_AT) if config.movements else declared


def _moved(config: WorldConfig) -> Iterator[Event]:
    book, teller = VoyageBook(config), Teller(config)
    for number, _ in enumerate(chain(drawn_days(config, book), [None])):
        for told in teller.tell(number, book.take()):
            yield from told.events()
