"""A day's voyages as they are planned around the declarations, before schemes and disorder touch them.

An import is planned backwards from its lodging: the ship arrives some days around it. An export is planned forwards.
"""

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Floats, Ints
from stream_app.simulate.rhythm import DAY_S
from stream_app.simulate.voyages.boxes import PHYSICAL, POST_CLEARANCE, SCAN, Boxes
from stream_app.simulate.voyages.pace import HOUR_S, Pace
from stream_app.simulate.voyages.places import CUSTOMER_ABROAD, CUSTOMER_AT_HOME, DEPOT, INLAND, TERMINAL, TERMINALS, drive_s
from stream_app.simulate.voyages.ports import COUNTRY_PORTS, HOME_PORT, MOST_PORTS
from stream_app.simulate.voyages.services import HUB_CHOICES, HUBS, LEG_BETWEEN, Calls, Schedule
from stream_app.simulate.voyages.voyage import ABSENT, SIZES, Voyages

TWENTY_FOOT_KG, REEFERS = 9_000.0, 0.15  # goods up to this go in the smallest container; of the rest this share is cooled
LODGED_BEFORE_ARRIVAL_S = 2 * DAY_S  # the longest
TRANSSHIPMENT_S, CONGESTED_TRANSSHIPMENT_S = 40 * HOUR_S, 5 * DAY_S  # a week's spread on top: twice the mean
OTHER_WAY, OTHER_PORT = 0.06, 0.1
BY_BARGE, SCANNED, CHECKED_BY_OTHERS = 0.25, 0.04, 0.015


def _route(boxes: Boxes, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """First port, hub and last port: the same for all containers of a declaration. A trader keeps to its port and way, mostly."""
    count = len(boxes.names)
    u = rng.random((3, count))[:, boxes.leader()]
    foreign = COUNTRY_PORTS[boxes.country, np.where(u[0] < OTHER_PORT, (u[1] * MOST_PORTS).astype(np.int64), boxes.trader // 4 % MOST_PORTS)]
    habit = np.where(boxes.trader // 16 % 4 == 0, 1, 0) % HUB_CHOICES[foreign]
    hub = HUBS[foreign, np.where(u[2] < OTHER_WAY, (u[1] * HUB_CHOICES[foreign]).astype(np.int64), habit)]
    return np.where(boxes.export, HOME_PORT, foreign), hub, np.where(boxes.export, foreign, HOME_PORT)


def _calls(schedule: Schedule, pace: Pace, boxes: Boxes, first: Ints, hub: Ints, last: Ints) -> tuple[Calls, Calls]:
    """Imports arrive by two days after lodging, inspected ones before it; exports leave some days after lodging and any inspection."""
    direct = hub == NONE
    held = (boxes.control == PHYSICAL) | (boxes.control == SCAN)
    main_leg = LEG_BETWEEN[np.where(direct, first, hub), last]
    feeder_leg = LEG_BETWEEN[first, np.where(direct, last, hub)]
    main = schedule.last_before(main_leg, boxes.lodged_at + np.where(held, -2 * DAY_S, LODGED_BEFORE_ARRIVAL_S))
    connection = np.where(pace.congestion(main.departure) > 1, CONGESTED_TRANSSHIPMENT_S, TRANSSHIPMENT_S)
    feeder = schedule.last_before(feeder_leg, main.departure - connection)
    out = schedule.first_after(feeder_leg, np.where(held, np.maximum(boxes.decided_at, boxes.lodged_at), boxes.lodged_at) + 3 * DAY_S)
    connection = np.where(pace.congestion(out.arrival) > 1, CONGESTED_TRANSSHIPMENT_S, TRANSSHIPMENT_S)
    onward = schedule.first_after(main_leg, out.arrival + connection)
    end = _choose(boxes.export, onward, main)
    start = _choose(boxes.export, out, feeder)
    return _choose(direct, _choose(boxes.export, start, end), start), _choose(direct, _choose(boxes.export, start, end), end)


def _choose(rows: Bools, yes: Calls, no: Calls) -> Calls:
    return Calls(*(np.where(rows, a, b) for a, b in zip(yes, no, strict=True)))


def plan(boxes: Boxes, schedule: Schedule, pace: Pace) -> Voyages:
    rng, count, export = pace.rng, len(boxes.names), boxes.export
    first, hub, last = _route(boxes, rng)
    feeder, main = _calls(schedule, pace, boxes, first, hub, last)
    home = CUSTOMER_AT_HOME[boxes.trader // 4 % len(CUSTOMER_AT_HOME)]
    origin, destination = np.where(export, home, CUSTOMER_ABROAD[first]), np.where(export, CUSTOMER_ABROAD[last], home)
    terminal_out, terminal_in = TERMINAL[first, feeder.leg % TERMINALS], TERMINAL[last, main.leg % TERMINALS]
    terminal_hub = TERMINAL[np.maximum(hub, 0), main.leg % TERMINALS]
    size = np.where(boxes.goods_kg <= TWENTY_FOOT_KG, 0, np.where(rng.random(count) < REEFERS, 1, 2))
    tare: Floats = np.array([tare for _, tare in SIZES])[size] + 10.0 * rng.integers(-9, 10, count)

    loaded = feeder.departure - pace.hours(1.5, 16, count)
    gate_in = loaded - np.maximum(pace.dwell(62, 0.45, terminal_out, loaded), 6 * HOUR_S)
    # An export that is inspected has come to the terminal before.
    gate_in = np.where(export & (boxes.decided_at > 0), np.minimum(gate_in, boxes.decided_at - 4 * HOUR_S), gate_in)
    stuffed = pace.worked(gate_in - drive_s(origin, terminal_out) - pace.span(9, 0.7, count), -1)
    via = hub != NONE
    hub_discharged = np.where(via, feeder.arrival + pace.hours(2, 16, count), ABSENT)
    hub_loaded = np.where(via, main.departure - pace.hours(1.5, 12, count), ABSENT)
    discharged = main.arrival + (pace.hours(2, 16, count) * pace.congestion(main.arrival)).astype(np.int64)
    control, selected, controlled, irregular, checked = _controls(pace, boxes, gate_in, discharged)
    voyages = Voyages(
        boxes=boxes,
        first=first,
        hub=hub,
        last=last,
        feeder=feeder,
        main=main,
        size=size,
        tare_kg=tare,
        mass_kg=tare + boxes.goods_kg * (1 + rng.uniform(0, 0.02, count)),
        origin=origin,
        terminal_out=terminal_out,
        terminal_hub=terminal_hub,
        terminal_in=terminal_in,
        inland=INLAND[boxes.trader // 64 % len(INLAND)],
        destination=destination,
        depot=DEPOT[last],
        stuffed=stuffed,
        gate_in=gate_in,
        loaded=loaded,
        hub_discharged=hub_discharged,
        hub_loaded=hub_loaded,
        discharged=discharged,
        control=control,
        selected=selected,
        controlled=controlled,
        irregular=irregular,
        checked=checked,
    )
    release(voyages, pace)
    deliver(voyages, pace)
    return voyages


def _controls(pace: Pace, boxes: Boxes, gate_in: Ints, discharged: Ints) -> tuple[Ints, Ints, Ints, Bools, Ints]:
    """Kind of control, selected, controlled, irregular, and checked by others. What the outcome says took place then; scans happen besides."""
    rng, count, export = pace.rng, len(boxes.names), boxes.export
    at_hand = np.where(export, gate_in, discharged) + pace.hours(0.2, 3, count)
    declared = (boxes.control == PHYSICAL) | (boxes.control == SCAN)
    extra = ~declared & ~export & (rng.random(count) < SCANNED)
    selected = np.where(declared, np.maximum(at_hand, boxes.lodged_at + 120), np.where(extra, at_hand, ABSENT))
    decided = np.where(declared, np.maximum(boxes.decided_at, selected + 1_200), selected + pace.span(7, 0.7, count))
    kind = np.where(declared, boxes.control, np.where(extra, SCAN, NONE))
    checked = np.where(~export & (rng.random(count) < CHECKED_BY_OTHERS), discharged + pace.hours(3, 20, count), ABSENT)
    return kind, selected, np.where(kind != NONE, decided, ABSENT), declared & boxes.irregular, checked


def release(voyages: Voyages, pace: Pace) -> None:
    """By customs, once the goods are there, declared, and any control is over."""
    boxes, count = voyages.boxes, len(voyages.gate_in)
    ready = np.maximum(np.where(boxes.export, voyages.gate_in, voyages.discharged), voyages.checked) + pace.hours(0.3, 4, count)
    processed = boxes.lodged_at + np.minimum(pace.span(3, 1, count), 40 * HOUR_S)
    decided = np.where((boxes.control != NONE) & (boxes.control != POST_CLEARANCE), boxes.decided_at + 1_800, 0)
    controlled = np.where(voyages.controlled != ABSENT, voyages.controlled + 1_800, 0)
    voyages.released = np.maximum.reduce([ready, processed, decided, controlled])
    voyages.released = np.where(boxes.export, np.minimum(voyages.released, voyages.loaded - 1_800), voyages.released)


def deliver(voyages: Voyages, pace: Pace) -> None:
    """From the terminal to the customer, and the empty container to its depot. Abroad another customs administration releases."""
    export, count = voyages.boxes.export, len(voyages.gate_in)
    free = np.where(export, voyages.discharged + pace.span(18, 0.6, count), voyages.released)
    voyages.gate_out = pace.worked(free + pace.dwell(24, 0.7, voyages.terminal_in, free), 1)
    barge = ~export & (pace.rng.random(count) < BY_BARGE)
    voyages.inland_in = np.where(barge, voyages.gate_out + pace.span(14, 0.3, count), ABSENT)
    voyages.inland_out = np.where(barge, voyages.inland_in + pace.dwell(30, 0.5, voyages.inland, voyages.inland_in), ABSENT)
    left, where = np.maximum(voyages.gate_out, voyages.inland_out), np.where(barge, voyages.inland, voyages.terminal_in)
    voyages.stripped = pace.worked(left + drive_s(where, voyages.destination) + pace.span(5, 0.7, count), 1)
    voyages.returned = voyages.stripped + drive_s(voyages.destination, voyages.depot) + pace.dwell(26, 0.6, voyages.depot, voyages.stripped)
