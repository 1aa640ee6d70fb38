"""What the detectors read of a goods item: 64-bit codes of its attributes and logarithms of its measures, worked out once."""

from dataclasses import dataclass, field
from functools import lru_cache
from math import log, nan
from struct import Struct
from typing import Any, NamedTuple

import numpy as np
from numba import types

from stream_app.contracts.declaration import Declaration, GoodsItem
from stream_app.learning.arrivals import days
from stream_app.learning.compiled import CODES, FLOAT, FLOATS, Array, inlined, kernel
from stream_app.learning.keys import classified, code, joined

# Places in `Features.codes`. A missing attribute has the code of the empty string: one like another.
HS6, HS4, HS2, ORIGIN, PROCEDURE, PREFERENCE, GOODS_USE = range(7)
DEPARTURE, MODE, OFFICE, TRADER, DECLARANT, SELLER, CARRIER, CONSIGNEE = range(7, 15)

# Places in `Features.measures`. All but the rate are natural logarithms; amounts in accounting currency, masses in kg.
VALUE, NET_MASS, GROSS_MASS, PACKAGES, QUANTITY, DUTY_RATE = range(6)


_NOTHING = np.zeros(0)
CODED, MEASURED = 15, 6
_ROW = Struct(f"={CODED}Q{MEASURED}d")
_pack_into, ROW_BYTES = _ROW.pack_into, _ROW.size
COMMON = 8_192
"""HS codes, of which the Harmonized System has some 5,600 in use, whose codes are remembered."""


class Item(NamedTuple):
    """One goods item as kernels take it. `codes` and `measures` as above, NaN where one is missing; `peers`: the codes of its peer groups,
    narrowest first: HS6 and origin, HS6, HS4, HS2; `growth`: the decay weight of now; `day`: days since 1970; `share`: of its declaration,
    1 / items."""

    codes: Array
    measures: Array
    peers: Array
    growth: float
    day: float
    share: float


ITEM = types.NamedTuple((CODES, FLOATS, CODES, FLOAT, FLOAT, FLOAT), Item)  # type: ignore[no-untyped-call]


class Goods(NamedTuple):
    """The items of a declaration as kernels take them: `words` has a row each, the codes and then the bits of the measures; the rest as in `Item`."""

    words: Array
    growth: float
    day: float
    share: float


@inlined
def item_of(goods: Goods, number: int) -> Any:
    """The `number`-th item."""
    row = goods.words[number]
    return Item(row[:CODED], row[CODED:].view(np.float64), peers_of(row), goods.growth, goods.day, goods.share)


@inlined
def peers_of(codes: Array) -> Array:
    """The codes of an item's peer groups, narrowest first."""
    return np.array([joined(codes[HS6], codes[ORIGIN]), codes[HS6], codes[HS4], codes[HS2]])


@kernel(CODES, CODES)
def _peers_of(codes: Array) -> Array:
    return peers_of(codes)


@dataclass(slots=True)
class Features:
    """One goods item in its declaration: the `number`-th of `goods`."""

    declaration: Declaration
    item: GoodsItem
    hs6: str
    goods: Goods
    number: int
    like: int
    """A code of its HS6 and origin."""
    amended: bool = False
    """Whether an earlier version of the declaration was learned already."""
    finders: tuple[str, ...] = ()
    """For detectors of the second stage: the names of those of the first."""
    surprises: Array = field(default_factory=lambda: _NOTHING)
    """And how rare each one's score was, as -log10 p; 0 for one that failed."""

    _vector: Item | None = field(default=None, init=False, repr=False)

    @property
    def vector(self) -> Item:
        """As kernels take it."""
        if self._vector is None:
            words, goods = self.goods.words[self.number], self.goods
            codes = words[:CODED]
            self._vector = Item(codes, words[CODED:].view(np.float64), _peers_of(codes), goods.growth, goods.day, goods.share)
        return self._vector

    @property
    def codes(self) -> Array:
        """As above."""
        return self.vector.codes

    @property
    def measures(self) -> Array:
        """As above."""
        return self.vector.measures

    @property
    def peers(self) -> Array:
        """The codes of the peer groups, narrowest first."""
        return self.vector.peers

    @property
    def growth(self) -> float:
        """The decay weight of now."""
        return self.goods.growth


def header_codes(declaration: Declaration) -> list[int]:
    """The codes of what a declaration's items share, DEPARTURE to CONSIGNEE."""
    return [
        classified(declaration.departure_country),
        classified(declaration.transport_mode),
        classified(declaration.office),
        code(declaration.trader_id),
        code(declaration.declarant_id),
        code(declaration.seller_id or ""),
        code(declaration.carrier_id or ""),
        code(declaration.consignee_id or ""),
    ]


def features(declaration: Declaration, growth: float, amended: bool = False) -> list[Features]:
    """The features of a declaration's items. `growth`: the decay weight of now."""
    header, items = header_codes(declaration), declaration.items
    exchange = log(declaration.exchange_rate)
    words = np.empty((len(items), CODED + MEASURED), np.uint64)
    goods = Goods(words, growth, days(declaration.lodged_epoch), 1.0 / len(items))
    found, room = [], words.data
    for number, item in enumerate(items):
        codes = _item_codes(item, declaration)
        _pack_into(room, number * ROW_BYTES, *codes, *header, *_measures(item, exchange))
        found.append(Features(declaration, item, item.hs_code[:6], goods, number, codes[HS6] ^ codes[ORIGIN] >> 1, amended))
    return found


def _item_codes(item: GoodsItem, declaration: Declaration) -> tuple[int, ...]:
    """HS6 to GOODS_USE."""
    return (
        *_hs_codes(item.hs_code[:6]),
        classified(item.origin_country),
        classified(item.procedure or declaration.procedure),
        classified(item.preference or ""),
        classified(item.goods_use or ""),
    )


def _measures(item: GoodsItem, exchange: float) -> tuple[float, ...]:
    """VALUE to DUTY_RATE. `exchange`: logarithm of the exchange rate."""
    value, net, gross, packages, quantity = item.customs_value, item.net_mass_kg, item.gross_mass_kg, item.packages, item.supplementary_quantity
    rate = item.duty_rate_percent
    return (
        log(value) + exchange if value else nan,
        log(net) if net else nan,
        log(gross) if gross else nan,
        log(packages) if packages else nan,
        log(quantity) if quantity else nan,
        nan if rate is None else rate,
    )


@lru_cache(COMMON)
def _hs_codes(hs6: str) -> tuple[int, int, int]:
    """HS6, HS4 and HS2."""
    return code(hs6), code(hs6[:4]), code(hs6[:2])


def missing(item: GoodsItem) -> list[str]:
    """The measures that detectors had to do without, as field names."""
    found = []
    if item.net_mass_kg is None:
        found.append("net_mass_kg")
    if item.customs_value is None:
        found.append("customs_value")
    return found


def peer_key(x: Features, level: int) -> tuple[str, tuple[str, ...]]:
    """A peer group by the name of its level and its key in plain codes; level 0 is the narrowest."""
    if not level:
        return "hs6_origin", (x.hs6, x.item.origin_country)
    return ("hs6", "hs4", "hs2")[level - 1], (x.hs6[: 8 - 2 * level],)
