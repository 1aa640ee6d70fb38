"""Seal swap: opened on the way, and closed again with a seal of its own. Nothing else shows."""

from stream_app.simulate.columns import Ints
from stream_app.simulate.voyages.pace import Pace
from stream_app.simulate.voyages.schemes.access import opened_at
from stream_app.simulate.voyages.services import Schedule
from stream_app.simulate.voyages.voyage import Voyages


def commit(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    voyages.seal_swapped[rows] = opened_at(voyages, pace, rows)
    voyages.watched[rows] = True
    return voyages.seal_swapped[rows]
