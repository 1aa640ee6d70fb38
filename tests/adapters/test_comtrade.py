"""UN Comtrade CSV as partners' export records."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stream_app.adapters.comtrade import ComtradeError, events
from stream_app.cli import main
from stream_app.contracts.assessment import encode
from stream_app.contracts.decode import Limits
from stream_app.contracts.export import decode_export
from tests.support.goods import NOW

ROW = {
    "typeCode": "C", "freqCode": "M", "period": "202601", "reporterCode": "156", "reporterISO": "CHN", "flowCode": "X", "partnerCode": "528",
    "partnerISO": "NLD", "partner2Code": "0", "classificationCode": "H6", "cmdCode": "610910", "customsCode": "C00", "motCode": "0",
    "qty": "100", "netWgt": "2500.5", "cifvalue": "", "fobvalue": "50000", "primaryValue": "50000",
}  # fmt: skip


def file(folder: Path, *rows: dict[str, str], columns: dict[str, str] | None = None) -> Path:
    path = folder / "comtrade.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, columns or ROW)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path, **settings: Any) -> tuple[list[dict[str, Any]], Counter[str]]:
    skipped: Counter[str] = Counter()
    return list(events([path], settings.get("partner"), settings.get("rate", 0.9), skipped)), skipped


def test_a_row_is_a_total_of_its_month_that_the_contract_takes(tmp_path: Path) -> None:
    (found,), _ = read(file(tmp_path, ROW))
    assert found == {
        "export_id": "COMTRADE-CN-2026-01-610910-NL", "reporter_country": "CN", "partner_country": "NL", "hs_code": "610910", "hs_version": 2022,
        "exported_at": "2026-01-31T23:59:59Z", "period": "2026-01", "fob_value": 50_000.0, "currency": "USD", "exchange_rate": 0.9,
        "net_mass_kg": 2_500.5,
    }  # fmt: skip
    assert decode_export(encode(found), Limits(), NOW).mirror_key == "CN/NL"


def test_a_year_and_an_older_download_are_read_too(tmp_path: Path) -> None:
    old = {
        "Classification": "H5", "Period": "2024", "Trade Flow Code": "2", "Reporter ISO": "CHN", "Partner ISO": "NLD", "Commodity Code": "090111",
        "Netweight (kg)": "", "Trade Value (US$)": "1200",
    }  # fmt: skip
    (found,), _ = read(file(tmp_path, old, columns=old))
    assert (found["period"], found["exported_at"], found["hs_code"], found["hs_version"]) == ("2024", "2024-12-31T23:59:59Z", "090111", 2017)
    assert (found["fob_value"], found["net_mass_kg"]) == (1_200.0, 0.0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"flowCode": "M"}, "no export"),
        ({"flowCode": "RX"}, "no export"),
        ({"motCode": "1000"}, "part of a total"),
        ({"customsCode": "C04"}, "part of a total"),
        ({"cmdCode": "6109"}, "not six digits"),
        ({"cmdCode": "TOTAL"}, "not six digits"),
        ({"partnerISO": "W00"}, "no single country"),
        ({"partnerISO": "BEL"}, "to another country"),
    ],
)
def test_what_would_count_twice_or_is_no_export_to_us_is_left_out_and_counted(tmp_path: Path, change: dict[str, str], why: str) -> None:
    found, skipped = read(file(tmp_path, ROW | change), partner="NL")
    assert (found, skipped) == ([], {why: 1})


@pytest.mark.parametrize("change", [{"period": "202613"}, {"fobvalue": "SECRET"}, {"fobvalue": "-1"}, {"netWgt": "nan"}])
def test_a_row_that_cannot_be_read_is_named_by_its_line_and_not_quoted(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(ComtradeError, match="line 3") as caught:
        read(file(tmp_path, ROW, ROW | change))
    assert "SECRET" not in str(caught.value)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    result = CliRunner().invoke(main, ["import", "comtrade", str(path), "--exports", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "columns missing: period" in result.output


def test_the_command_writes_records_and_tells_what_it_left_out(tmp_path: Path) -> None:
    path, out = file(tmp_path, ROW, ROW | {"flowCode": "M"}), tmp_path / "exports.ndjson"
    result = CliRunner().invoke(main, ["import", "comtrade", str(path), "--exports", str(out), "--partner", "NL", "--exchange-rate", "0.9"])
    assert (result.exit_code, result.stderr) == (0, "exports 1  no export 1\n")
    assert decode_export(out.read_bytes(), Limits(), NOW).fob_value == 50_000.0
