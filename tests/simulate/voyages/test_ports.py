import numpy as np
import pytest

from stream_app.simulate.countries import CODES, HOME_INDEX
from stream_app.simulate.voyages.places import CUSTOMER_AT_HOME, PLACES, TERMINAL, drive_s
from stream_app.simulate.voyages.ports import COUNTRY_PORTS, HOME_PORT, PORT_INDEX, PORTS, great_circle_km, sea_miles


def miles(start: str, end: str) -> float:
    return sea_miles(PORTS[PORT_INDEX[start]], PORTS[PORT_INDEX[end]])


# Published distances in nautical miles (tables of sea distances), which our few waypoints meet within an eighth.
@pytest.mark.parametrize(
    ("start", "published"), [("CNSHA", 10_525), ("SGSIN", 8_290), ("USNYC", 3_350), ("BRSSZ", 5_430), ("INNSA", 6_340), ("ZADUR", 6_900)]
)
def test_sea_distances_to_rotterdam_are_near_published_ones(start: str, published: float) -> None:
    assert miles(start, "NLRTM") == pytest.approx(published, rel=0.125)


def test_a_way_is_as_long_back_as_there() -> None:
    for start, end in (("CNSHA", "SGSIN"), ("BRSSZ", "MAPTM"), ("PKKHI", "AEJEA"), ("NLRTM", "CLSAI")):
        assert miles(start, end) == pytest.approx(miles(end, start))


def test_no_way_is_shorter_than_the_great_circle() -> None:
    home = PORTS[HOME_PORT]
    for port in PORTS:
        straight = great_circle_km(*(np.array([x]) for x in (port.latitude, port.longitude, home.latitude, home.longitude)))[0] / 1.852
        assert sea_miles(port, home) >= straight - 1e-6


def test_a_quarter_of_the_equator_is_ten_thousand_kilometres() -> None:
    quarter = great_circle_km(np.array([0.0]), np.array([0.0]), np.array([0.0]), np.array([90.0]))[0]
    assert quarter == pytest.approx(6371 * np.pi / 2)


def test_every_country_of_the_declarations_has_a_port_and_only_landlocked_ones_use_a_neighbours() -> None:
    assert len(COUNTRY_PORTS) == len(CODES)
    assert (COUNTRY_PORTS[HOME_INDEX] == HOME_PORT).all()
    foreign = {code for row, code in enumerate(CODES) for port in COUNTRY_PORTS[row] if PORTS[port].code[:2] != code}
    assert foreign == {"CH", "RS", "ET"}


def test_drives_take_hours_within_the_country() -> None:
    times = drive_s(np.repeat(TERMINAL[HOME_PORT, 0], len(CUSTOMER_AT_HOME)), CUSTOMER_AT_HOME)
    assert 3_600 <= times.min() < times.max() < 14 * 3_600


def test_facilities_are_told_apart_by_type_code_and_location() -> None:
    coded = [(place.type, place.code, place.location) for place in PLACES if place.code]
    assert len(set(coded)) == len(coded) > 100
