"""Rows in the form of the KCS files, all of them invented, for the tests of the evaluation."""

from datetime import date, timedelta

from stream_app.contracts.decode import Limits
from stream_app.engine.pipeline import Pipeline
from tests.bench.cases import Cases, Row, cases

LIMITS: Limits = Pipeline().record_limits()


def row(number: int, day: int = 0, **changes: str) -> Row:
    """Row `number`, `day` days after 1 December 2020."""
    return {
        "Declaration ID": f"{number:08d}",
        "Date": (date(2020, 12, 1) + timedelta(days=day)).isoformat(),
        "Office ID": "40",
        "Process Type": "B",
        "Import Type": "11",
        "Import Use": "21",
        "Payment Type": "43",
        "Mode of Transport": "10",
        "Declarant ID": f"D{number % 3}",
        "Importer ID": f"T{number % 7}",
        "Seller ID": f"S{number % 5}",
        "Courier ID": "",
        "HS6 Code": "610910",
        "Country of Departure": "CN",
        "Country of Origin": "CN",
        "Tax Rate": "8.0",
        "Tax Type": "A",
        "Country of Origin Indicator": "G",
        "Net Mass": "40.0",
        "Item Price": "800.0",
        "Fraud": "0",
        "Critical Fraud": "0",
    } | {name.replace("_", " "): value for name, value in changes.items()}


def quarter(days: int = 60, rows_a_day: int = 12) -> list[Row]:
    """December and January: T-shirts from Viet Nam are irregular, three of four of them critical; those from elsewhere are not."""
    found = []
    for number in range(days * rows_a_day):
        irregular = number % 4 == 0
        changes = {"Country_of_Origin": "VN", "Fraud": "1", "Critical_Fraud": "2" if number % 16 else "1"} if irregular else {}
        figures = {"Net_Mass": str(20.0 + number % 11), "Item_Price": str(500.0 + 7 * (number % 13))}
        found.append(row(number, number // rows_a_day, **figures, **changes))
    return found


def as_cases(*rows: Row) -> Cases:
    return cases(list(rows), LIMITS)
