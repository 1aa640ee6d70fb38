"""What the detectors read of a goods item: keys and logarithms, worked out once."""

from dataclasses import dataclass, field
from math import log
from sys import intern
from typing import Any

from stream_app.contracts.declaration import Declaration, GoodsItem


@dataclass(slots=True)
class Features:
    """One goods item in its declaration. Logarithms are natural; None where a measure is missing. `growth` is the forward-decay weight of now."""

    declaration: Declaration
    item: GoodsItem
    growth: float
    hs6: str
    peer_keys: tuple[str, ...]
    log_value: float | None
    log_net_mass: float | None
    surprises: dict[str, float] = field(default_factory=dict)
    """For detectors of the second stage: how rare each first-stage score was, as -log10 p by detector name."""
    notes: dict[object, Any] = field(default_factory=dict)
    """What a detector noted for itself when it scored and can use when it learns, by detector. Scoring again makes it anew."""


def features(declaration: Declaration, item: GoodsItem, growth: float) -> Features:
    """The features of an item; amounts in accounting currency."""
    hs6 = intern(item.hs_code[:6])
    keys = (intern(f"{hs6}/{item.origin_country}"), hs6, intern(hs6[:4]), intern(hs6[:2]))
    value = item.customs_value
    return Features(
        declaration,
        item,
        growth,
        hs6,
        keys,
        log(value) + log(declaration.exchange_rate) if value else None,
        log(item.net_mass_kg) if item.net_mass_kg else None,
    )


def missing(item: GoodsItem) -> list[str]:
    """The measures that detectors had to do without, as field names."""
    found = []
    if item.net_mass_kg is None:
        found.append("net_mass_kg")
    if item.customs_value is None:
        found.append("customs_value")
    return found


def peer_group(keys: tuple[str, ...], level: int) -> str:
    """The peer group in words, such as "HS 610910 from CN"."""
    code, _, origin = keys[level].partition("/")
    return f"HS {code} from {origin}" if origin else f"HS {code}"
