"""What the baselines read of a declaration, made of the fields that the engine's heads read. No key holds an exact mass or price."""

from itertools import accumulate
from math import floor, log, nan
from typing import NamedTuple

import numpy as np

from stream_app.contracts.declaration import Declaration
from tests.bench.cases import Floats, Places

GOODS = ("hs2", "hs4", "hs6", "origin", "departure", "preference", "rate")
PARTIES = ("trader", "declarant", "seller", "carrier", "office", "procedure", "goods_use", "mode")
ROUTE = ("hs6", "origin", "departure", "rate", "preference")
CROSSES: tuple[tuple[str, ...], ...] = (
    ("hs4", "origin"),
    ("hs6", "origin"),
    ("hs6", "preference"),
    ("hs6", "origin", "departure", "rate"),
    ROUTE,
    ("origin", "departure"),
    ("origin", "departure", "rate", "preference"),
    *((*ROUTE[1:], f"mass/{width}", f"unit/{width}") for width in ("1", "0.5", "0.25")),
    ("hs6", "mass/2"),
    ("hs6", "mass/1"),
    *((*key, f"{measure}/{width}") for width in ("0.5", "0.25") for key in (("hs6", "origin"), ROUTE) for measure in ("mass", "price")),
    *((*key, f"mass/{width}", f"unit/{width}") for width in ("1", "0.5", "0.25") for key in (("hs6", "origin"), ROUTE)),
)
BUCKETS = ("mass/2", "mass/1", "mass/0.5", "mass/0.25", "price/0.5", "price/0.25", "unit/1", "unit/0.5", "unit/0.25")
"""A measure and the width of its buckets in natural logarithms: 0.25 puts 10 kg and 12 kg together."""
NUMBERS = ("log_price", "log_mass", "log_unit_value", "duty_rate_percent")
GROUPS = (*GOODS, *PARTIES, "mass/1", *("+".join(key) for key in CROSSES))


class Matrix(NamedTuple):
    """`groups` (n, len(GROUPS)): numbers in [0, `size`), no two columns with one in common. `numbers` (n, len(NUMBERS)): nan where missing."""

    groups: Places
    size: int
    numbers: Floats


def matrix(declarations: list[Declaration]) -> Matrix:
    """The features of every declaration's first item, in the order given."""
    keys = [keys_of(declaration) for declaration in declarations]
    columns = [np.unique(column, return_inverse=True)[1] for column in zip(*keys, strict=True)]
    starts = [0, *accumulate(int(column.max()) + 1 for column in columns)]
    groups = np.column_stack([column + start for column, start in zip(columns, starts[:-1], strict=True)])
    return Matrix(groups, starts[-1], np.array([numbers_of(declaration) for declaration in declarations]))


def keys_of(declaration: Declaration) -> list[str]:
    """One group name for each of GROUPS."""
    item = declaration.items[0]
    price, mass, unit, rate = numbers_of(declaration)
    fields = {
        "hs2": item.hs_code[:2],
        "hs4": item.hs_code[:4],
        "hs6": item.hs_code[:6],
        "origin": item.origin_country,
        "departure": declaration.departure_country,
        "preference": item.preference or "",
        "rate": f"{rate:g}",
        "trader": declaration.trader_id,
        "declarant": declaration.declarant_id,
        "seller": declaration.seller_id or "",
        "carrier": declaration.carrier_id or "",
        "office": declaration.office,
        "procedure": declaration.procedure,
        "goods_use": item.goods_use or "",
        "mode": declaration.transport_mode,
    }
    measures = {"price": price, "mass": mass, "unit": unit}
    for bucket in BUCKETS:
        measure, _, width = bucket.partition("/")
        value = measures[measure]
        fields[bucket] = "" if value != value else str(floor(value / float(width)))
    return [*(fields[name] for name in (*GOODS, *PARTIES, "mass/1")), *("|".join(fields[name] for name in key) for key in CROSSES)]


def numbers_of(declaration: Declaration) -> tuple[float, float, float, float]:
    """NUMBERS of the first item; nan where it has none."""
    item = declaration.items[0]
    price = log(item.customs_value) if item.customs_value else nan
    mass = log(item.net_mass_kg) if item.net_mass_kg else nan
    return price, mass, price - mass, nan if item.duty_rate_percent is None else item.duty_rate_percent
