"""What is counted of one declaration: fields that are left out, fields that contradict each other, and values that somebody typed to get on.

Dimensions after ISO/IEC 25012:2008 (completeness, consistency, accuracy, currentness); validity is what receipts refused.
"""

from collections import Counter
from collections.abc import Iterator
from math import floor, log10

from stream_app.contracts.declaration import Declaration, GoodsItem
from stream_app.learning.table import BoundedTable

HEADER_FIELDS = ("carrier_id", "seller_id")
ITEM_FIELDS = ("net_mass_kg", "gross_mass_kg", "packages", "customs_value", "duty_rate_percent", "duty_amount")
IMPORTS_ONLY = frozenset(("seller_id", "duty_rate_percent", "duty_amount"))
RESERVED_CHAPTERS = frozenset(("00", "77"))
"""HS 2022: chapter 77 is kept for later; 98 and 99 are for national use."""
CENT = 0.011
DUTY_TOLERANCE = 0.005
"""Of the duty: rounding of the rate."""
MOST_CODES = 10_000
SURE_RECORDS, SURE_SHARE = 10, 0.8
"""From how many records, and which share of them, on a unit is the usual one of its code."""
SMALLEST_TYPED, HEAVY = 10.0, 100.0
"""Kilograms; below, one digit is no sign of anything."""


class Units:
    """The supplementary unit that everybody uses, by HS6."""

    def __init__(self) -> None:
        self._codes: BoundedTable[str, Counter[str]] = BoundedTable(MOST_CODES)

    def usual(self, hs6: str) -> str | None:
        """None while it is not sure."""
        seen = self._codes.get(hs6)
        if seen is None or (n := seen.total()) < SURE_RECORDS:
            return None
        unit, count = max(seen.items(), key=lambda entry: (entry[1], entry[0]))
        return unit if count >= SURE_SHARE * n else None

    def learn(self, hs6: str, unit: str) -> None:
        seen = self._codes.get(hs6) or Counter()
        if unit in seen or len(seen) < 8:
            seen[unit] += 1
        self._codes.put(hs6, seen)

    @property
    def size(self) -> tuple[int, int]:
        return len(self._codes), self._codes.forgotten

    def state(self) -> list[list[object]]:
        return [[code, dict(seen)] for code, seen in self._codes.items()]

    def restore(self, state: list[list[object]]) -> None:
        for code, seen in state:
            self._codes.put(str(code), Counter(seen))  # type: ignore[call-overload]


def completeness(declaration: Declaration) -> Iterator[tuple[str, bool]]:
    """(field, whether it is filled) of every field that could be."""
    imports = declaration.direction == "import"
    for field in HEADER_FIELDS:
        if imports or field not in IMPORTS_ONLY:
            yield field, getattr(declaration, field) is not None
    for item in declaration.items:
        for field in ITEM_FIELDS:
            if imports or field not in IMPORTS_ONLY:
                yield field, getattr(item, field) is not None


def consistency(item: GoodsItem, units: Units) -> Iterator[tuple[str, bool]]:
    """(check, whether it holds) of every check that can be made. The contract has no totals in the header to add items up to."""
    yield "hs_chapter_exists", item.hs_code[:2] not in RESERVED_CHAPTERS
    if item.net_mass_kg is not None and item.gross_mass_kg is not None:
        yield "net_not_above_gross", item.net_mass_kg <= item.gross_mass_kg
    if item.customs_value is not None and item.duty_rate_percent is not None and item.duty_amount is not None:
        due = item.customs_value * item.duty_rate_percent / 100.0
        yield "duty_is_rate_times_value", abs(item.duty_amount - due) <= CENT + DUTY_TOLERANCE * due
    if item.supplementary_unit is not None:
        usual = units.usual(item.hs_code[:6])
        if usual is not None:
            yield "unit_is_the_usual_one", item.supplementary_unit == usual
        units.learn(item.hs_code[:6], item.supplementary_unit)


def heaping(item: GoodsItem) -> Iterator[tuple[str, bool]]:
    """(sign, whether it shows): masses of one digit, one package of anything. Common in honest trade too: the share against others' tells."""
    if item.net_mass_kg is not None and item.net_mass_kg >= SMALLEST_TYPED:
        yield "net_mass_of_one_digit", _one_digit(item.net_mass_kg)
    # A parcel is one package; a tonne rarely is.
    if item.packages is not None and item.net_mass_kg is not None and item.net_mass_kg >= HEAVY:
        yield "one_package_of_100_kg", item.packages == 1


def _one_digit(value: float) -> bool:
    scaled = value / 10.0 ** floor(log10(value))
    return abs(scaled - round(scaled)) < 1e-9
