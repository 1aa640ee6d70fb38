"""tidewaiter explain, as typed at a prompt, and in a process of its own."""

import gzip
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from stream_app.cli import main

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples" / "alert.v1"
CHEAP, TOYS = EXAMPLES / "undervalued-item.json", EXAMPLES / "irregular-before.json"
DUTCH = Path(__file__).parents[1] / "explain" / "nl.toml"


def explain(*arguments: object, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["explain", *map(str, arguments)], input=given)


def lines(*files: Path) -> bytes:
    return b"".join(orjson.dumps(orjson.loads(file.read_bytes())) + b"\n" for file in files)


def test_a_file_with_one_alert_is_explained() -> None:
    result = explain("--alert", CHEAP)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "26NL000510A7F3K2" in result.stdout
    assert "▲" in result.stdout


def test_several_alerts_plain_or_compressed_are_explained_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "alerts.ndjson.gz"
    file.write_bytes(gzip.compress(lines(TOYS, CHEAP)))
    result = explain("--alert", file, "--plot", "none")
    assert result.exit_code == 0
    assert 0 < result.stdout.index("26NL000510B00001") < result.stdout.index("26NL000510A7F3K2")
    assert result.stdout == explain("--alert", "-", "--plot", "none", given=lines(TOYS, CHEAP)).stdout


def test_a_process_reads_standard_input() -> None:
    command = [sys.executable, "-m", "stream_app", "explain", "--alert", "-"]
    run = subprocess.run(command, input=CHEAP.read_bytes(), capture_output=True, timeout=600)
    assert (run.returncode, run.stderr) == (0, b"")
    assert "What this does not say" in run.stdout.decode()


def test_a_png_is_written_for_every_alert(tmp_path: Path) -> None:
    target = tmp_path / "seen.png"
    result = explain("--alert", "-", "--plot", target, given=lines(CHEAP, TOYS))
    assert result.exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seen-2.png", "seen.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for path in tmp_path.iterdir())
    assert "seen.png written" in result.stderr


def test_what_is_no_alert_is_told_with_line_and_pointer_and_the_rest_is_explained() -> None:
    broken = orjson.loads(CHEAP.read_bytes())
    broken["reasons"][0]["impact"] = "ZZQXSECRET"
    result = explain("--alert", "-", given=orjson.dumps(broken) + b"\nnot json\n" + lines(TOYS))
    assert result.exit_code == 2
    assert "standard input, line 1: /reasons/0/impact: must be of type number (wrong_type)" in result.stderr
    assert "standard input, line 2: not JSON at line 1" in result.stderr
    assert "26NL000510B00001" in result.stdout
    assert "ZZQXSECRET" not in result.output


@pytest.mark.parametrize("given", [b"", b"\n", b"{}", b"[1, 2]", b"{\n\n"])
def test_a_file_without_an_alert_exits_with_2(given: bytes) -> None:
    result = explain("--alert", "-", given=given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("standard input, line 1: ")


def test_a_catalogue_file_of_ones_own_is_a_language() -> None:
    english, dutch = explain("--alert", CHEAP).stdout, explain("--alert", CHEAP, "--lang", DUTCH).stdout
    assert "gewoonlijk" in dutch
    assert "gewoonlijk" not in english
    assert "What this does not say" in dutch, "what the catalogue lacks is English"


@pytest.mark.parametrize("arguments", [("--lang", "xx"), ("--lang", "../en"), ("--plot", "seen.jpg"), ("--plot", "")])
def test_a_language_or_a_plot_that_there_is_not_is_a_usage_error(arguments: tuple[str, str]) -> None:
    result = explain("--alert", CHEAP, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Invalid value for {arguments[0]}" in result.stderr


def test_a_catalogue_with_faults_has_all_of_them_told(tmp_path: Path) -> None:
    file = tmp_path / "xx.toml"
    file.write_text('[reasons]\nunit_value_low = "{price}"\nno_such = "x"\n')
    result = explain("--alert", CHEAP, "--lang", file)
    assert result.exit_code == 2
    assert "unit_value_low" in result.stderr
    assert "no_such" in result.stderr
