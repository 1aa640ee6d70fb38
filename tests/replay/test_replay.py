"""Recorded events through the engine without Kafka. NOW is 2026-03-05; the declarations are of 2026-03-02."""

from pathlib import Path
from typing import Any

import orjson

from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import parse_pipeline
from stream_app.eventfile import EventFile, time_field
from stream_app.replay import Replay, Report
from tests.support.goods import NOW, declaration_document, item_document
from tests.support.service_events import plain_outcome


def at(hour: int) -> str:
    return f"2026-03-02T{hour:02d}:00:00Z"


def lodged(name: str, hour: int, **changes: Any) -> dict[str, Any]:
    return declaration_document(name, lodged_at=at(hour), **changes)


def decided(name: str, of: str, hour: int, **changes: Any) -> dict[str, Any]:
    return plain_outcome(name, of, decided_at=at(hour), **changes)


def replayed(folder: Path, declarations: list[Any], outcomes: list[Any] | None = None, pipeline: str = "") -> tuple[list[dict[str, Any]], Report]:
    """The output lines and the report; entries are documents, or bytes as they are."""

    def file(name: str, entries: list[Any], field: str) -> EventFile:
        path = folder / name
        path.write_bytes(b"".join((entry if isinstance(entry, bytes) else orjson.dumps(entry)) + b"\n" for entry in entries))
        return EventFile(path, time_field(field))

    run = Replay(Engine(parse_pipeline(pipeline), mode="replay"), NOW)
    decisions = None if outcomes is None else file("outcomes", outcomes, "decided_at")
    lines = [orjson.loads(line) for line in run.run(file("declarations", declarations, "lodged_at"), decisions)]
    return lines, run.report


def test_there_is_one_line_for_every_goods_item_with_what_the_contract_names(tmp_path: Path) -> None:
    lines, report = replayed(tmp_path, [lodged("A", 1, items=[item_document(1), item_document(2)]), lodged("B", 2)])
    assert [(line["declaration_id"], line["item_number"], line["lodged_at"]) for line in lines] == [("A", 1, at(1)), ("A", 2, at(1)), ("B", 1, at(2))]
    for line in lines:
        assert {"scores", "score", "lane", "alerted", "reasons"} <= line.keys()
        assert line["scores"] == {"anomaly": line["scores"]["anomaly"], "non_compliance": None, "critical": None, "revenue_at_risk": None}
        assert 0.0 <= line["scores"]["anomaly"] <= 1.0
    assert (report.declarations, report.items) == (2, 3)


def test_an_outcome_is_learned_at_its_own_time_and_not_before(tmp_path: Path) -> None:
    days = [lodged("A", 1), lodged("B", 2), lodged("C", 3), lodged("D", 5)]
    lines, report = replayed(tmp_path, days, [decided("R", "A", 3)])
    # Decided at 3: before the declaration of that instant, after those of 1 and 2.
    assert [line["scores"]["non_compliance"] is None for line in lines] == [True, True, False, False]
    assert report.outcomes == {"learned": 1}


def test_what_becomes_of_outcomes_is_counted(tmp_path: Path) -> None:
    outcomes = [decided("R1", "A", 2), decided("R1", "A", 3), decided("R2", "A", 4, item_number=9), decided("R3", "LATER", 4)]
    _, report = replayed(tmp_path, [lodged("A", 1), lodged("LATER", 6)], outcomes)
    assert report.outcomes == {"learned": 1, "repeated": 1, "unknown_item": 1, "unknown_declaration": 1, "early, learned": 1}


def test_bad_lines_are_reported_with_line_and_pointer_and_the_others_go_on(tmp_path: Path) -> None:
    entries = [lodged("A", 1), b"not json", lodged("B", 2, office=None), lodged("A", 3), lodged("C", 4)]
    lines, report = replayed(tmp_path, entries, [b"{}"])
    assert [line["declaration_id"] for line in lines] == ["A", "C"]
    found = {(r.kind, r.line, r.faults[0].code.value, r.faults[0].pointer) for r in report.rejections}
    assert {
        ("declarations", 2, "not_json", ""),
        ("declarations", 3, "missing_field", "/office"),
        ("declarations", 4, "duplicate", "/declaration_id"),
    } <= found
    assert report.rejected["outcomes: missing_field"] == 1
    assert sum(report.rejected.values()) == 4


def test_rejections_are_listed_up_to_a_hundred_and_all_counted(tmp_path: Path) -> None:
    _, report = replayed(tmp_path, [b"x"] * 150)
    assert (len(report.rejections), sum(report.rejected.values())) == (100, 150)


def test_the_report_measures_the_first_probability_against_what_the_outcome_said(tmp_path: Path) -> None:
    declarations = [lodged(name, hour) for hour, name in enumerate("ABCD")]
    # A teaches; B and C are scored after it, and then labelled one of each kind. D stays without a label.
    outcomes = [decided("RA", "A", 1, result="irregular"), decided("RB", "B", 10, result="irregular"), decided("RC", "C", 10, result="compliant")]
    lines, report = replayed(tmp_path, declarations, outcomes)
    probability = {line["declaration_id"]: line["scores"]["non_compliance"] for line in lines}
    found = report.quality.as_dict()
    assert (found["n"], found["irregular"]) == (2, 0.5)
    assert probability["A"] is None
    assert probability["B"] > 0.4, "a prior of 0.1, and its like was irregular"
    assert abs(probability["B"] - probability["C"]) < 1e-3  # an hour's decay
    expected = ((1 - probability["B"]) ** 2 + probability["C"] ** 2) / 2
    assert abs(found["brier"] - expected) < 1e-12


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    entries = [lodged(f"D{number}", number % 24) for number in range(100)]
    assert replayed(tmp_path, entries)[0] == replayed(tmp_path, entries)[0]


def test_order_in_the_file_does_not_matter_where_times_differ(tmp_path: Path) -> None:
    entries = [lodged(f"D{hour}", hour, items=[item_document(customs_value=100.0 * hour + 1)]) for hour in range(24)]
    assert replayed(tmp_path, entries)[0] == replayed(tmp_path, entries[::-1])[0]


def test_the_report_can_be_written_as_json(tmp_path: Path) -> None:
    _, report = replayed(tmp_path, [lodged("A", 1), b"x"], [decided("R", "A", 2)])
    found = orjson.loads(orjson.dumps(report.as_dict()))
    assert found["declarations"] == found["items"] == 1
    assert found["rejections"][0]["file"] == "declarations"
    assert found["rejections"][0]["faults"][0]["code"] == "not_json"
    assert {"n", "irregular", "auc", "brier"} <= found["labelled"].keys()


def test_the_report_has_the_last_figures_of_the_feedback_with_their_intervals(tmp_path: Path) -> None:
    """Three of four controls of a random sample found something; figures are told every hour."""
    lodgings = [lodged(name, 1) for name in "ABCD"] + [lodged("LATER", 9)]
    found = [decided(f"R-{name}", name, 3, selection_reason="random", result="compliant" if name == "D" else "irregular") for name in "ABCD"]
    _, report = replayed(tmp_path, lodgings, found, "[indicators]\nevery_hours = 1\n")
    figure = orjson.loads(orjson.dumps(report.as_dict()))["figures"]["hit_rate/sample/random/all"]
    assert (figure["value"], figure["n"]) == (0.75, 4.0)
    assert figure["interval"]["lower"] < 0.75 < figure["interval"]["upper"]
    assert report.indicators["feedback: hit_rate"] == 1
    assert report.changes == []
