"""Container swap: another container goes on under the number, with another mass and seal, while the first turns up far away within hours."""

import numpy as np

from stream_app.simulate.columns import Ints
from stream_app.simulate.voyages.pace import Pace
from stream_app.simulate.voyages.places import DEPOT
from stream_app.simulate.voyages.ports import PORT_INDEX
from stream_app.simulate.voyages.schemes.access import bounded_kg, within
from stream_app.simulate.voyages.services import Schedule
from stream_app.simulate.voyages.voyage import Voyages

# Within NLRTM's reach nobody would wonder.
ELSEWHERE = ("ITGOA", "GBFXT", "NOOSL", "MAPTM", "HRRJK")


def commit(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    v, rng, count = voyages, pace.rng, len(rows)
    at = within(rng, v.discharged[rows], v.gate_out[rows])
    v.seal_swapped[rows] = v.mass_changed[rows] = at
    goods = (v.mass_kg - v.tare_kg)[rows]
    differs = np.maximum(goods * rng.uniform(0.15, 0.6, count), rng.uniform(400, 1_500, count))
    lighter = (rng.random(count) < 0.5) & (differs < 0.9 * goods)
    v.mass_after_kg[rows] = bounded_kg(v.mass_kg[rows] + np.where(lighter, -differs, differs))
    v.twin_seen[rows] = v.gate_out[rows] + pace.hours(-1, 3, count)
    v.twin_place[rows] = DEPOT[np.array([PORT_INDEX[code] for code in ELSEWHERE])[rng.integers(0, len(ELSEWHERE), count)]]
    v.watched[rows] = True
    return at
