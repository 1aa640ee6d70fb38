"""What both countries recorded of one HS family on one lane in one month: sums, which add up over months and over partitions."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from stream_app.instruments.mirror.gaps import Side
from stream_app.learning.plain import Table

MOST_TRADERS = 50
"""Of a cell, that are told apart; later ones are counted together."""
IMPUTED = 0.5
"""Share of the value that must have a quantity; the rest is taken to be worth as much a kilogram."""


class Key(NamedTuple):
    """`month`: months since the year 0."""

    partner: str
    family: str
    month: int


SumsRow = tuple[float, float, float, int, float]
CellRow = tuple[SumsRow, SumsRow, float, list[tuple[str, float, float]], int]
"""As checkpoints keep them."""


class Sums:
    """One side: value, value of what has a quantity, quantity in kg, number of records, and value that came indirectly (`indirect`): of exports
    those of another country's goods, of imports those whose origin is not the partner."""

    __slots__ = ("indirect", "measured", "quantity", "records", "value")

    def __init__(self, value: float = 0.0, measured: float = 0.0, quantity: float = 0.0, records: int = 0, indirect: float = 0.0) -> None:
        self.value, self.measured, self.quantity, self.records, self.indirect = value, measured, quantity, records, indirect

    def add(self, value: float, quantity: float | None, indirect: bool) -> None:
        self.value += value
        self.records += 1
        if quantity:
            self.measured += value
            self.quantity += quantity
        if indirect:
            self.indirect += value

    def merge(self, other: "Sums") -> None:
        self.value += other.value
        self.measured += other.measured
        self.quantity += other.quantity
        self.records += other.records
        self.indirect += other.indirect

    def side(self, divisor: float = 1.0) -> Side:
        """As one side of a gap; `divisor` turns CIF into FOB."""
        known = self.measured / self.value if self.value else 0.0
        return Side(self.value / divisor, self.quantity / known if known >= IMPUTED else 0.0, self.records)

    @property
    def indirect_share(self) -> float:
        return self.indirect / self.value if self.value else 0.0

    def told(self) -> SumsRow:
        return self.value, self.measured, self.quantity, self.records, self.indirect


class Cell:
    """`duty`: declared on the imports, in accounting currency; `traders`: who imported, [value CIF, kg]."""

    __slots__ = ("caught", "duty", "exports", "imports", "other_traders", "traders")

    def __init__(self) -> None:
        self.exports, self.imports = Sums(), Sums()
        self.duty = 0.0
        self.traders: dict[str, list[float]] = {}
        self.other_traders = 0
        self.caught = False

    def add_import(self, trader: str, value: float, quantity: float | None, duty: float, indirect: bool) -> None:
        self.imports.add(value, quantity, indirect)
        self.duty += duty
        if trader not in self.traders and len(self.traders) >= MOST_TRADERS:
            self.other_traders += 1
            return
        sums = self.traders.setdefault(trader, [0.0, 0.0])
        sums[0] += value
        sums[1] += quantity or 0.0

    def merge(self, other: "Cell") -> None:
        self.exports.merge(other.exports)
        self.imports.merge(other.imports)
        self.duty += other.duty
        for trader, (value, quantity) in other.traders.items():
            sums = self.traders.setdefault(trader, [0.0, 0.0])
            sums[0] += value
            sums[1] += quantity
        self.other_traders += other.other_traders

    def own(self) -> "Cell":
        """Itself, or a copy where a checkpoint that is being written reads it."""
        return Cell.made(self.told()) if self.caught else self

    def told(self) -> CellRow:
        traders = [(trader, value, quantity) for trader, (value, quantity) in self.traders.items()]
        return self.exports.told(), self.imports.told(), self.duty, traders, self.other_traders

    @classmethod
    def made(cls, row: CellRow) -> "Cell":
        cell = cls()
        cell.exports, cell.imports = Sums(*row[0]), Sums(*row[1])
        cell.duty, cell.other_traders = row[2], row[4]
        cell.traders = {trader: [value, quantity] for trader, value, quantity in row[3]}
        return cell


def catch(items: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Keys and rows for a checkpoint, which reads them while learning goes on: from now on they are changed as copies (`own`)."""
    found = list(items)
    for _, row in found:
        row.caught = True
    return found


CELLS = Table(Key, CellRow, catch, lambda item: (item[0], item[1].told()), Cell.made)


def month_of(epoch: float) -> int:
    """Months since the year 0, in UTC, of seconds since 1970."""
    at = datetime.fromtimestamp(epoch, UTC)
    return at.year * 12 + at.month - 1


def begin_of(month: int) -> float:
    """Its first second, since 1970."""
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()


def name_of(month: int) -> str:
    """As 2026-03."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"
