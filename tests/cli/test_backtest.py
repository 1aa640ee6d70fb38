"""replay as a backtest, as typed at a prompt: a challenger that fires at everything, beside the release, which is cold."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from stream_app.cli import main
from tests.support.service_events import encoded, plain_declaration, plain_outcome, today

EVERYTHING = "[selection]\nwarm_up_items = 1\nrandom_share = 0.0\nexploration_share = 0.0\n"
QUIET = "[selection]\nrandom_share = 0.0\nexploration_share = 0.0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A to E, an hour apart; A, B and C have an outcome."""
    declarations = [plain_declaration(name, lodged_at=today(20 - number)) for number, name in enumerate("ABCDE")]
    found = {"A": "irregular", "B": "irregular", "C": "compliant"}
    outcomes = [plain_outcome(f"R{name}", name, result=result, decided_at=today(2)) for name, result in found.items()]
    for name, documents in (("declarations", declarations), ("outcomes", outcomes)):
        (tmp_path / f"{name}.ndjson").write_bytes(b"".join(encoded(document) + b"\n" for document in documents))
    (tmp_path / "challenger.toml").write_text(EVERYTHING)
    (tmp_path / "champion.toml").write_text(QUIET)
    return tmp_path


def backtest(folder: Path, *more: object, outcomes: bool = True) -> Result:
    files = ["--declarations", folder / "declarations.ndjson", "--pipeline", folder / "challenger.toml", "--champion", folder / "champion.toml"]
    files += ["--outcomes", folder / "outcomes.ndjson"] if outcomes else []
    return CliRunner().invoke(main, [str(argument) for argument in ("replay", *files, *more)])


def test_it_says_how_many_fire_how_many_are_known_to_be_right_and_what_that_rests_on(folder: Path) -> None:
    result = backtest(folder, "--budget", "100%")
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines()]
    # All but A, which comes first and finds the engine cold: B right, C wrong, D and E unknown. Wilson of 1 in 2: 9 % to 91 %.
    assert ["challenger", "4", "1", "1", "2", "50%", "50%", "(9%-91%)"] in rows
    assert ["champion", "0", "0", "0", "0", "–", "–"] in rows  # noqa: RUF001
    assert ["challenger", "only", "4", "1", "1", "2", "50%", "50%", "(9%-91%)"] in rows
    assert "labels come from selected items only" in " ".join(result.stdout.split())
    assert result.stderr == "declarations 5  items 5  alerts 4  rejected 0\n"


def test_the_report_on_standard_output_is_json_and_the_tables_make_way(folder: Path) -> None:
    result = backtest(folder, "--budget", "100%", "--json")
    found = orjson.loads(result.stdout)["backtest"]
    assert (found["budget"], found["items"], found["fired"]["fired"], found["fired"]["right"]) == ("100%", 5, 4, 1)
    assert "who fires an item" in result.stderr


def test_what_fired_is_listed_with_who_fired_it_why_and_what_was_found(folder: Path) -> None:
    assert backtest(folder, "--budget", "100%", "--fired", folder / "fired.ndjson").exit_code == 0
    lines = [orjson.loads(line) for line in (folder / "fired.ndjson").read_bytes().splitlines()]
    found = {line["declaration_id"]: line for line in lines}
    assert {name: line["outcome"] for name, line in found.items()} == {"B": "irregular", "C": "compliant", "D": None, "E": None}
    assert {(line["challenger"], line["champion"], line["selected_by"]) for line in lines} == {(True, False, "score:anomaly")}
    assert all(line["reason"] and line["typology"] and line["office"] == "NL000510" for line in lines)


def test_a_capacity_a_day_at_every_office_is_a_budget_too(folder: Path) -> None:
    result = backtest(folder, "--budget", "1/day/office", "--json")
    assert orjson.loads(result.stdout)["backtest"]["budget"] == "1/day/office"
    assert "The challenger has the budget 1/day/office, the champion its own." in result.stderr


def test_without_outcomes_no_precision_is_claimed(folder: Path) -> None:
    result = backtest(folder, "--budget", "100%", outcomes=False)
    assert "no precision is given" in " ".join(result.stdout.split())
    assert "(" not in "".join(line for line in result.stdout.splitlines() if line.startswith(" challenger"))


def test_a_budget_that_is_none_is_refused(folder: Path) -> None:
    result = backtest(folder, "--budget", "a lot")
    assert result.exit_code == 2
    assert "2%, or a capacity like 40/day/office" in result.stderr


def test_a_plain_replay_still_needs_a_place_for_its_lines(folder: Path) -> None:
    result = CliRunner().invoke(main, ["replay", "--declarations", str(folder / "declarations.ndjson")])
    assert (result.exit_code, "Missing option '--out'" in result.stderr) == (2, True)


def test_one_report_goes_to_one_place_and_nothing_is_written_over(folder: Path) -> None:
    twice = backtest(folder, "--json", "--report", folder / "report.json")
    assert (twice.exit_code, "one of the two" in twice.stderr) == (2, True)
    over = backtest(folder, "--fired", folder / "declarations.ndjson")
    assert (over.exit_code, "is named twice" in over.stderr) == (2, True)
