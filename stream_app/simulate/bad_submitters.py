"""Declarants whose systems fill declarations badly: what a data quality report must find. Each has one kind of fault, and none is refused.

Their draws are a stream of their own: every other declaration keeps its bytes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stream_app.simulate.config import WorldConfig
from stream_app.simulate.parties import TRADER, numbered, pseudonyms
from stream_app.simulate.traders import brokers

STREAM = 7_301
FAULTS = ("missing_fields", "default_values", "inconsistent")
MIDDLE = 12  # rank of the first: declarants large enough to be judged, small enough to leave the trade as it is
SHARE = 0.5
MISSING_ITEM = ("gross_mass_kg", "packages", "package_type", "description")
MISSING_HEADER = ("seller_id", "transport_document", "carrier_id")
OTHER_UNIT = {"NAR": "KGM"}


class BadSubmitters:
    """`of`: declarant -> fault, of FAULTS in turn."""

    def __init__(self, config: WorldConfig) -> None:
        last = brokers(config.traders)
        ranks = np.array([min(MIDDLE, last // 2) + number for number in range(config.bad_submitters)], dtype=np.int64)
        names = pseudonyms("D", numbered(TRADER, 2**29 + ranks % last))
        self.of = {name: FAULTS[number % len(FAULTS)] for number, name in enumerate(names)}
        self._seed = config.seed

    def spoil(self, day: int, documents: Sequence[dict[str, Any]]) -> None:
        """Changes half of the documents of bad submitters in place."""
        if not self.of:
            return
        rng = np.random.default_rng([self._seed, STREAM, day])
        for document in documents:
            fault = self.of.get(document["declarant_id"])
            if fault is not None and rng.random() < SHARE:
                _SPOILERS[fault](document)


def _missing_fields(document: dict[str, Any]) -> None:
    for field in MISSING_HEADER:
        document.pop(field, None)
    for item in document["items"]:
        for field in MISSING_ITEM:
            item.pop(field, None)


def _default_values(document: dict[str, Any]) -> None:
    """One package of everything, and masses rounded up to the next kilogram times a power of ten, as people type them."""
    for item in document["items"]:
        item["packages"], item["description"] = 1, "GOODS"
        if net := item["net_mass_kg"]:
            item["net_mass_kg"] = _one_digit(net)
            if "gross_mass_kg" in item:
                item["gross_mass_kg"] = round(max(item["gross_mass_kg"], item["net_mass_kg"] * 1.05), 3)


def _one_digit(mass: float) -> float:
    unit = 10.0 ** np.floor(np.log10(mass))
    return float(round(np.ceil(mass / unit) * unit, 3))


def _inconsistent(document: dict[str, Any]) -> None:
    """Gross mass below net, a unit that is not the tariff's, a duty that is not rate times value."""
    for item in document["items"]:
        if "gross_mass_kg" in item and item["net_mass_kg"]:
            item["gross_mass_kg"] = round(item["net_mass_kg"] * 0.9, 3)
        if "supplementary_unit" in item:
            item["supplementary_unit"] = OTHER_UNIT.get(item["supplementary_unit"], "NAR")
        if item.get("duty_amount"):
            item["duty_amount"] = round(item["duty_amount"] * 1.1 + 1.0, 2)


_SPOILERS = {"missing_fields": _missing_fields, "default_values": _default_values, "inconsistent": _inconsistent}
