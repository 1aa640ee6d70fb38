"""Where UN/LOCODEs are: a table of container ports, inland terminals and capitals, rounded to a hundredth of a degree or so.

Not the whole code list (100,000 places): what is not in it is never called too far away; pipeline.toml adds places.
"""

import csv
from functools import cache
from importlib import resources
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6_371.0

Coordinates = tuple[float, float]
"""Latitude and longitude in degrees."""


@cache
def locations() -> dict[str, Coordinates]:
    """UN/LOCODE -> coordinates, read once a process."""
    text = (resources.files(__package__) / "locations.csv").read_text(encoding="utf-8")
    return {row["un_location_code"]: (float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(text.splitlines())}


def great_circle_km(here: Coordinates, there: Coordinates) -> float:
    """The haversine formula."""
    north, east, other_north, other_east = (radians(degrees) for degrees in (*here, *there))
    h = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(h)))


@cache
def _km(here: str, there: str) -> float | None:
    known = locations()
    if here not in known or there not in known:
        return None
    return great_circle_km(known[here], known[there])


def distance_km(here: str | None, there: str | None) -> float | None:
    """Between two UN/LOCODEs; None where one of them is not known."""
    known = locations()
    # Only pairs of known places are remembered, so that nothing a sender invents fills the memory.
    if here not in known or there not in known:
        return None
    return _km(here, there)
