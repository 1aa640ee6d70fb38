"""Transaction by transaction: export and import of one consignment, found by its UCR or by a container number that both sides have."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.export import Export
from stream_app.instruments.mirror.cells import Cell, CellRow, catch
from stream_app.learning.decay import DAY
from stream_app.learning.plain import Table
from stream_app.learning.table import BoundedTable

MOST_FAMILIES = 200
"""HS families of one consignment."""


@dataclass(slots=True)
class Consignment:
    """Cells by HS family. Times in seconds since 1970; `trader` is of the latest declaration."""

    partner: str
    begun: float
    references: list[str]
    cells: dict[str, Cell] = field(default_factory=dict)
    exported: float | None = None
    imported: float | None = None
    trader: str = ""
    caught: bool = False

    def cell(self, family: str) -> Cell:
        if family not in self.cells and len(self.cells) >= MOST_FAMILIES:
            family = "other"
        return self.cells.setdefault(family, Cell())

    def own(self) -> "Consignment":
        """Itself, or a copy where a checkpoint that is being written reads it."""
        return Consignment.made(self.told()) if self.caught else self

    def told(self) -> "Row":
        cells = [(family, cell.told()) for family, cell in self.cells.items()]
        return self.partner, self.begun, self.references, cells, self.exported, self.imported, self.trader

    @classmethod
    def made(cls, row: "Row") -> "Consignment":
        partner, begun, references, cells, exported, imported, trader = row
        return cls(partner, begun, references, {family: Cell.made(cell) for family, cell in cells}, exported, imported, trader)


Row = tuple[str, float, list[str], list[tuple[str, CellRow]], float | None, float | None, str]
"""As checkpoints keep it."""
ROWS = Table(int, Row, catch, lambda item: (item[0], item[1].told()), Consignment.made)


class Consignments:
    """Wait `keep_days` for their other side. Only those with an export are held: an import that nobody exported says nothing of one consignment,
    since few partners send single records; of a month's total it does (gaps.py)."""

    KEEPS = {"_rows": ROWS, "_numbers": Table(str, int), "_next": int, "reused": int}

    def __init__(self, keep_days: float, max_consignments: int) -> None:
        self._keep = keep_days * DAY
        self._rows: BoundedTable[int, Consignment] = BoundedTable(max_consignments)
        self._numbers: BoundedTable[str, int] = BoundedTable(4 * max_consignments)
        """Reference -> number of the consignment. UCRs and container numbers look different, so they share a table."""
        self._next = 0
        self.reused = 0

    def of_export(self, event: Export) -> Consignment | None:
        """The consignment of a single export record; None where it has no reference."""
        references = [*([event.ucr] if event.ucr else []), *event.equipment_ids]
        found = self._consignment(event.reporter_country, references, event.exported_epoch)
        if found is not None:
            found.exported = event.exported_epoch if found.exported is None else min(found.exported, event.exported_epoch)
        return found

    def of_import(self, event: Declaration) -> Consignment | None:
        """The consignment that a declaration brings in; None where it has no reference."""
        references = [*([event.ucr] if event.ucr else []), *event.equipment_ids]
        found = self._consignment(event.departure_country, references, event.lodged_epoch)
        if found is not None:
            found.imported = event.lodged_epoch if found.imported is None else max(found.imported, event.lodged_epoch)
            found.trader = event.trader_id
        return found

    def _consignment(self, partner: str, references: list[str], at: float) -> Consignment | None:
        if not references:
            return None
        number = next((number for one in references if (number := self._numbers.get(one)) is not None), None)
        row = None if number is None else self._rows.get(number)
        if row is None or number is None or abs(at - row.begun) > self._keep:
            # A container comes back: after so long it carries something else.
            self.reused += row is not None
            number, row = self._next, Consignment(partner, at, [])
            self._next += 1
        row = row.own()
        self._rows.put(number, row)
        for one in references:
            self._numbers.put(one, number)
        row.references = sorted({*row.references, *references})[:20]
        return row

    def settled(self, now: float) -> Iterator[Consignment]:
        """Those whose time is over, taken out."""
        while (oldest := self._rows.oldest()) and oldest[1].begun < now - self._keep:
            yield self._take(*oldest)

    def _take(self, number: int, row: Consignment) -> Consignment:
        self._rows.pop(number)
        for one in row.references:
            if self._numbers.get(one) == number:
                self._numbers.pop(one)
        return row

    def waiting(self) -> list[Consignment]:
        return list(self._rows.values())

    @property
    def forgotten(self) -> int:
        return self._rows.forgotten

    def __len__(self) -> int:
        return len(self._rows)
