"""Early release: selected for a control, yet released and gone before it; its result comes from the importer's premises, or never."""

import numpy as np

from stream_app.simulate.columns import Ints
from stream_app.simulate.voyages.boxes import PHYSICAL, SCAN
from stream_app.simulate.voyages.pace import HOUR_S, Pace
from stream_app.simulate.voyages.services import Schedule
from stream_app.simulate.voyages.voyage import ABSENT, Voyages


def commit(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    v, rng, count = voyages, pace.rng, len(rows)
    v.control[rows] = np.where(rng.random(count) < 0.5, SCAN, PHYSICAL)
    v.selected[rows] = v.discharged[rows] + pace.hours(0.2, 2, count)
    v.released[rows] = np.maximum(v.released[rows], v.selected[rows] + pace.hours(0.5, 3, count))
    v.gate_out[rows] = np.maximum(v.gate_out[rows], v.released[rows] + pace.hours(0.5, 3, count))
    later = np.maximum(v.stripped[rows] - pace.hours(0.7, 1.5, count), v.gate_out[rows] + HOUR_S)
    v.controlled[rows] = np.where(rng.random(count) < 0.5, later, ABSENT)
    return v.released[rows]
