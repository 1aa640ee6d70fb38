import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream_app.client.check import CheckSummary, check_lines
from tests.support.voyages import LATER, voyage

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
NOW = datetime(2026, 3, 10, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(("kind", "folder"), [("declarations", "declaration.v1"), ("outcomes", "outcome.v1")])
def test_the_examples_of_the_repository_pass(kind: str, folder: str) -> None:
    lines = [json.dumps(json.loads(file.read_bytes())).encode() + b"\n" for file in sorted((EXAMPLES / folder).glob("*.json"))]
    summary = CheckSummary()
    assert list(check_lines(lines, kind, NOW, summary=summary)) == []
    assert (summary.checked, summary.valid, summary.invalid) == (len(lines), len(lines), 0)
    assert lines


def test_every_fault_is_told_with_its_line_and_blank_lines_are_none() -> None:
    good = json.loads((EXAMPLES / "declaration.v1" / "export-minimal.json").read_bytes())
    bad = {name: value for name, value in good.items() if name not in {"office", "items"}}
    lines = [json.dumps(good).encode(), b"", json.dumps(bad).encode(), b"not json"]
    summary = CheckSummary()
    found = list(check_lines(lines, "declarations", NOW, summary=summary))
    assert [(entry.line, sorted(fault.pointer for fault in entry.faults)) for entry in found] == [(3, ["/items", "/office"]), (4, [""])]
    assert (summary.checked, summary.invalid) == (3, 2)


def test_times_are_judged_by_the_clock_that_is_given() -> None:
    body = (EXAMPLES / "declaration.v1" / "export-minimal.json").read_bytes()
    line = json.dumps(json.loads(body)).encode()
    (found,) = check_lines([line], "declarations", now=0.0)
    assert found.faults[0].pointer == "/lodged_at"


def test_what_an_earlier_line_had_is_told_and_stays_valid() -> None:
    good = json.loads((EXAMPLES / "declaration.v1" / "export-minimal.json").read_bytes())
    lines = [json.dumps(good | {"version": version}).encode() for version in (1, 2, 2, 1, 3)]
    summary = CheckSummary()
    found = [(entry.line, entry.faults[0].code.value) for entry in check_lines(lines, "declarations", NOW, summary=summary)]
    assert found == [(3, "duplicate"), (4, "stale_version")]
    assert (summary.checked, summary.valid, summary.repeated, summary.invalid) == (5, 5, 2, 0)


def test_a_movement_is_known_by_its_container_and_its_number() -> None:
    events = voyage(1)
    lines = [json.dumps(event).encode() for event in (*events, events[2], *voyage(2))]
    assert [(entry.line, entry.faults[0].pointer) for entry in check_lines(lines, "movements", LATER)] == [(len(events) + 1, "/event_id")]
