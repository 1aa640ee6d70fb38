"""The command, on invented files."""

import csv
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from stream_app.adapters.kcs import COLUMNS
from tests.bench.cases import FILES
from tests.bench.evaluate import evaluate
from tests.bench.invented import quarter
from tests.bench.report import TITLES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = quarter()
    for name, part in zip(FILES, (rows[:500], rows[500:]), strict=True):
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(part)
    return tmp_path


def test_the_last_line_is_json_and_the_tables_name_every_contender(folder: Path) -> None:
    result = CliRunner().invoke(evaluate, ["--data", str(folder), "--part", "full", "--json", "--markdown"])
    assert result.exit_code == 0, result.output
    figures = orjson.loads(result.stdout.splitlines()[-1])["kcs"]
    assert set(figures["contenders"]) == {"engine", "head", "lightgbm", "arf", "logistic", "copies", "ceiling"}
    # A quarter of the rows is irregular by origin alone: whoever reads it finds all of them.
    assert figures["contenders"]["lightgbm"]["full"]["all"]["auc"] == pytest.approx(1.0, abs=0.02)
    (header,) = (line for line in result.stderr.splitlines() if "Tidewaiter" in line and "ceiling" in line)
    assert [cell.strip() for cell in header.split("|")[2:-1]] == ["goal", *TITLES.values()]
    assert "full labels: AUC, all (348 rows, 87 irregular)" in result.stderr


def test_a_folder_without_the_files_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(evaluate, ["--data", str(tmp_path)])
    assert result.exit_code == 1
    assert FILES[0] in result.output
