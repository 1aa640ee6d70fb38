"""Ports, their hinterland, and the ways between them: UN/LOCODE with rounded coordinates, and sea distances over a few waypoints.

A line of `TABLE`: country of departure in the declarations | port, latitude, longitude | first waypoint of its way to Rotterdam |
place where containers are stuffed or stripped, latitude, longitude | hubs of transshipment, the first the commonest; - is a direct service.
Countries without a sea name the port that serves them.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from stream_app.simulate.columns import Floats, Ints
from stream_app.simulate.countries import CODES

TABLE = """
CN | CNSHA 31.23 121.49 | malacca | CNHGH 30.27 120.16 | - SGSIN
CN | CNYTN 22.57 114.27 | malacca | CNCAN 23.13 113.26 | - SGSIN
CN | CNTAO 36.07 120.32 | malacca | CNTNA 36.65 117.12 | SGSIN - MAPTM
VN | VNSGN 10.77 106.70 | malacca | VNSGN 10.85 106.63 | SGSIN -
VN | VNHPH 20.86 106.68 | malacca | VNHAN 21.03 105.85 | SGSIN MYPKG
BD | BDCGP 22.33 91.80 | dondra | BDDAC 23.81 90.41 | LKCMB SGSIN
IN | INNSA 18.95 72.95 | aden | INPNQ 18.52 73.86 | - AEJEA
IN | INMAA 13.10 80.30 | dondra | INBLR 12.97 77.59 | LKCMB -
PK | PKKHI 24.84 66.98 | aden | PKLHE 31.55 74.34 | AEJEA -
KH | KHKOS 10.63 103.50 | malacca | KHPNH 11.56 104.92 | SGSIN
ID | IDJKT -6.10 106.88 | malacca | IDBDO -6.91 107.61 | SGSIN MYPKG
TH | THLCH 13.08 100.88 | malacca | THBKK 13.75 100.50 | - SGSIN
MY | MYPKG 3.00 101.39 | malacca | MYKUL 3.14 101.69 | - SGSIN
JP | JPTYO 35.62 139.78 | malacca | JPTYO 35.69 139.69 | - SGSIN
KR | KRPUS 35.10 129.04 | malacca | KRTAE 35.87 128.60 | - SGSIN
TW | TWKHH 22.61 120.28 | malacca | TWTPE 25.03 121.57 | - SGSIN
HK | HKHKG 22.33 114.13 | malacca | HKHKG 22.37 114.11 | - SGSIN
SG | SGSIN 1.26 103.83 | malacca | SGSIN 1.33 103.75 | - LKCMB
AE | AEJEA 25.01 55.06 | aden | AEDXB 25.20 55.27 | - EGPSD
TR | TRIZM 38.44 27.15 | sicily | TRIZM 38.42 27.14 | - EGPSD
TR | TRMER 36.80 34.64 | sicily | TRADA 37.00 35.32 | EGPSD -
GB | GBFXT 51.95 1.31 | - | GBBHM 52.48 -1.90 | -
CH | ITGOA 44.40 8.92 | gibraltar | CHBSL 47.56 7.59 | -
NO | NOOSL 59.90 10.74 | - | NOOSL 59.91 10.75 | -
UA | UAODS 46.49 30.74 | bosporus | UAODS 46.48 30.73 | EGPSD -
RS | HRRJK 45.33 14.44 | otranto | RSBEG 44.79 20.45 | -
MA | MACAS 33.60 -7.61 | vincent | MARBA 34.02 -6.84 | - MAPTM
EG | EGALY 31.19 29.87 | sicily | EGCAI 30.04 31.24 | - EGPSD
TN | TNTUN 36.80 10.27 | gibraltar | TNTUN 36.81 10.18 | MAPTM -
ZA | ZADUR -29.87 31.03 | cape | ZAJNB -26.20 28.05 | - MAPTM
ZA | ZACPT -33.91 18.43 | dakar | ZACPT -33.93 18.86 | - MAPTM
KE | KEMBA -4.05 39.66 | aden | KENBO -1.29 36.82 | EGPSD LKCMB
CI | CIABJ 5.30 -4.01 | dakar | CIABJ 5.36 -4.03 | MAPTM -
GH | GHTEM 5.63 0.01 | dakar | GHKMS 6.69 -1.62 | MAPTM -
ET | DJJIB 11.60 43.14 | aden | ETADD 9.03 38.74 | EGPSD
US | USNYC 40.67 -74.04 | ushant | USPHL 39.95 -75.17 | -
US | USHOU 29.73 -95.27 | florida | USDAL 32.78 -96.80 | - MAPTM
CA | CAMTR 45.55 -73.52 | laurence | CATOR 43.65 -79.38 | -
MX | MXVER 19.20 -96.13 | florida | MXMEX 19.43 -99.13 | -
BR | BRSSZ -23.95 -46.31 | recife | BRSAO -23.55 -46.63 | - MAPTM
BR | BRPNG -25.50 -48.51 | recife | BRCWB -25.43 -49.27 | MAPTM -
AR | ARBUE -34.60 -58.37 | recife | ARROS -32.95 -60.64 | MAPTM -
CL | CLSAI -33.58 -71.61 | panama | CLSCL -33.45 -70.67 | PAMIT -
PE | PECLL -12.05 -77.14 | panama | PELIM -12.05 -77.04 | PAMIT -
CO | COCTG 10.40 -75.53 | mona | COBOG 4.71 -74.07 | - PAMIT
EC | ECGYE -2.28 -79.91 | panama | ECUIO -0.18 -78.47 | PAMIT -
CR | CRLIO 9.99 -83.03 | mona | CRSJO 9.93 -84.08 | - PAMIT
AU | AUSYD -33.97 151.22 | bass | AUSYD -33.81 151.00 | SGSIN LKCMB
NZ | NZAKL -36.84 174.77 | bass | NZHLZ -37.79 175.28 | SGSIN
IL | ILHFA 32.82 35.00 | sicily | ILTLV 32.08 34.78 | - EGPSD
LK | LKCMB 6.95 79.85 | dondra | LKCMB 6.93 79.90 | - SGSIN
PH | PHMNL 14.60 120.96 | malacca | PHMNL 14.65 121.03 | SGSIN
- | MAPTM 35.88 -5.51 | gibraltar | MAPTM 35.79 -5.81 | -
- | PAMIT 9.36 -79.88 | mona | PAMIT 9.36 -79.90 | -
- | EGPSD 31.26 32.31 | sicily | EGPSD 31.26 32.30 | -
NL | NLRTM 51.95 4.05 | - | NLRTM 51.92 4.48 | -
"""
# Waypoints: latitude, longitude, and the next one towards Rotterdam. Hubs at a waypoint lie exactly on it.
WAYPOINTS: dict[str, tuple[float, float, str]] = {
    "bass": (-39.2, 146.0, "leeuwin"),
    "leeuwin": (-35.0, 114.5, "dondra"),
    "malacca": (1.2, 103.5, "dondra"),
    "dondra": (5.7, 80.6, "aden"),
    "aden": (12.5, 44.5, "suez"),
    "suez": (30.0, 32.6, "said"),
    "said": (31.26, 32.31, "sicily"),
    "bosporus": (41.2, 29.1, "sicily"),
    "otranto": (40.1, 19.0, "sicily"),
    "sicily": (36.6, 15.2, "gibraltar"),
    "gibraltar": (35.88, -5.51, "vincent"),
    "vincent": (37.0, -9.4, "finisterre"),
    "cape": (-35.0, 18.4, "dakar"),
    "recife": (-8.0, -34.5, "dakar"),
    "dakar": (14.7, -17.8, "vincent"),
    "finisterre": (43.2, -9.8, "ushant"),
    "panama": (9.36, -79.88, "mona"),
    "florida": (24.4, -80.5, "ushant"),
    "mona": (18.4, -67.9, "ushant"),
    "laurence": (47.5, -59.8, "ushant"),
    "ushant": (48.7, -5.8, "dover"),
    "dover": (51.0, 1.5, "-"),
}
# Where nobody on these lanes has a reason to call: UN/LOCODE, latitude, longitude, first by sea, then by road from Rotterdam.
ODD_PORTS = (("TGLFW", 6.14, 1.28), ("GNCKY", 9.51, -13.71), ("SRPBM", 5.83, -55.17), ("DOCAU", 18.43, -69.63), ("GYGEO", 6.82, -58.16))
ODD_INLAND = (("BEANR", 51.26, 4.40), ("NLGRQ", 53.22, 6.57), ("FRLIL", 50.63, 3.06), ("DEDTM", 51.51, 7.47), ("BELGG", 50.63, 5.57))
# Importers and exporters at home, and the inland terminals that barges serve.
HOME_CUSTOMERS = (("NLAMS", 52.37, 4.90), ("NLUTC", 52.09, 5.12), ("NLEIN", 51.44, 5.48), ("NLTLB", 51.56, 5.08), ("NLVEN", 51.37, 6.17),
                  ("NLRTM", 51.92, 4.48), ("NLARN", 51.98, 5.91), ("NLZWO", 52.51, 6.09))  # fmt: skip
HOME_INLAND = (("NLVEN", 51.37, 6.17), ("NLTLB", 51.56, 5.08), ("NLMOE", 51.69, 4.62))
EARTH_KM, KM_A_NAUTICAL_MILE = 6371.0, 1.852


class Port(NamedTuple):
    country: str
    code: str
    latitude: float
    longitude: float
    waypoint: str
    customer: tuple[str, float, float]
    hubs: list[str]


def _port(line: str) -> Port:
    country, port, waypoint, customer, hubs = (part.strip() for part in line.split("|"))
    code, latitude, longitude = port.split()
    name, north, east = customer.split()
    return Port(country, code, float(latitude), float(longitude), waypoint, (name, float(north), float(east)), hubs.split())


PORTS = [_port(line) for line in TABLE.strip().splitlines()]
PORT_INDEX = {port.code: row for row, port in enumerate(PORTS)}
HOME_PORT = PORT_INDEX["NLRTM"]
MOST_PORTS = 3
# (countries, MOST_PORTS), a short list repeated; the home country's own row is its port.
COUNTRY_PORTS: Ints = np.array(
    [np.resize([row for row, port in enumerate(PORTS) if port.country == code], MOST_PORTS) for code in CODES], dtype=np.int64
)


def great_circle_km(latitude: Floats, longitude: Floats, other_latitude: Floats, other_longitude: Floats) -> Floats:
    """Haversine, degrees in."""
    a, b, c, d = (np.radians(x) for x in (latitude, longitude, other_latitude, other_longitude))
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(h)))


def _km(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(great_circle_km(*(np.array([x]) for x in (*a, *b)))[0])


def _way(port: Port) -> list[tuple[float, float]]:
    """From the port over its waypoints to Rotterdam."""
    way, name = [(port.latitude, port.longitude)], port.waypoint
    while name != "-":
        latitude, longitude, name = WAYPOINTS[name]
        way.append((latitude, longitude))
    return [*way, (PORTS[HOME_PORT].latitude, PORTS[HOME_PORT].longitude)]


def sea_miles(start: Port, end: Port) -> float:
    """Nautical miles: along the start's way to where the end's way meets it, and along that way back."""
    there, back = _way(start), _way(end)
    meeting = next(point for point in there if point in back or point == (end.latitude, end.longitude))
    legs = there[: there.index(meeting) + 1] + back[: back.index(meeting)][::-1]
    return sum(_km(a, b) for a, b in pairwise(legs)) / KM_A_NAUTICAL_MILE
