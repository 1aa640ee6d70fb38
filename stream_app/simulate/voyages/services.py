"""Liner services: a ship a week on every leg, under its own IMO number, sometimes late. All containers of a call share its times.

A leg goes from a port to another without transshipment. Ships of a leg take turns, as many as the round trip has weeks.
"""

from typing import NamedTuple

import numpy as np

from stream_app.contracts.check_digits import vessel_check_digit
from stream_app.simulate.columns import NONE, Floats, Ints
from stream_app.simulate.rhythm import DAY_S
from stream_app.simulate.voyages.chance import chance
from stream_app.simulate.voyages.ports import HOME_PORT, PORT_INDEX, PORTS, sea_miles

WEEK_S = 7 * DAY_S
KNOTS, CALLS_BETWEEN, DAYS_IN_PORT = 15.5, 1.12, 1.0
# Hours behind the schedule: mean of an exponential, and the most; on the way, as a share of the way.
LATE_H, LATEST_H, SLOWER = 9.0, 60.0, 0.06
MOST_HUBS = 3
FIRST_VESSEL = 920_000  # first six digits of the first IMO number
_LATE, _SLOW = range(2)


class Calls(NamedTuple):
    """One sailing a row: leg and week, and when the ship really left the first port and reached the second, epoch seconds."""

    leg: Ints
    week: Ints
    departure: Ints
    arrival: Ints


def _legs() -> list[tuple[int, int]]:
    """Direct services, feeders, and from hubs to home; each in both directions."""
    pairs = set()
    for row, port in enumerate(PORTS):
        pairs |= {(row, HOME_PORT if hub == "-" else PORT_INDEX[hub]) for hub in port.hubs if row != HOME_PORT}
        pairs |= {(PORT_INDEX[hub], HOME_PORT) for hub in port.hubs if hub != "-"}
    return sorted(pairs | {(end, start) for start, end in pairs})


LEGS = _legs()
LEG_BETWEEN: Ints = np.full((len(PORTS), len(PORTS)), NONE, dtype=np.int64)
for _number, _pair in enumerate(LEGS):
    LEG_BETWEEN[_pair] = _number
TRANSIT_S: Ints = np.array([(sea_miles(PORTS[a], PORTS[b]) / KNOTS / 24 * CALLS_BETWEEN + DAYS_IN_PORT) * DAY_S for a, b in LEGS], dtype=np.int64)
ROTATION: Ints = 2 * TRANSIT_S // WEEK_S + 2
_FIRST_OF_LEG: Ints = np.cumsum(ROTATION) - ROTATION
# (ports, MOST_HUBS): port of transshipment or NONE for direct services, short lists repeated.
HUBS: Ints = np.array([np.resize([NONE if hub == "-" else PORT_INDEX[hub] for hub in port.hubs], MOST_HUBS) for port in PORTS], dtype=np.int64)
HUB_CHOICES: Ints = np.array([len(port.hubs) for port in PORTS], dtype=np.int64)


def _imo(number: int) -> str:
    first = str(FIRST_VESSEL + 7 * number)
    return f"{first}{vessel_check_digit(first)}"


VESSELS = [_imo(number) for number in range(int(ROTATION.sum()))]


def vessel(calls: Calls) -> Ints:
    """Rows of VESSELS."""
    return np.asarray(_FIRST_OF_LEG[calls.leg] + calls.week % ROTATION[calls.leg])


class Schedule:
    """`seed` decides how late each ship is."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        every = np.arange(len(LEGS))
        self._phase = (chance(seed, 7, every) * WEEK_S).astype(np.int64)

    def sailing(self, leg: Ints, week: Ints) -> Calls:
        late: Floats = np.minimum(-LATE_H * np.log1p(-chance(self._seed, _LATE, leg, week)), LATEST_H) * 3600
        departure = week * WEEK_S + self._phase[leg] + late.astype(np.int64)
        slower = 1 + SLOWER * (2 * chance(self._seed, _SLOW, leg, week) - 0.5)
        return Calls(leg, week, departure, departure + (TRANSIT_S[leg] * slower).astype(np.int64))

    def last_before(self, leg: Ints, limit: Ints) -> Calls:
        """The latest ship that has arrived by `limit`."""
        week = (limit - self._phase[leg] - TRANSIT_S[leg]) // WEEK_S + 1
        for _ in range(4):
            too_late = self.sailing(leg, week).arrival > limit
            week = week - too_late
        return self.sailing(leg, week)

    def first_after(self, leg: Ints, limit: Ints) -> Calls:
        """The first ship that leaves at `limit` or later."""
        week = (limit - self._phase[leg]) // WEEK_S - 1
        for _ in range(4):
            too_early = self.sailing(leg, week).departure < limit
            week = week + too_early
        return self.sailing(leg, week)


def voyage_number(leg: int, week: int) -> str:
    """Two digits of the year and the week's number in a running count, and a letter for the direction."""
    return f"{week % 10_000:04d}{'W' if LEGS[leg][0] < LEGS[leg][1] else 'E'}"
