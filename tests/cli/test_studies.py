"""time-release, export cen and replay with milestones, exports and seizures, as typed at a prompt."""

import csv
import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from stream_app.cli import main
from stream_app.contracts.indicator import moment
from stream_app.instruments.settings import InstrumentsSection
from tests.support.goods import declaration_document, item_document
from tests.support.instruments import DAY, HOUR, START
from tests.support.service_events import plain_outcome


def tidewaiter(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def write(path: Path, *documents: dict[str, Any]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(document) + b"\n" for document in documents))
    return path


def step(number: str, name: str, hours: float) -> dict[str, Any]:
    return {"declaration_id": number, "milestone": name, "occurred_at": moment(START + hours * HOUR), "office": "NL000510", "officer_ref": "O-1"}


@pytest.fixture
def milestones(tmp_path: Path) -> Path:
    steps = [step(f"D-{n}", name, 24.0 * n + at) for n in range(4) for name, at in (("T11", 20.0 + n), ("T0", 0.0), ("T3", 5.0))]
    return write(tmp_path / "milestones.ndjson", *steps)


def test_a_study_of_all_and_of_a_window(milestones: Path, tmp_path: Path) -> None:
    result = tidewaiter("time-release", "--milestones", milestones, "--out", tmp_path / "study")
    assert result.exit_code == 0, result.output
    assert "2026-03-01 up to 2026-03-05" in result.stdout
    found = orjson.loads((tmp_path / "study" / "study.json").read_bytes())
    # released after 20 to 23 hours; the last on the fourth day at 23:00
    assert (found["total"]["n"], found["total"]["mean_hours"]) == (4, 21.5)
    assert (tmp_path / "study" / "study.csv").read_text().startswith("by,of,what,n,")
    assert b"<svg" in (tmp_path / "study" / "waterfall.svg").read_bytes()[:2_000]
    assert (tmp_path / "study" / "waterfall.png").read_bytes().startswith(b"\x89PNG")
    tidewaiter("time-release", "--milestones", milestones, "--from", "2026-03-02", "--to", "2026-03-04", "--out", tmp_path / "window")
    found = orjson.loads((tmp_path / "window" / "study.json").read_bytes())
    assert (found["total"]["n"], found["total"]["mean_hours"]) == (2, 21.5)


def releases(folder: Path, days: int, offices: int) -> Path:
    """One a day and office."""
    steps = [
        step(f"D-{day}-{office}", name, 24.0 * day + at) | {"office": f"NL{office:06d}"}
        for day in range(days)
        for office in range(offices)
        for name, at in (("T0", 0.0), ("T3", 5.0), ("T11", 20.0))
    ]
    return write(folder / "milestones.ndjson", *steps)


def test_a_study_of_more_groups_than_a_service_holds_is_whole(tmp_path: Path) -> None:
    result = tidewaiter("time-release", "--milestones", releases(tmp_path, 40, 60), "--out", tmp_path / "study")
    assert orjson.loads((tmp_path / "study" / "study.json").read_bytes())["total"]["n"] == 40 * 60
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) < 40, "the whole alone: the rest is in the file"


def test_a_study_that_forgot_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InstrumentsSection, "of_recorded", lambda settings: settings)
    small = tmp_path / "pipeline.toml"
    small.write_text("[instruments.time_release]\nmax_groups = 8\n")
    result = tidewaiter("time-release", "--milestones", releases(tmp_path, 40, 1), "--pipeline", small)
    assert "the study is not whole" in result.stderr


def test_the_same_study_draws_the_same_picture(milestones: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        tidewaiter("time-release", "--milestones", milestones, "--out", tmp_path / name)
    for form in ("svg", "png"):
        assert (tmp_path / "one" / f"waterfall.{form}").read_bytes() == (tmp_path / "two" / f"waterfall.{form}").read_bytes()


def test_a_line_at_fault_is_told_and_the_study_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path / "m", step("A", "T0", 0.0), {"milestone": "T99"}, step("A", "T11", 3.0))
    result = tidewaiter("time-release", "--milestones", path, "--out", tmp_path / "study")
    assert result.exit_code == 0
    assert "line 2: /declaration_id: is required" in result.stderr
    assert orjson.loads((tmp_path / "study" / "study.json").read_bytes())["total"]["mean_hours"] == 3.0


@pytest.fixture
def world(tmp_path: Path) -> dict[str, Path]:
    """Thirty declarations of bananas from EC and thirty of T-shirts from CN at half the exported value; two months later, one more of each."""
    goods = {"A": ("080390", "EC", 100.0), "B": ("610910", "CN", 50.0)}
    declarations, exports = [], []
    days = [n / 2 for n in range(30)] + [90.0]
    for letter, (code, country, value) in goods.items():
        for n, day in enumerate(days):
            item = item_document(hs_code=code, origin_country=country, customs_value=value * (1.0 + n % 3 / 10))
            lodged = {"lodged_at": moment(START + day * DAY), "departure_country": country}
            declarations.append(declaration_document(f"{letter}-{n}", [item], **lodged))
    for n, day in enumerate(days[:-1]):
        exports.append({
            "export_id": f"E-{n}", "reporter_country": "CN", "partner_country": "NL", "hs_code": "610910", "exported_at": moment(START + day * DAY),
            "fob_value": 100.0, "currency": "EUR", "net_mass_kg": 100.0,
        })  # fmt: skip
    seizure = {
        "case_id": "C-1", "seized_at": moment(START + 80 * DAY), "commodity_group": "drugs", "hs_code": "0803", "origin_country": "EC",
        "departure_country": "EC", "conveyance": "vessel",
    }  # fmt: skip
    outcome = plain_outcome("R-1", "A-0", decided_at=moment(START + 3 * DAY), result="compliant")
    return {
        "declarations": write(tmp_path / "d", *declarations),
        "outcomes": write(tmp_path / "o", outcome),
        "exports": write(tmp_path / "e", *exports),
        "seizures": write(tmp_path / "s", seizure),
        "milestones": write(tmp_path / "m", *(step(f"A-{n}", name, 12.0 * n + at) for n in range(30) for name, at in (("T0", 0.0), ("T11", 9.0)))),
    }


def replayed(world: dict[str, Path], folder: Path, *kinds: str) -> tuple[dict[str, float], dict[str, Any]]:
    """P(irregular) by declaration, and the report."""
    files = [part for kind in ("declarations", "outcomes", *kinds) for part in (f"--{kind}", world[kind])]
    result = tidewaiter("replay", *files, "--out", folder / "out", "--report", folder / "report")
    assert result.exit_code == 0, result.output
    lines = [orjson.loads(line) for line in (folder / "out").read_bytes().splitlines()]
    return {line["declaration_id"]: line["scores"]["non_compliance"] for line in lines}, orjson.loads((folder / "report").read_bytes())


def odds(probability: float) -> float:
    return probability / (1.0 - probability)


def test_a_gap_and_a_seizure_raise_what_comes_after_them_and_nothing_else(world: dict[str, Path], tmp_path: Path) -> None:
    plain, _ = replayed(world, tmp_path)
    told, report = replayed(world, tmp_path, "exports", "seizures", "milestones")
    assert {number for number in plain if plain[number] != told[number]} == {"A-30", "B-30"}
    # one case, ten days old, of a half-life of 180
    assert odds(told["A-30"]) / odds(plain["A-30"]) == pytest.approx(1 + 0.5 ** (10 / 180), rel=1e-3)
    # 10 of each of 50, 55 and 60, less 10 % freight, against 30 of 100: exactly half; it spoke 76 days after the start, 14 days before
    assert odds(told["B-30"]) / odds(plain["B-30"]) == pytest.approx(2 ** (0.5 ** (14 / 180)), rel=1e-3)
    assert report["others"] == {"exports": 30, "milestones": 60, "seizures": 1}
    assert report["indicators"]["mirror: mirror_gap"] == 1
    assert report["indicators"]["seizures: seizure_risk"] == 1
    assert set(report["instruments"]) == {"mirror", "time_release", "performance", "seizures"}
    assert report["instruments"]["time_release"]["total"] | {"median_hours": 9, "p90_hours": 9} == {
        "n": 30, "median_hours": 9, "mean_hours": 9.0, "sd_hours": 0.0, "p90_hours": 9, "clamped": 0, "target_hours": 48.0, "within_target": 1.0,
    }  # fmt: skip


def test_only_instruments_whose_file_is_given_are_in_the_report(world: dict[str, Path], tmp_path: Path) -> None:
    assert replayed(world, tmp_path)[1]["instruments"] == {}
    assert set(replayed(world, tmp_path, "seizures")[1]["instruments"]) == {"seizures"}


def test_lines_at_fault_of_any_kind_are_counted_and_the_replay_goes_on(world: dict[str, Path], tmp_path: Path) -> None:
    world["seizures"].write_bytes(b'{"case_id": "C-2"}\n' + world["seizures"].read_bytes())
    _, report = replayed(world, tmp_path, "seizures")
    assert (report["rejected"], report["others"]) == ({"seizures: missing_field": 1}, {"seizures": 1})


@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
def test_outcomes_with_a_seizure_become_records_in_three_formats(tmp_path: Path, form: str) -> None:
    lodged = {"lodged_at": moment(START), "importer_id": "LEAKS", "declarant_id": "LEAKS"}
    declarations = write(tmp_path / "d", *(declaration_document(f"D-{n}", **lodged) for n in range(3)))
    seized = {"seizure": {"commodity_group": "ipr", "quantity": 40}, "trader_id": "LEAKS", "officer_ref": "LEAKS", "decided_at": moment(START + DAY)}
    outcomes = write(tmp_path / "o", plain_outcome("R-0", "D-0", decided_at=moment(START)), plain_outcome("R-1", "D-1", **seized))
    out = tmp_path / "out"
    result = tidewaiter("export", "cen", "--declarations", declarations, "--outcomes", outcomes, "--out", out, "--format", form, "--country", "NL")
    assert (result.exit_code, result.stderr) == (0, "seizures 1\n")
    text = out.read_text()
    assert "LEAKS" not in text
    (record,) = csv.DictReader(io.StringIO(text)) if form == "csv" else [orjson.loads(text)] if form == "ndjson" else orjson.loads(text)
    assert (record["commodity_group"], record["hs_code"], record["reporter_country"]) == ("ipr", "610910", "NL")
