"""What the detectors read of a goods item: 64-bit codes of its attributes and logarithms of its measures, worked out once."""

from dataclasses import dataclass, field
from math import log, nan

import numpy as np

from stream_app.contracts.declaration import Declaration, GoodsItem
from stream_app.learning.compiled import CODES, Array, kernel
from stream_app.learning.keys import code, joined

# Places in `Features.codes`. A missing attribute has the code of the empty string: one like another.
HS6, HS4, HS2, ORIGIN, PROCEDURE, PREFERENCE, GOODS_USE = range(7)
DEPARTURE, MODE, OFFICE, TRADER, DECLARANT, SELLER, CARRIER, CONSIGNEE = range(7, 15)

# Places in `Features.measures`. All but the rate are natural logarithms; amounts in accounting currency, masses in kg.
VALUE, NET_MASS, GROSS_MASS, PACKAGES, QUANTITY, DUTY_RATE = range(6)


_NOTHING = np.zeros(0)


@dataclass(slots=True)
class Features:
    """One goods item in its declaration. `codes` and `measures` as above, NaN where one is missing; `growth` is the decay weight of now."""

    declaration: Declaration
    item: GoodsItem
    growth: float
    hs6: str
    codes: Array
    measures: Array
    peers: Array
    """The codes of the peer groups, narrowest first: HS6 and origin, HS6, HS4, HS2."""
    amended: bool = False
    """Whether an earlier version of the declaration was learned already."""
    finders: tuple[str, ...] = ()
    """For detectors of the second stage: the names of those of the first."""
    surprises: Array = field(default_factory=lambda: _NOTHING)
    """And how rare each one's score was, as -log10 p; 0 for one that failed."""


def header_codes(declaration: Declaration) -> list[int]:
    """The codes of what a declaration's items share, DEPARTURE to CONSIGNEE."""
    return [
        code(declaration.departure_country),
        code(declaration.transport_mode),
        code(declaration.office),
        code(declaration.trader_id),
        code(declaration.declarant_id),
        code(declaration.seller_id or ""),
        code(declaration.carrier_id or ""),
        code(declaration.consignee_id or ""),
    ]


def features(declaration: Declaration, item: GoodsItem, growth: float, shared: list[int] | None = None, amended: bool = False) -> Features:
    """The features of an item. `shared`: the declaration's header_codes, where they are known."""
    hs6 = item.hs_code[:6]
    value, net, gross, packages, quantity = item.customs_value, item.net_mass_kg, item.gross_mass_kg, item.packages, item.supplementary_quantity
    rate = item.duty_rate_percent
    codes = [
        code(hs6),
        code(hs6[:4]),
        code(hs6[:2]),
        code(item.origin_country),
        code(item.procedure or declaration.procedure),
        code(item.preference or ""),
        code(item.goods_use or ""),
        *(shared or header_codes(declaration)),
    ]
    measures = [
        log(value) + log(declaration.exchange_rate) if value else nan,
        log(net) if net else nan,
        log(gross) if gross else nan,
        log(packages) if packages else nan,
        log(quantity) if quantity else nan,
        nan if rate is None else rate,
    ]
    coded = np.array(codes, np.uint64)
    return Features(declaration, item, growth, hs6, coded, np.array(measures), _peer_codes(coded), amended)


def missing(item: GoodsItem) -> list[str]:
    """The measures that detectors had to do without, as field names."""
    found = []
    if item.net_mass_kg is None:
        found.append("net_mass_kg")
    if item.customs_value is None:
        found.append("customs_value")
    return found


@kernel(CODES, CODES)
def _peer_codes(codes: Array) -> Array:
    return np.array([joined(codes[HS6], codes[ORIGIN]), codes[HS6], codes[HS4], codes[HS2]])


def peer_key(x: Features, level: int) -> tuple[str, tuple[str, ...]]:
    """A peer group by the name of its level and its key in plain codes; level 0 is the narrowest."""
    if not level:
        return "hs6_origin", (x.hs6, x.item.origin_country)
    return ("hs6", "hs4", "hs2")[level - 1], (x.hs6[: 8 - 2 * level],)
