"""Getting at a container: where and when it stands, and how heavy it may become."""

import numpy as np

from stream_app.simulate.columns import NONE, Floats, Ints
from stream_app.simulate.voyages.pace import Pace
from stream_app.simulate.voyages.services import Calls, Schedule
from stream_app.simulate.voyages.voyage import Voyages

HEAVIEST_KG = 38_000.0


def within(rng: np.random.Generator, start: Ints, end: Ints) -> Ints:
    return np.asarray(start + (rng.uniform(0.15, 0.85, len(start)) * np.maximum(end - start, 60)).astype(np.int64))


def opened_at(voyages: Voyages, pace: Pace, rows: Ints) -> Ints:
    """When somebody is at the container: in the hub, at the terminal at home, or on the road from there."""
    v, u, rng = voyages, pace.rng.random(len(rows)), pace.rng
    in_hub = (v.hub[rows] != NONE) & (u < 0.45)
    times = within(rng, v.hub_discharged[rows], v.hub_loaded[rows]), within(rng, v.discharged[rows], v.gate_out[rows])
    left = np.maximum(v.gate_out[rows], v.inland_out[rows])
    return np.where(in_hub, times[0], np.where(u < 0.8, times[1], within(rng, left, v.stripped[rows])))


def bounded_kg(mass_kg: Floats) -> Floats:
    return np.minimum(mass_kg, HEAVIEST_KG)


def board_earlier(voyages: Voyages, schedule: Schedule, rows: Ints, weeks: Ints) -> None:
    """On ships that left whole weeks before: all that came before the sailing moves with it."""
    v = voyages
    before = Calls(*(column[rows] for column in v.feeder))
    after = schedule.sailing(before.leg, before.week - weeks)
    for old, new in zip(v.feeder, after, strict=True):
        old[rows] = new
    for column in (v.stuffed, v.gate_in, v.loaded):
        column[rows] -= before.departure - after.departure
    via = v.hub[rows] != NONE
    v.hub_discharged[rows] -= np.where(via, before.arrival - after.arrival, 0)


def strip_later(voyages: Voyages, rows: Ints, by_s: Ints) -> None:
    voyages.stripped[rows] += np.maximum(by_s, 0)
    voyages.returned[rows] += np.maximum(by_s, 0)
