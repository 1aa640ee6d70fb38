"""Unexplained stop: days on the road, weeks at the terminal or in the hub, without a control that would explain them."""

import numpy as np

from stream_app.simulate.columns import NONE, Ints
from stream_app.simulate.rhythm import DAY_S
from stream_app.simulate.voyages.pace import Pace
from stream_app.simulate.voyages.schemes.access import board_earlier, strip_later
from stream_app.simulate.voyages.services import Schedule
from stream_app.simulate.voyages.voyage import ABSENT, Voyages


def commit(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    v, rng, count = voyages, pace.rng, len(rows)
    u = rng.random(count)
    at_hub = (v.hub[rows] != NONE) & (u < 0.35)
    at_terminal, on_road = ~at_hub & (u < 0.6), ~at_hub & (u >= 0.6)
    board_earlier(v, schedule, rows[at_hub], rng.integers(3, 6, int(at_hub.sum())))
    waiting, driving = rows[at_terminal], rows[on_road]
    longer = (rng.uniform(12, 25, len(waiting)) * DAY_S).astype(np.int64)
    for column in (v.gate_out, v.inland_in, v.inland_out, v.stripped, v.returned):
        column[waiting] += np.where(column[waiting] != ABSENT, longer, 0)
    start = np.maximum(v.gate_out, v.inland_out)
    strip_later(v, driving, (rng.uniform(4, 12, len(driving)) * DAY_S).astype(np.int64))
    return np.where(at_hub, v.hub_discharged[rows], np.where(at_terminal, v.released[rows], start[rows]))
