"""tidewaiter report, as typed at a prompt, over a simulated world with planted truth."""

import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from statistics import mean, median
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from stream_app.cli import main
from stream_app.report.page import SECTIONS
from tests.simulate.conftest import lines
from tests.support.goods import declaration_document


def tidewaiter(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    assert tidewaiter("simulate", "--seed", 5, "--days", 40, "--per-day", 250, "--no-movements", "--out", folder).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def found(world: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("report")
    result = tidewaiter("report", "--input", world, "--out", out)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = orjson.loads((out / "report.json").read_bytes())
    return document | {"html": (out / "report.html").read_text()}


def planted(world: Path, kind: str) -> list[dict[str, Any]]:
    return [line for line in lines(world / "planted.ndjson") if line["kind"] == kind]


def hours_to_release(world: Path) -> list[float]:
    times: dict[str, dict[str, float]] = {}
    for step in lines(world / "milestones.ndjson"):
        times.setdefault(step["declaration_id"], {})[step["milestone"]] = datetime.fromisoformat(step["occurred_at"]).timestamp()
    return sorted((steps["T11"] - steps["T0"]) / 3_600 for steps in times.values() if "T0" in steps and "T11" in steps)


def test_all_six_are_there_and_each_says_where_its_figures_come_from(found: dict[str, Any], world: Path) -> None:
    assert set(SECTIONS) == {"mirror", "time_release", "performance", "seizures", "data_quality", "forecasts"} <= set(found)
    for key in SECTIONS:
        assert found[key]["trace"], key
        for one in found[key]["trace"]:
            place = one["places"][0]
            assert place["offsets"] == [1, len(lines(world / place["source"]))]
            assert one["refused"] == {}


def test_release_times_are_the_exact_ones_within_a_hundredth(found: dict[str, Any], world: Path) -> None:
    exact = hours_to_release(world)
    total = found["time_release"]["total"]
    assert total["n"] == len(exact)
    assert total["median_hours"] == pytest.approx(median(exact), rel=0.01)
    assert total["mean_hours"] == pytest.approx(mean(exact), rel=1e-3)
    assert total["p90_hours"] == pytest.approx(exact[int(0.9 * len(exact))], rel=0.01)


def test_what_was_planted_is_found(found: dict[str, Any], world: Path) -> None:
    gaps = {(gap["exporter"], gap["hs6"]): gap["class"] for gap in found["mirror"]["gaps"]}
    truth = {(line["exporter"], line["hs6"]): line["class"] for line in planted(world, "mirror_gap")}
    confusion = Counter((kind, gaps.get(cell)) for cell, kind in truth.items())
    right = sum(n for (kind, said), n in confusion.items() if kind == said)
    assert len(truth) >= 10
    assert len({kind for kind, _ in confusion}) == 6
    assert right >= len(truth) - 1, confusion
    assert len(gaps) - right <= 0.01 * found["mirror"]["cells"]
    bad = {line["declarant_id"] for line in planted(world, "bad_submitter")}
    assert bad == {one["submitter"] for one in found["data_quality"]["submitters"] if one["findings"]}
    routes = {(line["hs_chapter"], line["origin_country"], line["conveyance"]) for line in planted(world, "seizure_route")}
    assert {(one["hs_chapter"], one["origin_country"], one["conveyance"]) for one in found["seizures"]["routes"][:2]} == routes
    slow = planted(world, "slow_segment")[0]
    assert f"{slow['office']}/{slow['segment']}" in [one["of"] for one in found["changes"]["time_release"]]
    unusual = planted(world, "unusual_officer")[0]
    shares = {one["officer"]: one[unusual["indicator"]] for one in found["performance"]["officers"]}
    assert [officer for officer, share in shares.items() if share and share["compared"] == "above"] == [unusual["officer_ref"]]
    pair = planted(world, "officer_declarant_pair")[0]
    assert (pair["officer_ref"], pair["declarant_id"]) in [(one["officer"], one["declarant"]) for one in found["performance"]["pairs"]]


def test_forecasts_beat_seasonal_naive_and_their_intervals_hold(found: dict[str, Any]) -> None:
    quality = found["forecasts"]["quality"]
    assert quality["mase"] < min(1.0, quality["mase_seasonal_naive"])
    assert quality["intervals"] > 5_000
    assert 0.85 <= quality["coverage"] <= 0.95


def test_the_page_needs_nothing_else_and_shows_every_section(found: dict[str, Any]) -> None:
    html = found["html"]
    assert not re.search(r'(?:src|href)="(?!#)[^"]*//', html), "nothing is fetched"
    assert "<script" not in html
    for key, (title, *_) in SECTIONS.items():
        assert f'id="{key}"' in html
        assert f"<h2>{title}</h2>" in html
    assert html.count("<svg") >= 5
    assert "@media print" in html


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    tidewaiter("simulate", "--seed", 5, "--days", 3, "--per-day", 60, "--out", tmp_path / "world")
    for name in ("one", "other"):
        assert tidewaiter("report", "--input", tmp_path / "world", "--out", tmp_path / name).exit_code == 0
    for file in ("report.html", "report.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_a_window_holds_what_was_released_in_it(tmp_path: Path) -> None:
    world, out = tmp_path / "world", tmp_path / "out"
    assert tidewaiter("simulate", "--seed", 5, "--days", 25, "--per-day", 60, "--out", world).exit_code == 0
    assert tidewaiter("report", "--input", world, "--from", "2026-01-10", "--to", "2026-01-20", "--out", out).exit_code == 0
    released = [step["occurred_at"] for step in lines(world / "milestones.ndjson") if step["milestone"] == "T11"]
    inside = sum("2026-01-10T01" <= at < "2026-01-20T01" for at in released)  # local time is UTC+1
    document = orjson.loads((out / "report.json").read_bytes())
    assert 300 < inside < len(released) - 300
    assert document["time_release"]["counts"]["released"] == inside
    assert document["report"]["from"] == "2026-01-10T00:00:00Z"


def test_a_folder_without_events_and_an_empty_window_are_told(tmp_path: Path) -> None:
    result = tidewaiter("report", "--input", tmp_path, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "none of declarations.ndjson" in result.output
    result = tidewaiter("report", "--input", tmp_path, "--from", "2026-01-02", "--to", "2026-01-02", "--out", tmp_path / "out")
    assert result.exit_code == 2


def test_records_at_fault_are_counted_and_shown_as_refusals(tmp_path: Path) -> None:
    good = [declaration_document(f"D-{n}") for n in range(40)]
    bad = declaration_document("D-x") | {"office": "<b>not an office</b>"}
    (tmp_path / "declarations.ndjson").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in [*good, bad]) + b"not json\n")
    assert tidewaiter("report", "--input", tmp_path, "--out", tmp_path / "out").exit_code == 0
    document = orjson.loads((tmp_path / "out" / "report.json").read_bytes())
    trace = document["data_quality"]["trace"][0]
    assert (trace["records"], trace["refused"]) == (40, {"bad_format": 1, "not_json": 1})
    assert document["data_quality"]["refusals"] == {"/ not_json": 1, "/office bad_format": 1}
    assert "<b>not an office" not in (tmp_path / "out" / "report.html").read_text()
    assert document["time_release"]["total"]["n"] == 0
