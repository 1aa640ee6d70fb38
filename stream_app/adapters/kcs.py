"""Korea Customs Service / IBS declarations (CSV, MIT licence) into our declarations and outcomes.

Source: Jeong et al., "Customs Import Declaration Datasets", arXiv:2208.02484. One row is one goods item of one import declaration,
in KRW; `Fraud` 1 is irregular, `Critical Fraud` 2 a critical finding. The files have a date but no time of day, and no gross mass.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from math import inf
from pathlib import Path
from typing import Any

SEOUL = timezone(timedelta(hours=9))

COLUMNS = (
    "Declaration ID", "Date", "Office ID", "Process Type", "Import Type", "Import Use", "Payment Type", "Mode of Transport", "Declarant ID",
    "Importer ID", "Seller ID", "Courier ID", "HS6 Code", "Country of Departure", "Country of Origin", "Tax Rate", "Tax Type",
    "Country of Origin Indicator", "Net Mass", "Item Price", "Fraud", "Critical Fraud",
)  # fmt: skip


class KcsError(ValueError):
    """A file that is not a KCS file, or a row that cannot be read; the text names file and line, not the value."""


def rows(paths: Iterable[Path]) -> Iterator[dict[str, str]]:
    """The rows of all files, in the order given; KcsError where columns are missing."""
    for path in paths:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if absent := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
                raise KcsError(f"{path}: columns missing: {', '.join(absent)}")
            for row in reader:
                if None in row.values() or None in row:
                    raise KcsError(f"{path}, line {reader.line_num}: not {len(COLUMNS)} columns")
                yield row


def events(paths: Iterable[Path], label_delay_days: float) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(declaration, outcome) of every row. Raises KcsError, which names file and line."""
    for path in paths:
        try:
            line = 1
            for row in rows([path]):
                line += 1
                yield declaration(row), outcome(row, label_delay_days)
        except UnicodeDecodeError:
            raise KcsError(f"{path}: not UTF-8") from None
        except KcsError as error:
            raise error if str(path) in str(error) else KcsError(f"{path}, line {line}: {error}") from None


def declaration(row: dict[str, str]) -> dict[str, Any]:
    """A row as a declaration event. Masses and prices of 0 stay 0, empty parties stay empty: the contract takes what real systems send."""
    return {
        "declaration_id": row["Declaration ID"],
        "version": 1,
        "direction": "import",
        "declaration_type": row["Process Type"],
        "lodged_at": _day(row["Date"]).isoformat(),
        "office": row["Office ID"],
        "procedure": row["Import Type"],
        "payment_method": row["Payment Type"],
        "declarant_id": row["Declarant ID"],
        "importer_id": row["Importer ID"],
        "seller_id": row["Seller ID"],
        "carrier_id": row["Courier ID"],
        "transport_mode": row["Mode of Transport"],
        "departure_country": row["Country of Departure"],
        "currency": "KRW",
        "items": [_item(row)],
    }


def outcome(row: dict[str, str], label_delay_days: float) -> dict[str, Any]:
    """The row's label as a control outcome, known `label_delay_days` after the declaration."""
    critical = _number(row, "Critical Fraud") == 2
    return {
        "outcome_id": f"KCS-{row['Declaration ID']}",
        "declaration_id": row["Declaration ID"],
        "trader_id": row["Importer ID"] or row["Declarant ID"],
        "item_number": 1,
        "control_type": "other",
        "selection_reason": "unknown",
        "result": "irregular" if _number(row, "Fraud") == 1 or critical else "compliant",
        "critical": critical,
        "decided_at": (_day(row["Date"]) + timedelta(days=label_delay_days)).isoformat(),
    }


def _item(row: dict[str, str]) -> dict[str, Any]:
    mass, value, rate = (_number(row, name) for name in ("Net Mass", "Item Price", "Tax Rate"))
    return {
        "item_number": 1,
        "hs_code": f"{int(_number(row, 'HS6 Code')):06}",  # a spreadsheet drops the leading zero, and may add .0
        "origin_country": row["Country of Origin"],
        "origin_marking": row["Country of Origin Indicator"],
        "preference": row["Tax Type"],
        "goods_use": row["Import Use"],
        "net_mass_kg": mass,
        "customs_value": value,
        "duty_rate_percent": rate,
    }


def _day(date: str) -> datetime:
    try:
        return datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=SEOUL)
    except ValueError:
        raise KcsError("a row's Date is not like 2020-01-31") from None


def _number(row: dict[str, str], name: str) -> float:
    try:
        number = float(row[name])
    except ValueError:
        number = -1.0
    if not 0.0 <= number < inf:
        raise KcsError(f"a row's {name} is not a number of 0 or more")
    return number
