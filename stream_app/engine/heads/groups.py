"""The groups and crosses by which an item is compared with controlled ones: codes for the risk models.

Mass, unit value and value are in logarithmic steps, halves and quarters of a doubling: no group is an exact value, or made of them.
"""

from math import log
from typing import Any

import numpy as np

from stream_app.detectors import features as f
from stream_app.learning.compiled import CODES, FLOATS, VOID, Array, inlined, kernel
from stream_app.learning.keys import joined
from stream_app.learning.risk import Layout

GOODS = ("all", "hs2", "hs4", "hs6", "hs6_origin", "hs6_route", "hs6_mass", "hs6_alike", "hs6_close", "hs6_twin")
"""Groups of goods, widest first: names of [groups] in the catalogue. hs6_mass is of the route, the preference and the mass to a factor of 2,
hs6_alike of the route, mass and value per kg to a factor of 1.4, hs6_close of these with the mass to a factor of 1.2, hs6_twin of these with
value and value per kg to a factor of 1.2."""
ROUTES = ("origin", "departure", "rate and preference", "mass", "value per kg")
"""Each one added to those before; mass and value per kg as in hs6_mass and hs6_alike."""
TRADERS = ("trader", "its HS4", "its HS6 and origin")
PARTIES = (f.DECLARANT, f.OFFICE, f.SELLER, f.CARRIER)
_ENDS = len(GOODS), len(GOODS) + len(ROUTES), len(GOODS) + len(ROUTES) + len(TRADERS)
LAYOUT = Layout(*_ENDS, middling=6, home=3)
GROUPS = LAYOUT.traders + len(PARTIES)

ATTRIBUTES = (f.HS2, f.HS4, f.HS6, f.ORIGIN, f.DEPARTURE, f.PREFERENCE, f.TRADER, f.DECLARANT, f.OFFICE, f.PROCEDURE, f.MODE, f.SELLER, f.CARRIER)
RATE, MASS_1, MASS_2, UNIT_2, VALUE_2 = range(len(ATTRIBUTES), len(ATTRIBUTES) + 5)
SINGLES = len(ATTRIBUTES) + 5
_AT = {code: number for number, code in enumerate(ATTRIBUTES)}
PAIRS = np.array(
    [
        *((_AT[hs], _AT[f.ORIGIN]) for hs in (f.HS2, f.HS4, f.HS6)),
        *((_AT[f.HS4], _AT[other]) for other in (f.PREFERENCE, f.TRADER, f.OFFICE, f.PROCEDURE)),
        (_AT[f.HS2], _AT[f.DECLARANT]),
        (_AT[f.ORIGIN], _AT[f.DEPARTURE]),
        (_AT[f.HS4], RATE),
        (_AT[f.HS2], MASS_1),
        (_AT[f.HS4], MASS_2),
        (_AT[f.HS6], UNIT_2),
    ]
)
CROSSES = SINGLES + len(PAIRS)

_ATTRIBUTES, _PARTIES = np.array(ATTRIBUTES), np.array(PARTIES)
_DOUBLING = log(2.0)
_GOODS_END, _ROUTES_END, _TRADERS_END = _ENDS
_MISSING = np.uint64(1 << 63)


@inlined
def _salted(code: Any, salt: int) -> Any:
    return joined(np.uint64(salt), code)


@inlined
def _step(logarithm: Any, doublings: float) -> Any:
    """The number of a logarithmic step, `doublings` wide; one number for all that is missing."""
    return _MISSING if np.isnan(logarithm) else np.uint64(np.int64(np.floor(logarithm / (doublings * _DOUBLING))))


@inlined
def _percent(rate: Any) -> Any:
    return _MISSING if np.isnan(rate) else np.uint64(np.int64(np.round(rate * 100.0)))


@inlined
def _encode_goods(codes: Array, groups: Array, rate: Any, mass_1: Any, close: Any, twin: Any) -> None:
    origin, route = codes[f.ORIGIN], joined(joined(joined(codes[f.HS6], codes[f.ORIGIN]), codes[f.DEPARTURE]), rate)
    alike = joined(joined(route, close[0]), close[1])
    near = joined(alike, twin[0])
    goods = np.uint64(0), codes[f.HS2], codes[f.HS4], codes[f.HS6], joined(codes[f.HS6], origin), route
    for level in range(6):
        groups[level] = _salted(goods[level], level)
    groups[6], groups[7] = _salted(joined(joined(route, codes[f.PREFERENCE]), mass_1), 6), _salted(alike, 7)
    groups[8], groups[9] = _salted(near, 8), _salted(joined(joined(near, twin[1]), twin[2]), 9)


@inlined
def _encode_others(codes: Array, groups: Array, rate: Any, mass_1: Any, close: Any) -> None:
    code, trader = np.uint64(0), codes[f.TRADER]
    parts = codes[f.ORIGIN], codes[f.DEPARTURE], joined(rate, codes[f.PREFERENCE]), mass_1, joined(close[0], close[1])
    for station in range(5):
        code = joined(code, parts[station])
        groups[_GOODS_END + station] = _salted(code, _GOODS_END + station)
    own = trader, joined(trader, codes[f.HS4]), joined(joined(trader, codes[f.HS6]), codes[f.ORIGIN])
    for level in range(3):
        groups[_ROUTES_END + level] = _salted(own[level], _ROUTES_END + level)
    for number in range(_PARTIES.size):
        groups[_TRADERS_END + number] = _salted(codes[_PARTIES[number]], _TRADERS_END + number)


@inlined
def encode_into(codes: Array, measures: Array, groups: Array, crosses: Array) -> None:
    """Fill GROUPS groups and CROSSES crosses."""
    mass, value, rate = measures[f.NET_MASS], measures[f.VALUE], _percent(measures[f.DUTY_RATE])
    unit = value - mass
    mass_1, mass_2, unit_2 = _step(mass, 1.0), _step(mass, 0.5), _step(unit, 0.5)
    _encode_goods(codes, groups, rate, mass_1, (mass_2, unit_2), (_step(mass, 0.25), _step(unit, 0.25), _step(value, 0.25)))
    _encode_others(codes, groups, rate, mass_1, (mass_2, unit_2))
    for number in range(_ATTRIBUTES.size):
        crosses[number] = _salted(codes[_ATTRIBUTES[number]], number)
    crosses[RATE], crosses[MASS_1], crosses[MASS_2] = _salted(rate, RATE), _salted(mass_1, MASS_1), _salted(mass_2, MASS_2)
    crosses[UNIT_2], crosses[VALUE_2] = _salted(unit_2, UNIT_2), _salted(_step(value, 0.5), VALUE_2)
    for number in range(len(PAIRS)):
        crosses[SINGLES + number] = joined(crosses[PAIRS[number, 0]], crosses[PAIRS[number, 1]])


@kernel(VOID, CODES, FLOATS, CODES, CODES)
def _encode(codes: Array, measures: Array, groups: Array, crosses: Array) -> None:
    encode_into(codes, measures, groups, crosses)


def encode(codes: Array, measures: Array) -> tuple[Array, Array]:
    """(groups, crosses) of an item from the codes and measures of its features; a seller or carrier that is missing is one like another."""
    groups, crosses = np.empty(GROUPS, np.uint64), np.empty(CROSSES, np.uint64)
    _encode(codes, measures, groups, crosses)
    return groups, crosses
