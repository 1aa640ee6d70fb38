"""Weight tampering: goods come in on the way, so the weighbridge disagrees with the verified gross mass; or both with the declaration."""

import numpy as np

from stream_app.simulate.columns import Ints
from stream_app.simulate.voyages.pace import Pace
from stream_app.simulate.voyages.schemes.access import bounded_kg, opened_at, within
from stream_app.simulate.voyages.services import Schedule
from stream_app.simulate.voyages.voyage import Voyages

UNDERSTATED_FROM_THE_START = 0.4


def commit(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    v, rng, count = voyages, pace.rng, len(rows)
    heavier = np.maximum((v.mass_kg - v.tare_kg)[rows] * rng.uniform(0.12, 0.6, count), rng.uniform(300, 1_200, count))
    understated = rng.random(count) < UNDERSTATED_FROM_THE_START
    at = np.where(understated, v.gate_in[rows], opened_at(v, pace, rows))
    at = np.where(~understated & (at > v.gate_out[rows]), within(rng, v.discharged[rows], v.gate_out[rows]), at)
    v.mass_changed[rows] = at
    v.mass_after_kg[rows] = bounded_kg(v.mass_kg[rows] + heavier)
    v.watched[rows] = True
    return at
