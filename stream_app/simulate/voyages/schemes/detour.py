"""Detour: a call that no ship of the lane makes, or on the way to the customer a stop where nobody has business."""

import numpy as np

from stream_app.simulate.columns import NONE, Ints
from stream_app.simulate.voyages.pace import HOUR_S, Pace
from stream_app.simulate.voyages.places import ODD_CALL, ODD_STOP, distance_km, drive_s
from stream_app.simulate.voyages.ports import KM_A_NAUTICAL_MILE
from stream_app.simulate.voyages.schemes.access import board_earlier, strip_later
from stream_app.simulate.voyages.services import WEEK_S, Schedule
from stream_app.simulate.voyages.voyage import ABSENT, Voyages

SEA_KNOTS, BY_SEA = 13.0, 0.8


def commit(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    by_sea = (voyages.hub[rows] == NONE) & (pace.rng.random(len(rows)) < BY_SEA)
    _call(voyages, pace, schedule, rows[by_sea])
    _stop(voyages, pace, rows[~by_sea])
    return np.where(by_sea, voyages.odd_in[rows], voyages.stop_in[rows])


def _call(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> None:
    """Off one ship and onto the next in a strange port; the first has to leave weeks earlier for that."""
    v, count = voyages, len(rows)
    port = ODD_CALL[pace.rng.integers(0, len(ODD_CALL), count)]
    there, onwards = _steaming_s(v.terminal_out[rows], port), _steaming_s(port, v.terminal_in[rows])
    stay = pace.hours(36, 150, count)
    weeks = -(-(there + stay + onwards - (v.main.arrival - v.main.departure)[rows]) // WEEK_S)
    board_earlier(v, schedule, rows, np.maximum(weeks, 1))
    v.odd_place[rows] = port
    v.odd_out[rows] = v.main.arrival[rows] - onwards
    v.odd_in[rows] = v.odd_out[rows] - stay


def _stop(voyages: Voyages, pace: Pace, rows: Ints) -> None:
    v, count = voyages, len(rows)
    stop = ODD_STOP[pace.rng.integers(0, len(ODD_STOP), count)]
    left, last = np.maximum(v.gate_out, v.inland_out)[rows], np.where(v.inland_out[rows] != ABSENT, v.inland[rows], v.terminal_in[rows])
    v.odd_place[rows] = stop
    v.stop_in[rows] = left + drive_s(last, stop) + pace.hours(0.5, 4, count)
    v.stop_out[rows] = v.stop_in[rows] + pace.hours(10, 60, count)
    strip_later(v, rows, v.stop_out[rows] + drive_s(stop, v.destination[rows]) + pace.hours(1, 8, count) - v.stripped[rows])


def _steaming_s(place: Ints, other: Ints) -> Ints:
    return (distance_km(place, other) / KM_A_NAUTICAL_MILE / SEA_KNOTS * HOUR_S).astype(np.int64)
