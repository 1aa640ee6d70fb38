"""Rows in the form of the Korea Customs Service files, all of them invented."""

import csv
from datetime import datetime
from pathlib import Path

import orjson
import pytest

from stream_app.adapters.kcs import COLUMNS, KcsError, declaration, outcome, rows
from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.outcome import Outcome, decode_outcome
from tests.support.goods import NOW

ROW = {
    "Declaration ID": "10000001",
    "Date": "2021-02-03",
    "Office ID": "40",
    "Process Type": "B",
    "Import Type": "11",
    "Import Use": "21",
    "Payment Type": "43",
    "Mode of Transport": "10",
    "Declarant ID": "DECL1",
    "Importer ID": "IMPO1",
    "Seller ID": "SELL1",
    "Courier ID": "COUR1",
    "HS6 Code": "90111",
    "Country of Departure": "CO",
    "Country of Origin": "ET",
    "Tax Rate": "2.5",
    "Tax Type": "FEU1",
    "Country of Origin Indicator": "G",
    "Net Mass": "108.5",
    "Item Price": "372254.4",
    "Fraud": "0",
    "Critical Fraud": "0",
}


def written(path: Path, *changes: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(ROW | change for change in changes)
    return path


def read(row: dict[str, str]) -> Declaration:
    """By way of the bytes that the service gets."""
    return decode_declaration(orjson.dumps(declaration(row)), Limits(), NOW)


def read_outcome(row: dict[str, str], delay: float = 7.0) -> Outcome:
    return decode_outcome(orjson.dumps(outcome(row, delay)), Limits(), NOW)


def test_the_columns_of_the_suites_row_are_those_of_the_file() -> None:
    assert tuple(ROW) == COLUMNS


def test_a_row_becomes_a_valid_declaration_with_every_column_in_its_place() -> None:
    event = declaration(ROW)
    assert event == {
        "declaration_id": "10000001",
        "version": 1,
        "direction": "import",
        "declaration_type": "B",
        "lodged_at": "2021-02-03T00:00:00+09:00",
        "office": "40",
        "procedure": "11",
        "payment_method": "43",
        "declarant_id": "DECL1",
        "importer_id": "IMPO1",
        "seller_id": "SELL1",
        "carrier_id": "COUR1",
        "transport_mode": "10",
        "departure_country": "CO",
        "currency": "KRW",
        "items": [
            {
                "item_number": 1,
                "hs_code": "090111",
                "origin_country": "ET",
                "origin_marking": "G",
                "preference": "FEU1",
                "goods_use": "21",
                "net_mass_kg": 108.5,
                "customs_value": 372254.4,
                "duty_rate_percent": 2.5,
            }
        ],
    }
    assert read(ROW).trader_id == "IMPO1"


def test_a_code_that_lost_its_leading_zero_gets_it_back() -> None:
    assert read(ROW | {"HS6 Code": "90111"}).items[0].hs_code == "090111"
    assert read(ROW | {"HS6 Code": "440890"}).items[0].hs_code == "440890"


def test_masses_and_prices_of_zero_are_kept_and_read_as_missing() -> None:
    row = ROW | {"Net Mass": "0.0", "Item Price": "0"}
    assert declaration(row)["items"][0]["net_mass_kg"] == 0.0
    item = read(row).items[0]
    assert (item.net_mass_kg, item.customs_value) == (None, None)


def test_empty_parties_are_kept_and_read_as_missing() -> None:
    row = ROW | {"Seller ID": "", "Courier ID": "", "Importer ID": ""}
    assert declaration(row)["seller_id"] == ""
    found = read(row)
    assert (found.seller_id, found.carrier_id, found.trader_id) == (None, None, "DECL1")
    assert read_outcome(row).trader_id == "DECL1", "declaration and outcome have the same key"


@pytest.mark.parametrize(
    ("fraud", "critical", "expected"),
    [("0", "0", (False, False)), ("1", "0", (True, False)), ("1", "2", (True, True)), ("0", "2", (True, True)), ("1", "1", (True, False))],
)
def test_labels_become_results_and_two_is_critical(fraud: str, critical: str, expected: tuple[bool, bool]) -> None:
    found = read_outcome(ROW | {"Fraud": fraud, "Critical Fraud": critical})
    assert (found.irregular, found.critical) == expected


@pytest.mark.parametrize(
    ("delay", "known"), [(7.0, "2021-02-10T00:00:00+09:00"), (0.0, "2021-02-03T00:00:00+09:00"), (0.5, "2021-02-03T12:00:00+09:00")]
)
def test_a_label_is_known_after_its_delay(delay: float, known: str) -> None:
    found = read_outcome(ROW, delay)
    assert found.decided_at == known
    assert found.decided_epoch - read(ROW).lodged_epoch == delay * 86_400
    assert datetime.fromisoformat(found.decided_at).utcoffset() is not None


def test_an_outcome_speaks_of_the_declaration_and_its_one_item() -> None:
    found = read_outcome(ROW)
    assert (found.declaration_id, found.item_number, found.outcome_id) == ("10000001", 1, "KCS-10000001")


def test_all_rows_of_all_files_come_in_the_order_given_and_none_is_dropped(tmp_path: Path) -> None:
    first = written(tmp_path / "a.csv", {"Declaration ID": "3"}, {"Declaration ID": "1"})
    second = written(tmp_path / "b.csv", {"Declaration ID": "2"}, {"Declaration ID": "3"})
    assert [row["Declaration ID"] for row in rows([first, second])] == ["3", "1", "2", "3"]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", {})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [dict(row) for row in rows([path])] == [ROW]


def test_a_file_with_other_columns_is_refused_by_name_and_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Declaration ID,Date,Price\n1,2021-01-01,5\n")
    with pytest.raises(KcsError, match=r"other\.csv.*columns missing.*Office ID.*Critical Fraud"):
        list(rows([path]))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    with pytest.raises(KcsError, match="columns missing"):
        list(rows([path]))


@pytest.mark.parametrize("line", ["10000001,2021-02-03,40", ",".join(ROW.values()) + ",SURPLUS"])
def test_a_row_with_too_few_or_too_many_columns_is_refused_with_its_line_and_not_its_value(tmp_path: Path, line: str) -> None:
    path = written(tmp_path / "a.csv", {})
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(KcsError, match="line 3") as caught:
        list(rows([path]))
    assert "10000001" not in str(caught.value)
    assert "SURPLUS" not in str(caught.value)


@pytest.mark.parametrize("change", [{"Net Mass": "12 kg"}, {"Item Price": ""}, {"Tax Rate": "n/a"}, {"Date": "03.02.2021"}])
def test_a_value_that_cannot_be_read_is_refused_by_its_column_and_not_repeated(change: dict[str, str]) -> None:
    with pytest.raises(KcsError) as caught:
        declaration(ROW | change)
    ((column, value),) = change.items()
    assert column in str(caught.value)
    assert not value or value not in str(caught.value)
