"""Facilities: terminals, depots, inland terminals and the premises where containers are stuffed and stripped, numbered in one list."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from stream_app.simulate.columns import Floats, Ints
from stream_app.simulate.voyages.ports import HOME_CUSTOMERS, HOME_INLAND, HOME_PORT, ODD_INLAND, ODD_PORTS, PORTS, great_circle_km

TERMINALS = 2
HOME_TERMINALS = ("ECTDE", "APMII")  # codes within NLRTM
ROAD_KM_A_DAY = 700.0


class Place(NamedTuple):
    """`type` as facilityTypeCode of DCSA; `code` is empty where the facility has none."""

    type: str
    code: str
    location: str
    latitude: float
    longitude: float


def _terminal_code(port: str, number: int) -> str:
    return HOME_TERMINALS[number] if port == PORTS[HOME_PORT].code else f"{port[2:]}T{number + 1}"


_AT_PORTS = [Place("POTE", _terminal_code(p.code, number), p.code, p.latitude, p.longitude) for p in PORTS for number in range(TERMINALS)]
_DEPOTS = [Place("DEPO", f"{p.code[2:]}D", p.code, p.latitude, p.longitude) for p in PORTS]
_ABROAD = [Place("CLOC", "", *p.customer) for p in PORTS]
_AT_HOME = [Place("CLOC", "", *place) for place in HOME_CUSTOMERS]
_INLAND = [Place("INTE", f"{code[2:]}I", code, north, east) for code, north, east in HOME_INLAND]
_ODD_PORTS = [Place("POTE", f"{code[2:]}T1", code, north, east) for code, north, east in ODD_PORTS]
_ODD_INLAND = [Place("OFFD", "", *place) for place in ODD_INLAND]

_GROUPS = (_AT_PORTS, _DEPOTS, _ABROAD, _AT_HOME, _INLAND, _ODD_PORTS, _ODD_INLAND)
PLACES = [place for group in _GROUPS for place in group]
_STARTS = np.cumsum([0, *(len(group) for group in _GROUPS)])
_RANGES: list[Ints] = [np.arange(start, end) for start, end in pairwise(_STARTS.tolist())]

TERMINAL: Ints = _RANGES[0].reshape(len(PORTS), TERMINALS)
DEPOT, CUSTOMER_ABROAD, CUSTOMER_AT_HOME, INLAND, ODD_CALL, ODD_STOP = _RANGES[1:]
LATITUDE = np.array([place.latitude for place in PLACES])
LONGITUDE = np.array([place.longitude for place in PLACES])


def distance_km(place: Ints, other: Ints) -> Floats:
    return great_circle_km(LATITUDE[place], LONGITUDE[place], LATITUDE[other], LONGITUDE[other])


def drive_s(place: Ints, other: Ints) -> Ints:
    """By road, rests included; an hour at least."""
    return (distance_km(place, other) * 1.3 / ROAD_KM_A_DAY * 86_400 + 3_600).astype(np.int64)
