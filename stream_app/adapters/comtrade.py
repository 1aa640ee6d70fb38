"""UN Comtrade CSV (the API's columns, or those of the older download page) into partners' export records: one row, one total of a month or year.

Source: https://comtradedeveloper.un.org and the Comtrade user guide. Taken are exports of six digits to single countries, over all modes of transport
and customs procedures. Re-exports (RX) are part of exports (X) there, and would count twice: X alone is taken.
"""

import csv
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Any

import pycountry

from stream_app.contracts.errors import Code

NAMES: dict[str, tuple[str, ...]] = {
    "period": ("period", "Period"),
    "flow": ("flowCode", "Trade Flow Code"),
    "reporter": ("reporterISO", "Reporter ISO"),
    "partner": ("partnerISO", "Partner ISO"),
    "commodity": ("cmdCode", "Commodity Code"),
    "classification": ("classificationCode", "Classification"),
    "value": ("fobvalue", "FOB Trade Value (US$)"),
    "primary_value": ("primaryValue", "Trade Value (US$)"),
    "net_mass": ("netWgt", "Netweight (kg)"),
    "mode": ("motCode", "Mode of Transport Code"),
    "procedure": ("customsCode", "Customs Proc. Code"),
    "second_partner": ("partner2Code", "2nd Partner Code"),
}
"""What is read -> the columns that may hold it, the newer name first."""
REQUIRED = ("period", "flow", "reporter", "partner", "commodity", "primary_value")
EXPORTS = ("X", "2")
EDITIONS = {"H0": 1992, "H1": 1996, "H2": 2002, "H3": 2007, "H4": 2012, "H5": 2017, "H6": 2022}
ALL = ("", "0", "C00")
"""In columns that split a total: the total itself."""


class ComtradeError(ValueError):
    """A file that is not of UN Comtrade, or a row that cannot be read; the text names file and line, not the value."""


def events(paths: Iterable[Path], partner: str | None, exchange_rate: float, skipped: Counter[str]) -> Iterator[dict[str, Any]]:
    """Export records of every row that is one. `partner`: only exports to this country (ISO 3166-1 alpha-2); `exchange_rate`: accounting currency
    for one US dollar; `skipped`: counts the others, by why. Raises ComtradeError."""
    for path in paths:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = _columns(path, reader.fieldnames or ())
            try:
                for row in reader:
                    found = _event({name: (row.get(column) or "").strip() for name, column in columns.items()}, exchange_rate, partner)
                    if isinstance(found, str):
                        skipped[found] += 1
                    else:
                        yield found
            except (ValueError, KeyError, csv.Error):
                raise ComtradeError(f"{path}, line {reader.line_num}: cannot be read as a row of UN Comtrade ({Code.BAD_FORMAT})") from None


def _columns(path: Path, there: Iterable[str]) -> dict[str, str]:
    known = set(there)
    found = {name: column for name, columns in NAMES.items() for column in columns[::-1] if column in known}
    if absent := [NAMES[name][0] for name in REQUIRED if name not in found]:
        raise ComtradeError(f"{path}: columns missing: {', '.join(absent)}")
    return found


def _event(row: Mapping[str, str], exchange_rate: float, only: str | None) -> dict[str, Any] | str:
    """The record, or why the row is none."""
    if row["flow"] not in EXPORTS:
        return "no export"
    if any(row.get(name, "") not in ALL for name in ("mode", "procedure", "second_partner")):
        return "part of a total"
    if len(row["commodity"]) != 6 or not row["commodity"].isdigit():
        return "not six digits"
    reporter, partner = _country(row["reporter"]), _country(row["partner"])
    if reporter is None or partner is None:
        return "no single country"
    if only is not None and partner != only:
        return "to another country"
    period, ended = _period(row["period"])
    edition = EDITIONS.get(row.get("classification", ""))
    return {
        "export_id": f"COMTRADE-{reporter}-{period}-{row['commodity']}-{partner}",
        "reporter_country": reporter,
        "partner_country": partner,
        "hs_code": row["commodity"],
        **({"hs_version": edition} if edition else {}),
        "exported_at": ended,
        "period": period,
        "fob_value": _number(row.get("value", "")) or _number(row["primary_value"]),
        "currency": "USD",
        "exchange_rate": exchange_rate,
        "net_mass_kg": _number(row.get("net_mass", "")),
    }


def _country(code: str) -> str | None:
    """ISO 3166-1 alpha-2 of an alpha-3 code; None for the world, areas and groups."""
    found = pycountry.countries.get(alpha_3=code) if len(code) == 3 else None
    return None if found is None else str(found.alpha_2)


def _period(text: str) -> tuple[str, str]:
    """("2026-01", its last second) of 202601, ("2025", its last second) of 2025. Raises ValueError."""
    year, month = int(text[:4]), int(text[4:] or 12)
    if len(text) not in (4, 6) or not 1 <= month <= 12:
        raise ValueError
    name = f"{year:04d}-{month:02d}" if len(text) == 6 else f"{year:04d}"
    return name, f"{year:04d}-{month:02d}-{monthrange(year, month)[1]:02d}T23:59:59Z"


def _number(text: str) -> float:
    number = float(text or 0.0)
    if not 0.0 <= number < inf:
        raise ValueError
    return number
