"""Ghost container: declared and on the manifest, but nobody ever sees it; or seen, and declared by nobody (made in `stream.py`)."""

from stream_app.simulate.columns import Ints
from stream_app.simulate.voyages.pace import Pace
from stream_app.simulate.voyages.services import Schedule
from stream_app.simulate.voyages.voyage import Voyages

UNDECLARED = 0.6  # of the ghosts


def commit(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    voyages.vanished[rows] = True
    return voyages.planned_discharge[rows]
