"""Milestones, exports and seizures of a simulated world: valid, in order, the same for the same seed, and with what was planted."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from stream_app.contracts.schemas import schema
from stream_app.simulate import WorldConfig, write_world
from stream_app.simulate.clearance import FILES, TRUTH, clearance, write_clearance

from .conftest import lines

CONFIG = WorldConfig(seed=3, days=20, declarations_per_day=300, traders=600, bad_submitters=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cleared")
    write_world(CONFIG, folder)
    write_clearance(CONFIG, folder)
    return folder


def planted(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [line for line in lines(folder / TRUTH) if line["kind"] == kind]


@pytest.mark.parametrize(("name", "time"), [("milestone", "occurred_at"), ("export", "exported_at"), ("seizure", "seized_at")])
def test_every_line_is_valid_and_in_the_order_of_time(folder: Path, name: str, time: str) -> None:
    documents = lines(folder / f"{name}s.ndjson")
    assert [fault for document in documents for fault in schema(f"{name}.v1").faults(document)] == []
    times = [document[time] for document in documents]
    assert times == sorted(times)
    assert len(times) >= 12


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_world(CONFIG, tmp_path)
    write_clearance(CONFIG, tmp_path)
    for name in (*(f"{name}.ndjson" for name in FILES), TRUTH):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize("movements", [False, True])
def test_as_a_stream_it_is_what_the_files_hold(tmp_path: Path, movements: bool) -> None:
    config = replace(CONFIG, days=5, declarations_per_day=60, movements=movements)
    write_world(config, tmp_path)
    write_clearance(config, tmp_path)
    events = list(clearance(config))
    assert all(one.at <= later.at for one, later in pairwise(events))
    for name in FILES:
        assert b"".join(event.value + b"\n" for event in events if event.kind == name) == (tmp_path / f"{name}.ndjson").read_bytes() != b""


def test_bad_submitters_change_their_own_declarations_only(folder: Path, tmp_path: Path) -> None:
    write_world(replace(CONFIG, bad_submitters=0), tmp_path)
    bad = {line["declarant_id"] for line in planted(folder, "bad_submitter")}
    clean, spoilt = lines(tmp_path / "declarations.ndjson"), lines(folder / "declarations.ndjson")
    changed = {one["declarant_id"] for one, other in zip(clean, spoilt, strict=True) if one != other}
    assert changed == bad
    assert (tmp_path / "outcomes.ndjson").read_bytes() == (folder / "outcomes.ndjson").read_bytes()


def test_every_declaration_arrives_and_is_released_after_it_arrived_and_was_lodged(folder: Path) -> None:
    journeys: dict[str, dict[str, str]] = defaultdict(dict)
    for step in lines(folder / "milestones.ndjson"):
        journeys[step["declaration_id"]][step["milestone"]] = step["occurred_at"]
    declared = {document["declaration_id"] for document in lines(folder / "declarations.ndjson")}
    assert set(journeys) == declared
    assert all(max(steps["T0"], steps["T3"]) < steps["T11"] for steps in journeys.values())
    ahead = sum(steps["T3"] < steps["T0"] for steps in journeys.values())
    assert 0.1 < ahead / len(journeys) < 0.5, "some declarations come before their goods"


def test_the_unusual_officer_re_routes_as_nobody_else_at_the_office(folder: Path) -> None:
    truth = planted(folder, "unusual_officer")[0]
    yellow: dict[str, set[str]] = defaultdict(set)
    red: dict[str, set[str]] = defaultdict(set)
    for step in lines(folder / "milestones.ndjson"):
        if step["office"] == truth["office"] and step["milestone"] == "T4" and step["lane"] == "yellow":
            yellow[step["officer_ref"]].add(step["declaration_id"])
        if step["milestone"] == "T6" and step["lane"] == "red":
            red[step["officer_ref"]].add(step["declaration_id"])
    shares = {officer: len(files & red[officer]) / len(files) for officer, files in yellow.items()}
    assert max(shares, key=shares.__getitem__) == truth["officer_ref"]
    assert shares.pop(truth["officer_ref"]) > 0.3 > 2 * sum(shares.values()) / len(shares)


def test_what_partners_exported_fits_the_planted_classes(folder: Path) -> None:
    exported: dict[tuple[str, str], float] = defaultdict(float)
    imported: dict[tuple[str, str], float] = defaultdict(float)
    for record in lines(folder / "exports.ndjson"):
        exported[record["reporter_country"], record["hs_code"]] += record["fob_value"]
    for document in lines(folder / "declarations.ndjson"):
        if document["direction"] == "import" and document["version"] == 1:
            for item in document["items"]:
                imported[document["departure_country"], item["hs_code"][:6]] += item["customs_value"] * document.get("exchange_rate", 1.0)
    truth = {(line["exporter"], line["hs6"]): line["class"] for line in planted(folder, "mirror_gap")}
    assert set(truth.values()) >= {"under_valued", "missing_quantity", "over_valued", "import_only", "export_only"}
    for cell, kind in truth.items():
        if kind == "import_only":
            assert exported[cell] == 0.0 < imported[cell]
        elif kind == "export_only":
            assert imported[cell] == 0.0 < exported[cell]
        else:
            assert (imported[cell] > exported[cell]) == (kind == "over_valued"), (cell, kind)
    # Elsewhere imports are worth 5 to 13 % more than exports: freight, and a little noise.
    ratios = [imported[cell] / exported[cell] for cell in imported if cell not in truth and exported[cell]]
    assert 1.03 < sum(ratios) / len(ratios) < 1.15


def test_most_seizures_are_on_the_planted_routes(folder: Path) -> None:
    routes = {(line["hs_chapter"], line["origin_country"], line["conveyance"]) for line in planted(folder, "seizure_route")}
    cases = lines(folder / "seizures.ndjson")
    on_routes = sum((case["hs_code"], case["origin_country"], case["conveyance"]) in routes for case in cases)
    assert len(routes) == 2
    assert on_routes / len(cases) > 0.35


def test_the_slow_segment_is_slower_from_its_day_on(folder: Path) -> None:
    truth = planted(folder, "slow_segment")[0]
    accepted: dict[str, str] = {}
    waits: dict[bool, list[float]] = {False: [], True: []}
    for step in lines(folder / "milestones.ndjson"):
        if step["office"] == truth["office"] and step["milestone"] == "T4":
            accepted[step["declaration_id"]] = step["occurred_at"]
        elif step["milestone"] == "T5" and step["declaration_id"] in accepted:
            begin = accepted[step["declaration_id"]]
            waits[begin >= truth["from"]].append(_hours(begin, step["occurred_at"]))
    before, after = (sorted(waits[late])[len(waits[late]) // 2] for late in (False, True))
    assert 3.0 < after / before < 8.0


def _hours(begin: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds() / 3_600
