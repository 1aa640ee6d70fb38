"""replay, import, check and simulate, as typed at a prompt."""

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from stream_app.cli import main
from stream_app.contracts.schemas import schema
from tests.support.service_events import encoded, plain_declaration, plain_outcome, today


def tidewaiter(*arguments: object, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=given)


def ndjson(*entries: Any) -> bytes:
    return b"".join((entry if isinstance(entry, bytes) else encoded(entry)) + b"\n" for entry in entries)


def lines(body: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in body.splitlines()]


LATE, EARLY = plain_declaration("LATE", lodged_at=today(1)), plain_declaration("EARLY", lodged_at=today(5))
TWO = ndjson(LATE, EARLY)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "declarations.ndjson"
    path.write_bytes(TWO)
    return path


def test_replay_puts_what_is_not_sorted_in_event_time_order(file: Path, tmp_path: Path) -> None:
    result = tidewaiter("replay", "--declarations", file, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert [line["declaration_id"] for line in lines((tmp_path / "out").read_bytes())] == ["EARLY", "LATE"]
    assert result.stderr == "declarations 2  items 2  alerts 0  rejected 0\n"


def test_replay_reads_and_writes_plain_compressed_and_standard_streams_alike(file: Path, tmp_path: Path) -> None:
    tidewaiter("replay", "--declarations", file, "--out", tmp_path / "out")
    plain = (tmp_path / "out").read_bytes()
    packed = tmp_path / "declarations.ndjson.gz"
    packed.write_bytes(gzip.compress(TWO))
    assert tidewaiter("replay", "--declarations", packed, "--out", tmp_path / "out.gz").exit_code == 0
    assert gzip.decompress((tmp_path / "out.gz").read_bytes()) == plain
    assert tidewaiter("replay", "--declarations", "-", "--out", "-", given=TWO).stdout_bytes == plain


def test_replay_reports_counts_and_quality_as_json(file: Path, tmp_path: Path) -> None:
    outcomes, report = tmp_path / "outcomes.ndjson", tmp_path / "report.json"
    outcomes.write_bytes(ndjson(plain_outcome("R", "EARLY", decided_at=today(3))))
    tidewaiter("replay", "--declarations", file, "--outcomes", outcomes, "--out", tmp_path / "out", "--report", report)
    found = orjson.loads(report.read_bytes())
    assert (found["declarations"], found["items"], found["alerts"], found["items_alerted"]) == (2, 2, 0, 0)
    assert found["outcomes"] == {"learned": 1}
    assert found["rejected"] == found["severities"] == found["typologies"] == found["detector_failures"] == {}
    assert found["rejections"] == []
    assert found["labelled"].keys() >= {"n", "irregular", "auc", "brier"}


def test_replay_names_line_and_pointer_of_a_bad_line_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "declarations.ndjson"
    file.write_bytes(ndjson(EARLY, b"not json", plain_declaration("X", office=None), LATE))
    result = tidewaiter("replay", "--declarations", file, "--out", tmp_path / "out")
    assert [line["declaration_id"] for line in lines((tmp_path / "out").read_bytes())] == ["EARLY", "LATE"]
    assert "declarations line 2: not JSON at line 1, column" in result.stderr
    assert "declarations line 3: /office: is required (missing_field)" in result.stderr
    assert result.stderr.endswith("declarations 2  items 2  alerts 0  rejected 2\n")


def test_replay_sums_up_the_bad_lines_that_it_does_not_name(tmp_path: Path) -> None:
    file = tmp_path / "declarations.ndjson"
    file.write_bytes(ndjson(*[EARLY] * 112))
    result = tidewaiter("replay", "--declarations", file, "--out", tmp_path / "out")
    assert result.stderr.splitlines()[-2] == "and 11 lines more: declarations: duplicate 111"


def test_check_says_that_every_line_is_one_event(tmp_path: Path) -> None:
    file = tmp_path / "declaration.json"
    file.write_bytes(orjson.dumps(EARLY, option=orjson.OPT_INDENT_2))
    result = tidewaiter("check", "--topic", "declarations", file)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("every line is one event: ")


def test_replay_takes_lists_in_force_by_their_own_times_and_writes_alerts_that_can_be_explained(file: Path, tmp_path: Path) -> None:
    common = {"owner": "o", "reason": "r", "criteria": {"trader_id": ["T-1"]}, "expires_at": today(-48)}
    watched, held_back, alerts = tmp_path / "watched.ndjson", tmp_path / "held-back.ndjson", tmp_path / "alerts.ndjson"
    watched.write_bytes(ndjson(common | {"entry_id": "W-1", "lane": "yellow", "valid_from": today(3)}, common | {"entry_id": "W-2"}))
    held_back.write_bytes(ndjson(b"", b"{", common | {"entry_id": "S-1"}))
    result = tidewaiter("replay", "--declarations", file, "--watchlists", watched, "--suppressions", held_back, "--alerts", alerts)
    assert result.exit_code == 0, result.output
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()[:-1]] == ["watchlists line 2", "suppressions line 2"]
    assert result.stderr.splitlines()[-1] == "declarations 2  items 2  alerts 1  rejected 2"
    (alert,) = lines(alerts.read_bytes())
    assert schema("alert.v1").faults(alert) == []
    assert (alert["declaration_id"], alert["typology"], alert["lane"], alert["selection"]["watchlist_entry"]) == (
        "LATE",
        "watchlist",
        "yellow",
        "W-1",
    )
    assert "LATE" in tidewaiter("explain", "--alert", alerts, "--plot", "none").stdout


def test_a_suppression_from_a_file_holds_back_what_would_have_fired(file: Path, tmp_path: Path) -> None:
    (tmp_path / "pipeline.toml").write_text("[selection]\nwarm_up_items = 1\nrandom_share = 0.0\nexploration_share = 0.0\nbudget = 1.0\n")
    entry = {"entry_id": "S-1", "owner": "o", "reason": "r", "criteria": {"trader_id": ["T-1"]}, "expires_at": today(-48)}
    (tmp_path / "held-back.ndjson").write_bytes(ndjson(entry))
    replay = ("replay", "--declarations", file, "--pipeline", tmp_path / "pipeline.toml", "--out", tmp_path / "out")
    assert "alerts 1" in tidewaiter(*replay).stderr
    assert "alerts 0" in tidewaiter(*replay, "--suppressions", tmp_path / "held-back.ndjson").stderr
    assert [line["selection"]["suppressed_by"] for line in lines((tmp_path / "out").read_bytes())] == [None, "S-1"]


def test_replay_takes_a_pipeline_and_names_every_fault_of_one(file: Path, tmp_path: Path) -> None:
    pipeline = tmp_path / "pipeline.toml"
    pipeline.write_text("[selection]\nbudget = 7\n[breaker]\nin_a_rows = 3\n")
    result = tidewaiter("replay", "--declarations", file, "--out", tmp_path / "out", "--pipeline", pipeline)
    assert result.exit_code == 1
    assert "selection.budget" in result.stderr
    assert "breaker.in_a_rows" in result.stderr
    assert not (tmp_path / "out").exists()


def test_check_finds_what_the_service_would_refuse(file: Path) -> None:
    good = tidewaiter("check", "--topic", "declarations", file)
    assert (good.exit_code, good.stdout) == (0, "checked 2  valid 2  invalid 0\n")
    bad = tidewaiter("check", "--topic", "outcomes", "-", given=ndjson(plain_outcome("R", "D"), b"", plain_outcome("R", "D", result="ZZQXSECRET")))
    assert (bad.exit_code, bad.stdout) == (1, "checked 2  valid 1  invalid 1\n")
    assert "line 3: /result: " in bad.stderr
    assert "ZZQXSECRET" not in bad.output


def test_simulate_gives_the_same_bytes_for_the_same_seed_and_others_for_another(tmp_path: Path) -> None:
    names = ("declarations.ndjson", "outcomes.ndjson", "truth.ndjson", "movements.ndjson")
    names += ("milestones.ndjson", "exports.ndjson", "seizures.ndjson", "planted.ndjson")
    written = []
    for number, seed in enumerate((7, 7, 8)):
        folder = tmp_path / str(number)
        result = tidewaiter("simulate", "--seed", seed, "--days", 2, "--per-day", 300, "--out", folder)
        assert result.exit_code == 0, result.output
        assert sorted(path.name for path in folder.iterdir()) == sorted(names)
        written.append([(folder / name).read_bytes() for name in names])
        counted = len(written[-1][0].splitlines())
        assert result.stdout.startswith(f"declarations {counted:,}  outcomes {len(written[-1][1].splitlines()):,}  injected: ")
        assert f"\nmovements {len(written[-1][3].splitlines()):,}  injected: " in result.stdout
    assert written[0] == written[1]
    assert written[0] != written[2]
    for truth in lines(written[0][2]):
        assert truth.keys() in ({"declaration_id", "item_number", "scheme"}, {"equipment_id", "scheme", "at"})


def test_simulate_without_movements_writes_the_same_trade_and_no_voyages(tmp_path: Path) -> None:
    for name, more in (("with", ()), ("without", ("--no-movements",))):
        assert tidewaiter("simulate", "--seed", 7, "--days", 2, "--per-day", 100, "--out", tmp_path / name, *more).exit_code == 0
    assert not (tmp_path / "without" / "movements.ndjson").exists()
    with_ships, without = (lines((tmp_path / name / "declarations.ndjson").read_bytes()) for name in ("with", "without"))
    ship = {"vessel_imo", "loading_location", "discharge_location"}
    assert any(ship <= paper.keys() for paper in with_ships)
    assert [{field: value for field, value in paper.items() if field not in ship} for paper in with_ships] == without


def test_simulate_tells_of_a_congestion(tmp_path: Path) -> None:
    run = ("simulate", "--seed", 7, "--days", 2, "--per-day", 100, "--out")
    tidewaiter(*run, tmp_path / "plain")
    assert tidewaiter(*run, tmp_path / "busy", "--congestion-day", 0, "--congestion-days", 5, "--congestion-factor", 3).exit_code == 0
    plain, busy = ((tmp_path / name / "movements.ndjson").read_bytes() for name in ("plain", "busy"))
    assert plain != busy
    assert tidewaiter(*run, tmp_path / "wrong", "--congestion-factor", 0).exit_code == 2


def test_what_is_simulated_passes_the_check(tmp_path: Path) -> None:
    tidewaiter("simulate", "--seed", 7, "--days", 3, "--per-day", 100, "--out", tmp_path)
    for kind in ("declarations", "outcomes", "movements"):
        assert tidewaiter("check", "--topic", kind, tmp_path / f"{kind}.ndjson").exit_code == 0


def test_simulate_wants_a_folder_or_the_topics_not_both_and_not_neither(tmp_path: Path) -> None:
    for more in ((), ("--out", tmp_path, "--to-topics")):
        result = tidewaiter("simulate", "--seed", 1, "--days", 1, *more)
        assert result.exit_code == 2
        assert "give either --out DIR or --to-topics" in result.stderr


HEADER = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,Importer ID,Seller ID,Courier ID,"
    "HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud\n"
)
ROWS = (
    "97061800,2024-01-01,30,B,11,21,11,10,ZZR1LT6,QLRUBN9,0VKY2BR,,440890,BE,BE,0.0,FEU1,G,108.0,372254.4,0,0\n"
    "85945409,2024-01-01,40,B,11,21,11,40,SWF9S4X,7JD1S2X,KZLQD8T,A1B2C3,90211,US,GB,8.5,A,B,0.0,0.0,1,2\n"
)


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Invented rows in the shape of the KCS files: one plain, one with zeros, a short HS code and a critical finding."""
    path = tmp_path / "kcs.csv"
    path.write_text(HEADER + ROWS)
    return path


def test_import_kcs_gives_one_declaration_and_one_outcome_for_every_row(csv: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(csv.read_bytes())
    result = tidewaiter("import", "kcs", csv, other, "--declarations", tmp_path / "d.gz", "--outcomes", tmp_path / "o", "--label-delay-days", 10)
    assert result.exit_code == 0, result.output
    assert "declarations 4  outcomes 4" in result.stderr
    declarations, outcomes = lines(gzip.decompress((tmp_path / "d.gz").read_bytes())), lines((tmp_path / "o").read_bytes())
    assert all(schema("declaration.v1").faults(document) == [] for document in declarations)
    assert all(schema("outcome.v1").faults(document) == [] for document in outcomes)
    assert declarations[1]["items"][0]["hs_code"] == "090211"
    assert (declarations[1]["items"][0]["net_mass_kg"], declarations[1]["items"][0]["customs_value"]) == (0.0, 0.0)
    assert [(o["declaration_id"], o["trader_id"], o["result"], o["critical"]) for o in outcomes[:2]] == [
        ("97061800", "QLRUBN9", "compliant", False),
        ("85945409", "7JD1S2X", "irregular", True),
    ]
    assert outcomes[0]["decided_at"].startswith("2024-01-11")
    assert declarations[0]["lodged_at"].startswith("2024-01-01")


def test_import_kcs_then_replay_assesses_every_row(csv: Path, tmp_path: Path) -> None:
    tidewaiter("import", "kcs", csv, "--declarations", tmp_path / "d", "--outcomes", tmp_path / "o")
    result = tidewaiter("replay", "--declarations", tmp_path / "d", "--outcomes", tmp_path / "o", "--out", tmp_path / "out")
    assert "declarations 2  items 2  alerts 0  rejected 0" in result.stderr
    assert lines((tmp_path / "out").read_bytes())[1]["missing"]


def test_import_kcs_refuses_a_file_without_its_columns_and_names_them(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Declaration ID,Date\n1,2024-01-01\n")
    result = tidewaiter("import", "kcs", path, "--declarations", tmp_path / "d")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "columns missing: Office ID, Process Type" in result.stderr


@pytest.mark.parametrize(("old", "new", "column"), [("108.0", "ZZQXSECRET", "Net Mass"), ("2024-01-01,30", "ZZQXSECRET,30", "Date")])
def test_import_kcs_refuses_a_row_that_cannot_be_read_without_quoting_it(tmp_path: Path, old: str, new: str, column: str) -> None:
    path = tmp_path / "kcs.csv"
    path.write_text(HEADER + ROWS.replace(old, new))
    result = tidewaiter("import", "kcs", path, "--declarations", tmp_path / "d")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert column in result.stderr
    assert "ZZQXSECRET" not in result.output


@pytest.mark.parametrize("more", [("--out", "nowhere/out"), ("--out", "out", "--report", "nowhere/report")])
def test_a_folder_that_is_not_there_is_one_clear_message(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    result = tidewaiter("replay", "--declarations", file, *more)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: nowhere/")


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(TWO)[:-20]], ids=["not compressed", "cut off"])
def test_a_compressed_file_that_is_damaged_is_one_clear_message(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "declarations.ndjson.gz"
    path.write_bytes(body)
    for command in (("replay", "--declarations", path, "--out", tmp_path / "out"), ("check", "--topic", "declarations", path)):
        result = tidewaiter(*command)
        assert result.exit_code == 1
        assert result.stderr.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize("option", ["--out", "--report", "--alerts"])
def test_replay_does_not_write_over_what_it_reads(file: Path, tmp_path: Path, option: str) -> None:
    more = ("--out", file) if option == "--out" else ("--out", tmp_path / "out", option, file)
    assert tidewaiter("replay", "--declarations", file, *more).exit_code != 0
    assert file.read_bytes() == TWO


def test_standard_input_cannot_be_both_files() -> None:
    result = tidewaiter("replay", "--declarations", "-", "--outcomes", "-", "--out", "-", given=TWO)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_import_kcs_names_file_and_line_of_what_it_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "kcs.csv"
    for body, words in ((HEADER + ROWS.replace("108.0", "heavy"), f"{path}, line 2"), (HEADER + ROWS + "short,row\n", f"{path}, line 4")):
        path.write_text(body)
        assert words in tidewaiter("import", "kcs", path, "--declarations", tmp_path / "d").stderr
    path.write_bytes((HEADER + ROWS).encode().replace(b"BE", b"\xff\xff"))
    assert f"{path}: not UTF-8" in tidewaiter("import", "kcs", path, "--declarations", tmp_path / "d").stderr
