"""All cells of a lane side by side: gaps, codes that goods moved to, and their rank by the duty that may be missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from stream_app.instruments.mirror.cells import Cell
from stream_app.instruments.mirror.freight import Freight
from stream_app.instruments.mirror.gaps import EXPORT_ONLY, IMPORT_ONLY, MISCLASSIFIED, MISSING, OVER, UNDER, Gap, gap

SHORT, SURPLUS = (UNDER, MISSING, EXPORT_ONLY), (OVER, IMPORT_ONLY)
COVERED = 0.5
"""Share of a shortfall that the neighbour's surplus must reach, at least, and the share of the surplus that the shortfall must."""

Place = tuple[str, str]
"""(partner, HS family)."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One cell with its gap. `neighbour`: of misclassified goods the code that they were moved to, and at that code the one they came from."""

    partner: str
    family: str
    cell: Cell
    found: Gap
    import_fob: float
    duty_rate: float | None
    neighbour: str | None = None

    @property
    def duty_at_stake(self) -> float:
        """Duty on what the imports fall short of the exports, in accounting currency."""
        return max(0.0, -self.found.difference) * (self.duty_rate or 0.0)


def compare(cells: Mapping[Place, Cell], freight: Freight, duty_rates: Mapping[str, float], tolerance: float) -> list[Compared]:
    """Every cell, the most duty at stake first. `duty_rates`: share of the value by family."""
    found = {place: _compared(place, cell, freight, duty_rates, tolerance) for place, cell in cells.items()}
    for short, surplus in _moved(found.values()):
        found[short.partner, short.family] = replace(short, found=replace(short.found, kind=MISCLASSIFIED), neighbour=surplus.family)
        found[surplus.partner, surplus.family] = replace(surplus, neighbour=short.family)
    return sorted(found.values(), key=lambda one: (-one.duty_at_stake, -abs(one.found.difference), one.partner, one.family))


def _compared(place: Place, cell: Cell, freight: Freight, duty_rates: Mapping[str, float], tolerance: float) -> Compared:
    partner, family = place
    imports = cell.imports.side(1.0 + freight.factor(partner))
    return Compared(partner, family, cell, gap(imports, cell.exports.side(), tolerance), imports.value, duty_rates.get(family))


def _moved(cells: Iterable[Compared]) -> list[tuple[Compared, Compared]]:
    """(what falls short, the neighbouring code of lower duty that has about as much too much), each code once, the largest first.

    Neighbours share their heading (four digits); where none does, their chapter.
    """
    cells = list(cells)
    surplus = [one for one in cells if one.found.kind in SURPLUS]
    pairs = [(short, over) for short in cells if short.found.kind in SHORT for over in surplus if _neighbours(short, over) and _alike(short, over)]
    pairs.sort(key=lambda pair: (pair[0].family[:4] != pair[1].family[:4], pair[0].found.difference, pair[0].family, pair[1].family))
    taken: set[Place] = set()
    found = []
    for short, over in pairs:
        places = {(short.partner, short.family), (over.partner, over.family)}
        if not taken & places:
            taken |= places
            found.append((short, over))
    return found


def _neighbours(short: Compared, over: Compared) -> bool:
    if short.partner != over.partner or short.family[:2] != over.family[:2]:
        return False
    return short.duty_rate is not None and over.duty_rate is not None and over.duty_rate < short.duty_rate


def _alike(short: Compared, over: Compared) -> bool:
    missing, extra = -short.found.difference, over.found.difference
    return extra >= COVERED * missing and missing >= COVERED * extra
