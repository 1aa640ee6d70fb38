"""Partners' export records of the goods that the declarations bring in, and the lanes in which one side does not fit the other.

The declared side stays as it is, so what is planted is on the exporter's: of an under-valued cell the partner recorded more than was declared.
Partners record what was declared, apart from freight and a little noise, so the schemes of traders do not show in their figures.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from stream_app.simulate.clearance.reading import Item, Lodged
from stream_app.simulate.columns import Ints
from stream_app.simulate.countries import CODES, HOME
from stream_app.simulate.render import Document, epochs, timestamps

DAY_S = 86_400
EACH = 2
"""Cells planted of every class."""
ENOUGH = 8
"""Imports that make a cell worth planting in."""
NOISE = 0.02
TRANSIT_DAYS = {"1": 25.0, "2": 14.0, "3": 2.0, "4": 2.0, "5": 4.0}
LONGEST_TRANSIT_DAYS = 40
SURPLUS = "surplus"
"""The code under which misclassified goods came in: to the mirror it is over-valued."""
FACTORS = {"under_valued": (1.8, 1.0), "missing_quantity": (1.8, 1.8), "over_valued": (0.5, 1.0)}
"""What the partner recorded, in times of what was declared: value and mass."""

Cell = tuple[str, str]
"""Exporter, HS6."""


class Totals:
    """Imports by cell, with which cells can be chosen."""

    def __init__(self) -> None:
        self.records: Counter[Cell] = Counter()
        self.values: defaultdict[Cell, float] = defaultdict(float)
        self.duties: dict[str, float] = {}

    def add(self, document: Document) -> None:
        """A declaration as it was made, in its first version."""
        if document["direction"] != "import" or (partner := document["departure_country"]) == HOME:
            return
        rate = document.get("exchange_rate", 1.0)
        for item in document["items"]:
            cell = partner, item["hs_code"][:6]
            self.records[cell] += 1
            self.values[cell] += item["customs_value"] * rate
            if item.get("duty_rate_percent", 0.0) >= self.duties.get(cell[1], 0.0):
                self.duties[cell[1]] = item.get("duty_rate_percent", 0.0)


class Planted(NamedTuple):
    """`classes`: what is told of a cell; `moved`: cell -> the code that half of its exports bear;
    `only`: exports that never arrive, EUR and kg."""

    classes: dict[Cell, str]
    moved: dict[Cell, str]
    only: dict[Cell, tuple[float, float]]

    def truth(self) -> list[dict[str, Any]]:
        neighbours = self.moved_to() | self.moved
        return [
            {
                "kind": "mirror_gap",
                "exporter": cell[0],
                "importer": HOME,
                "hs6": cell[1],
                "class": "over_valued" if name == SURPLUS else name,
                "neighbour": neighbours.get(cell),
            }
            for cell, name in sorted(self.classes.items())
        ]

    def moved_to(self) -> dict[Cell, str]:
        """Of a misclassified cell, the code that its goods were declared under."""
        return {(cell[0], code): cell[1] for cell, code in self.moved.items()}


def imported(declaration: Lodged) -> Sequence[Item]:
    """The goods that a partner exported to us."""
    return declaration.items if declaration.direction == "import" and declaration.departure_country != HOME else ()


def plant(rng: np.random.Generator, totals: Totals) -> Planted:
    """Two cells of every class, of those with enough imports; in a small world there are fewer."""
    large = sorted((cell for cell, n in totals.records.items() if n >= ENOUGH), key=lambda cell: (-totals.values[cell], cell))
    classes: dict[Cell, str] = {}
    moved: dict[Cell, str] = {}
    for high, low in _neighbours(large, totals):
        if len(moved) == EACH:
            break
        if high not in classes and low not in classes:
            moved[low] = high[1]
            classes[high], classes[low] = "misclassified", SURPLUS
    free = [cell for cell in large if cell not in classes][: 10 * EACH]
    names = [*FACTORS, "import_only"] * EACH
    for name, place in zip(names, rng.permutation(len(free)).tolist(), strict=False):
        classes[free[place]] = name
    only: dict[Cell, tuple[float, float]] = {}
    for partner in [code for code in CODES if code != HOME]:
        absent = [code for code in sorted(totals.duties) if not totals.records[partner, code]]
        if len(only) < EACH and absent and any(cell[0] == partner for cell in large):
            cell = partner, absent[int(rng.integers(0, len(absent)))]
            only[cell] = float(rng.integers(20, 80) * 1_000), float(rng.integers(10, 40) * 100)
            classes[cell] = "export_only"
    return Planted(classes, moved, only)


def _neighbours(cells: list[Cell], totals: Totals) -> Iterator[tuple[Cell, Cell]]:
    """(higher duty, lower duty) of one partner and chapter, where half of the lower one is no trifle to either."""
    for one, other in combinations(cells, 2):
        if one[0] != other[0] or one[1][:2] != other[1][:2]:
            continue
        high, low = (one, other) if totals.duties[one[1]] > totals.duties[other[1]] else (other, one)
        if totals.duties[high[1]] > totals.duties[low[1]] and 0.8 < totals.values[low] / totals.values[high] < 4.0:
            yield high, low


class Exports:
    """Records of the exporters' side. `freight`: CIF over FOB less one, by partner."""

    def __init__(self, rng: np.random.Generator, planted: Planted) -> None:
        self._planted = planted
        self._freight = {code: float(share) for code, share in zip(CODES, rng.uniform(0.05, 0.13, len(CODES)), strict=True)}
        self._serial = 0

    def of_day(self, rng: np.random.Generator, declarations: Sequence[Lodged]) -> tuple[Ints, list[str]]:
        """Epoch seconds and line, by up to LONGEST_TRANSIT_DAYS earlier than the declarations."""
        days = zip(declarations, rng.lognormal(0, 0.15, len(declarations)).tolist(), strict=True)
        transit = [int(min(one * TRANSIT_DAYS.get(declaration.transport_mode, 3.0), LONGEST_TRANSIT_DAYS) * DAY_S) for declaration, one in days]
        left = epochs([declaration.lodged_at for declaration in declarations]) - np.array(transit, np.int64)
        goods = [
            (row, declaration, item, cell)
            for row, declaration in enumerate(declarations)
            for item in imported(declaration)
            if self._planted.classes.get(cell := (declaration.departure_country, item.hs_code[:6])) != "import_only"
        ]
        noise, texts = np.exp(rng.normal(0, NOISE, len(goods))).tolist(), timestamps(left)
        rows: list[int] = []
        lines: list[str] = []
        for (row, declaration, item, cell), by in zip(goods, noise, strict=True):
            records = self._records(declaration, item, cell, by, texts[row])
            rows += [row] * len(records)
            lines += records
        return left[rows], lines

    def _records(self, declaration: Lodged, item: Item, cell: Cell, noise: float, at: str) -> list[str]:
        partner, _ = cell
        value, mass = FACTORS.get(self._planted.classes.get(cell, ""), (1.0, 1.0))
        fob = item.customs_value * declaration.exchange_rate / (1.0 + self._freight[partner]) * value * noise
        boxes = ",".join(f'"{box.equipment_id}"' for box in declaration.containers)
        more = (f',"equipment_ids":[{boxes}]' if boxes else "") + f',"transport_mode":"{declaration.transport_mode}"'
        mass *= item.net_mass_kg
        # Half of what came in under a code of lower duty left under the code that the goods belong to.
        other = self._planted.moved.get(cell)
        parts = ((cell[1], 1.0),) if other is None else ((cell[1], 0.5), (other, 0.5))
        return [self._line(partner, code, item.origin_country, fob * part, mass * part, more, at) for code, part in parts]

    def _line(self, partner: str, code: str, origin: str, fob: float, mass: float, more: str, at: str) -> str:
        """JSON put together: codes need no escape, and amounts are below what Python and JSON write differently."""
        self._serial += 1
        between = '"re_export":false' if origin == partner else '"re_export":true'
        kg = f',"net_mass_kg":{round(mass, 3)}' if mass else ""
        return (
            f'{{"export_id":"{partner}-{self._serial:09d}","reporter_country":"{partner}","partner_country":"{HOME}","origin_country":"{origin}",'
            f'{between},"hs_code":"{code}","hs_version":2022,"fob_value":{round(fob, 2)},"currency":"EUR"{kg}{more},"exported_at":"{at}"}}\n'
        )

    def never_arrived(self, begin: int, end: int) -> tuple[Ints, list[str]]:
        """What partners exported and nobody declared, in four consignments each."""
        left = np.array([begin + (end - begin) * (2 * quarter + 1) // 8 for quarter in range(4)], np.int64)
        lines = [
            self._line(partner, code, partner, value / 4, mass / 4, "", text)
            for (partner, code), (value, mass) in sorted(self._planted.only.items())
            for text in timestamps(left)
        ]
        return np.tile(left, len(self._planted.only)), lines
