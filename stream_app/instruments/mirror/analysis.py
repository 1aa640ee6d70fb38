"""Mirror analysis on the stream: partners' export records against own imports, by month and by consignment."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import log
from typing import Any

import numpy as np

from stream_app.contracts.declaration import Declaration, GoodsItem
from stream_app.contracts.export import Export
from stream_app.contracts.indicator import Kind, Subject
from stream_app.instruments.base import Event, Note, Plain
from stream_app.instruments.mirror.cells import CELLS, Cell, Key, begin_of, month_of, name_of
from stream_app.instruments.mirror.comparing import Compared, Place, compare
from stream_app.instruments.mirror.concordance import Concordance, known
from stream_app.instruments.mirror.consignments import Consignment, Consignments
from stream_app.instruments.mirror.freight import DEFAULT, Freight, Lane, Observed, fit
from stream_app.instruments.mirror.gaps import MATCHED
from stream_app.instruments.mirror.priors import GapPriors, Raised, of_cell
from stream_app.instruments.mirror.reporting import gap_lines, report
from stream_app.instruments.mirror.transit import Transit
from stream_app.learning.decay import DAY
from stream_app.learning.keys import code
from stream_app.learning.plain import PART, Table
from stream_app.learning.seen import FirstSeen
from stream_app.learning.table import BoundedTable

DISPATCH, ORIGIN = "dispatch", "origin"
KNOWN = 1 << 18
"""Records that are known again when they come a second time: after a crash, what was sent on since the last checkpoint is."""
TOLD_EACH = 100
"""Gaps that one month tells as indicators: the first by duty at stake. All of them raise priors."""


class MirrorAnalysis:
    """A month speaks `pending_days` after its end, since exports arrive, and are declared, later than they left.

    `basis`: by `dispatch` an import belongs to the country of departure, and re-exports count as what they are, exports; by `origin` it belongs to
    the country of origin of its goods, and re-exports are left out. Of an amended declaration the first version counts, of a record that comes
    again the first.
    """

    KEEPS = {
        "importer": str | None,
        "counts": dict[str, int],
        "priors": PART,
        "_cells": CELLS,
        "_years": CELLS,
        "_duties": Table(str, tuple[float, float]),
        "_consignments": PART,
        "_transactions": Table(int, dict[str, Any]),
        "_transaction_classes": dict[str, int],
        "_transit": PART,
        "_fitted": dict[str, float],
        "_known": PART,
        "_watermark": float,
        "_next_month": int,
        "_again": set[int],
        "_again_due": float,
    }

    def __init__(
        self,
        country: str | None = None,
        basis: str = DISPATCH,
        pending_days: float = 45.0,
        tolerance: float = 0.15,
        default_freight: float = DEFAULT,
        freight_by_lane: Mapping[str, float] | None = None,
        lanes: Mapping[str, Lane] | None = None,
        duty_rates: Mapping[str, float] | None = None,
        concordance: Concordance | None = None,
        max_cells: int = 100_000,
        max_consignments: int = 100_000,
        keep_months: int = 24,
    ) -> None:
        """`country`: ours, ISO 3166-1 (None: whatever partners say that they export to); `lanes`: distances of partners, to fit freight by;
        `tolerance`: a difference of logarithms up to which figures match; `duty_rates`: shares by HS6, for codes that are never imported."""
        if basis not in (DISPATCH, ORIGIN):
            raise ValueError("basis must be dispatch or origin")
        if not 30.0 <= pending_days <= 60.0:
            raise ValueError("pending_days must be 30 to 60")
        self.country = country
        self.importer = country
        """Ours; where it is not set, whom the first export record names."""
        self.priors = GapPriors(concordance=concordance)
        self.told: list[tuple[tuple[str, str, str], Raised]] = []
        """Priors as they were told since this was last cleared."""
        self.counts: Counter[str] = Counter()
        self._basis, self._pending, self._tolerance = basis, pending_days * DAY, tolerance
        self._freight = Freight(default_freight, dict(freight_by_lane or {}))
        self._lanes, self._duty_rates = dict(lanes or {}), dict(duty_rates or {})
        self._concordance = known() if concordance is None else concordance
        self._cells: BoundedTable[Key, Cell] = BoundedTable(max_cells)
        self._years: BoundedTable[Key, Cell] = BoundedTable(max_cells)
        self._duties: BoundedTable[str, tuple[float, float]] = BoundedTable(20_000)
        self._consignments = Consignments(2.0 * pending_days, max_consignments)
        self._transactions: BoundedTable[int, Plain] = BoundedTable(1_000)
        self._transaction_classes: Counter[str] = Counter()
        self._transit = Transit()
        self._known = FirstSeen(KNOWN)
        self._keep_months = keep_months
        self._watermark, self._next_month = 0.0, 0
        self._again: set[int] = set()
        """Months that have spoken, and of which exports came since: they speak once more, a day later."""
        self._again_due = 0.0
        self._untold: list[Note] = []

    def learn(self, event: Event) -> None:
        """Export records, and the import declarations among declarations."""
        if isinstance(event, Export):
            self._see(event.exported_epoch)
            self._learn_export(event)
        elif isinstance(event, Declaration) and event.direction == "import":
            self._see(event.lodged_epoch)
            if event.version == 1:
                self._learn_import(event)

    def _learn_export(self, event: Export) -> None:
        if self.country not in (None, event.partner_country):
            self.counts["exports_to_others"] += 1
            return
        if not self._is_new(f"export {event.reporter_country} {event.export_id}", event.exported_epoch):
            self.counts["exports_repeated"] += 1
            return
        indirect = event.re_export or event.origin_country != event.reporter_country
        if indirect and self._basis == ORIGIN:
            self.counts["re_exports_left_out"] += 1
            return
        self.importer = self.importer or event.partner_country
        self.counts["exports"] += 1
        family, value = self._concordance.family(event.hs_code), (event.fob_value or 0.0) * event.exchange_rate
        partner = event.reporter_country
        if event.period is not None and len(event.period) == 4:
            self._cell(self._years, Key(partner, family, int(event.period))).exports.add(value, event.net_mass_kg, indirect)
            return
        month = _month_named(event.period) if event.period is not None else month_of(event.exported_epoch)
        self._cell(self._cells, Key(partner, family, month)).exports.add(value, event.net_mass_kg, indirect)
        if month < self._next_month:
            self._again_due = self._again_due if self._again else self._watermark + DAY
            self._again.add(month)
        if event.period is None and (consignment := self._consignments.of_export(event)) is not None:
            consignment.cell(family).exports.add(value, event.net_mass_kg, indirect)
            self._learn_transit(consignment)

    def _learn_import(self, event: Declaration) -> None:
        partners = dict.fromkeys(item.origin_country if self._basis == ORIGIN else event.departure_country for item in event.items)
        fresh = [partner for partner in partners if self._is_new(f"import {partner} {event.declaration_id}", event.lodged_epoch)]
        if not fresh:
            self.counts["imports_repeated"] += 1
            return
        consignment = self._consignments.of_import(event)
        for item in event.items:
            partner = item.origin_country if self._basis == ORIGIN else event.departure_country
            if partner == self.country or partner not in fresh:
                continue
            self.counts["import_items"] += 1
            family, value, duty = self._concordance.family(item.hs_code), (item.customs_value or 0.0) * event.exchange_rate, _duty(event, item)
            left = consignment.exported if consignment is not None and consignment.exported is not None else None
            month = month_of(left if left is not None else event.lodged_epoch - self._transit.seconds(partner))
            indirect = item.origin_country != event.departure_country
            goods = event.trader_id, value, item.net_mass_kg, duty, indirect
            self._cell(self._cells, Key(partner, family, month)).add_import(*goods)
            paid, on = self._duties.get(family) or (0.0, 0.0)
            self._duties.put(family, (paid + duty, on + value))
            if consignment is not None:
                consignment.cell(family).add_import(*goods)
        if consignment is not None:
            self._learn_transit(consignment)

    def _is_new(self, record: str, at: float) -> bool:
        """Whether a record was never met; it is known from now on."""
        return bool(np.isnan(self._known.meet(np.array([code(record)], np.uint64), np.array([at]))[0]))

    def _learn_transit(self, consignment: Consignment) -> None:
        if consignment.exported is not None and consignment.imported is not None:
            self._transit.learn(consignment.partner, consignment.imported - consignment.exported)

    @staticmethod
    def _cell(table: BoundedTable[Key, Cell], key: Key) -> Cell:
        cell = (table.get(key) or Cell()).own()
        table.put(key, cell)
        return cell

    def _see(self, at: float) -> None:
        """Move the stream's time, and tell what its time has come for."""
        if at <= self._watermark:
            return
        self._watermark = at
        if not self._next_month:
            self._next_month = month_of(at)
        while begin_of(self._next_month + 1) + self._pending <= at:
            month = self._next_month
            self._next_month += 1  # before: what fails to be told is not told for ever
            self._tell(month, begin_of(self._next_month) + self._pending)
        if self._again and at >= self._again_due:
            for month in sorted(self._again):
                self._tell(month, at)
            self._again.clear()
        for consignment in self._consignments.settled(at):
            self._settle(consignment)

    def _tell(self, month: int, at: float) -> None:
        self._fit()
        begin = begin_of(month)
        merged = self._merged(month, month + 1)
        for rank, one in enumerate(self._compare(merged)):
            self.counts[f"told_{one.found.kind}"] += 1
            self._raise(one, name_of(month), at)
            if one.found.kind != MATCHED and rank < TOLD_EACH:
                self._untold.append(self._note(one, name_of(month), begin, at))
        for key in [key for key in self._cells if key.month < month - self._keep_months]:
            self._cells.pop(key)

    def _raise(self, one: Compared, period: str, at: float) -> None:
        """Only raises: a month that matches as a whole says nothing of one consignment, nor the other way round; what was told decays by itself."""
        for key, raised in of_cell(one, period, at, self._tolerance).items():
            self.priors.put(key, raised)
            self.told.append((key, raised))
        del self.told[:-10_000]

    def _fit(self) -> None:
        if self._lanes:
            fitted = fit(self._observed(), self._lanes)
            self._freight = Freight(self._freight.default, self._freight.by_lane, fitted)

    @property
    def _fitted(self) -> dict[str, float]:
        """Factors as they were last fitted, as a checkpoint keeps them."""
        return dict(self._freight.fitted)

    @_fitted.setter
    def _fitted(self, fitted: dict[str, float]) -> None:
        known = {partner: factor for partner, factor in fitted.items() if partner in self._lanes}
        self._freight = Freight(self._freight.default, self._freight.by_lane, known)

    def _observed(self) -> Iterator[Observed]:
        """Cells in which both sides have values and quantities."""
        for key, cell in self._cells.items():
            found = _observed(key.partner, cell)
            if found is not None:
                yield found

    def _merged(self, begin: int, end: int) -> dict[Place, Cell]:
        """Cells of the months from `begin` up to `end`, of partners that told of any export in them."""
        merged: dict[Place, Cell] = {}
        chosen = [(key, cell) for key, cell in self._cells.items() if begin <= key.month < end]
        monthly = {(key.partner, key.family, key.month // 12) for key, cell in chosen if cell.exports.records}
        years = [(key, cell) for key, cell in self._years.items() if begin <= key.month * 12 and key.month * 12 + 12 <= end]
        for key, cell in chosen + [(key, cell) for key, cell in years if (key.partner, key.family, key.month) not in monthly]:
            merged.setdefault((key.partner, key.family), Cell()).merge(cell)
        telling = {partner for (partner, _), cell in merged.items() if cell.exports.records}
        return {place: cell for place, cell in merged.items() if place[0] in telling}

    def _compare(self, cells: Mapping[Place, Cell]) -> list[Compared]:
        rates = {family: paid / on for family, (paid, on) in self._duties.items() if on}
        return compare(cells, self._freight, rates | self._duty_rates, self._tolerance)

    def _settle(self, consignment: Consignment) -> None:
        for one in self._compare_consignment(consignment):
            self._transaction_classes[one.found.kind] += 1
            self._raise(one, name_of(month_of(consignment.begun)), self._watermark)
            if one.found.kind != MATCHED:
                line = {**next(gap_lines([one], self._freight, self.importer)), "trader": consignment.trader}
                self._transactions.put(self._transaction_classes.total(), line)

    def _compare_consignment(self, consignment: Consignment) -> list[Compared]:
        """Nothing where the partner told of no export of it."""
        if consignment.exported is None:
            return []
        return self._compare({(consignment.partner, family): cell for family, cell in consignment.cells.items()})

    def _note(self, one: Compared, period: str, begin: float, at: float) -> Note:
        subject = Subject("mirror", f"{one.partner}/{one.family}")
        words = one.found.kind.replace("_", " ")
        goods = f"HS {one.family} from {one.partner} in {period}"
        sides = f"imports of {one.import_fob:,.0f} free on board, exports of {one.cell.exports.value:,.0f}"
        where = f", moved to or from HS {one.neighbour}" if one.neighbour else ""
        text = f"{goods}: {words}{where}; {sides}; about {one.duty_at_stake:,.0f} of duty at stake."
        n = one.cell.imports.records + one.cell.exports.records
        return Note(Kind.MIRROR, "mirror_gap", subject, one.found.difference, n, "accounting currency", begin, at, text)

    def take(self) -> list[Note]:
        taken, self._untold = self._untold, []
        return taken

    def figures(self, begin: float | None = None, end: float | None = None) -> Plain:
        """The whole months from that of `begin` up to that of `end` (reporting.py), those too that have not spoken yet (`pending`)."""
        months = [key.month for key in self._cells] + [key.month * 12 + 11 for key in self._years]
        first = month_of(begin) if begin is not None else min(months, default=0)
        last = month_of(end - 1.0) + 1 if end is not None else max(months, default=-1) + 1
        pending = begin_of(last) + self._pending > self._watermark if months else False
        compared = self._compare(self._merged(first, last))
        transactions = Counter(self._transaction_classes)
        lines = list(self._transactions.values())
        for consignment in self._consignments.waiting():
            # A side that is still to come says nothing yet.
            if consignment.imported is not None:
                for one in self._compare_consignment(consignment):
                    transactions[one.found.kind] += 1
                    if one.found.kind != MATCHED:
                        lines.append({**next(gap_lines([one], self._freight, self.importer)), "trader": consignment.trader})
        window = {"from": name_of(first), "to": name_of(last - 1)} if months else None
        return report(compared, window, pending, self._freight, self.importer, transactions, lines, self.counts, self._transit.days())

    def sizes(self) -> dict[str, tuple[int, int]]:
        return {
            "mirror_cells": (len(self._cells) + len(self._years), self._cells.forgotten + self._years.forgotten),
            "mirror_consignments": (len(self._consignments), self._consignments.forgotten),
            "mirror_priors": (len(self.priors), self.priors.forgotten),
            "mirror_records_known": (len(self._known.table), self._known.table.forgotten),
        }


def _month_named(period: str) -> int:
    year, _, month = period.partition("-")
    return int(year) * 12 + int(month) - 1


def _duty(declaration: Declaration, item: GoodsItem) -> float:
    """In accounting currency; 0 where nothing is said."""
    if item.duty_amount is not None:
        return item.duty_amount * declaration.exchange_rate
    return (item.customs_value or 0.0) * (item.duty_rate_percent or 0.0) / 100.0 * declaration.exchange_rate


def _observed(partner: str, cell: Cell) -> Observed | None:
    imports, exports = cell.imports.side(), cell.exports.side()
    if not (imports.value and imports.quantity and exports.value and exports.quantity):
        return None
    weight = min(imports.quantity, exports.quantity) / max(imports.quantity, exports.quantity)
    ours, theirs = log(imports.value) - log(imports.quantity), log(exports.value) - log(exports.quantity)
    return Observed(partner, ours - theirs, weight)
