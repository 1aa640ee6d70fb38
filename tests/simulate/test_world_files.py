import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import numpy as np
import orjson
import pytest

from stream_app.simulate import SCHEMES, WorldConfig, simulate, write_world
from stream_app.simulate.voyages.boxes import REUSE_DAYS, NumberPool

from .conftest import CONFIG, Written
from .test_equipment import by_lookup

SMALL: dict[str, Any] = {"days": 3, "declarations_per_day": 150, "traders": 200}
SCHEMAS = Path(__file__).parents[2] / "schemas"
FILES = ("declarations.ndjson", "movements.ndjson", "outcomes.ndjson", "truth.ndjson")


def validator(name: str) -> Any:
    return jsonschema_rs.validator_for(orjson.loads((SCHEMAS / f"{name}.v1.schema.json").read_bytes()), validate_formats=True)


def at(document: dict[str, Any], field: str) -> float:
    return datetime.fromisoformat(document[field]).timestamp()


def contents(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    script = f"from stream_app.simulate import *; write_world(WorldConfig(seed=5, movements=True, **{SMALL!r}), {str(tmp_path / 'theirs')!r})"
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=60)
    write_world(WorldConfig(seed=5, movements=True, **SMALL), tmp_path / "ours")
    assert contents(tmp_path / "ours") == contents(tmp_path / "theirs")


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    write_world(WorldConfig(seed=5, movements=True, **SMALL), tmp_path / "five")
    write_world(WorldConfig(seed=6, movements=True, **SMALL), tmp_path / "six")
    assert all(one != other for one, other in zip(contents(tmp_path / "five"), contents(tmp_path / "six"), strict=True))


def test_more_days_continue_the_same_world() -> None:
    def lodged_first_days(days: int) -> list[bytes]:
        events = simulate(WorldConfig(seed=5, **{**SMALL, "days": days}))
        return [event.value for event in events if event.kind == "declarations" and b'"lodged_at":"2026-01-02' in event.value]

    assert lodged_first_days(2) == lodged_first_days(4) != []


def test_more_days_add_movements_and_change_none() -> None:
    def told(days: int) -> set[bytes]:
        return {event.value for event in simulate(WorldConfig(seed=5, movements=True, **{**SMALL, "days": days})) if event.kind == "movements"}

    assert told(2) < told(4)


def test_a_container_number_is_free_again_only_when_its_voyage_is_over() -> None:
    pool, owners = NumberPool(), np.zeros(3, dtype=np.int64)
    assert pool.claim(owners, np.array([500_000, 500_000, 700_000]), 0).tolist() == [500_000, 507_919, 700_000]
    assert pool.claim(owners[:1], np.array([700_000]), REUSE_DAYS).tolist() == [707_919]
    assert pool.claim(owners[:1], np.array([700_000]), REUSE_DAYS + 1).tolist() == [700_000]


def test_every_declaration_is_valid(world: Written) -> None:
    declaration = validator("declaration")
    assert len(world.declarations) > 5000
    for document in world.declarations:
        declaration.validate(document)


def test_every_outcome_is_valid(world: Written) -> None:
    outcome = validator("outcome")
    assert len(world.outcomes) > 300
    for document in world.outcomes:
        outcome.validate(document)


def test_extreme_settings_stay_valid_too() -> None:
    schemas = {"declarations": validator("declaration"), "outcomes": validator("outcome")}
    settings: list[dict[str, Any]] = [
        {"declarations_per_day": 1, "days": 20},
        {"scheme_share": 0.5, "traders": 50},
        {"scheme_share": 0, "random_control_share": 1},
    ]
    for setting in settings:
        for event in simulate(WorldConfig(**{**SMALL, **setting})):
            schemas[event.kind].validate(orjson.loads(event.value))


def test_files_are_in_the_order_of_event_time(world: Written) -> None:
    for documents, field in ((world.declarations, "lodged_at"), (world.outcomes, "decided_at")):
        times = [at(document, field) for document in documents]
        # A repeated outcome is an old record sent again: it arrives late with its old time.
        fresh = [time for time, document in zip(times, documents, strict=True) if field == "lodged_at" or not _repeated(document, documents)]
        assert fresh == sorted(fresh)


def _repeated(document: dict[str, Any], documents: list[dict[str, Any]]) -> bool:
    return next(other for other in documents if other["outcome_id"] == document["outcome_id"]) is not document


def test_events_come_in_order_and_bear_their_own_time_and_key() -> None:
    previous = 0.0
    for event in simulate(WorldConfig(seed=2, **SMALL)):
        document = orjson.loads(event.value)
        assert event.at >= previous
        previous = event.at
        if event.kind == "declarations":
            assert event.at == at(document, "lodged_at")
            assert event.key == document["exporter_id" if document["direction"] == "export" else "importer_id"]
        else:
            assert event.at >= at(document, "decided_at")
            assert event.key == document["trader_id"]


def test_the_first_day_is_the_start_date_and_the_volume_is_as_asked(world: Written) -> None:
    first = world.first_versions()
    assert world.declarations[0]["lodged_at"].startswith("2026-01-01")
    # From a Thursday on: two weeks weigh 14, the last Thursday 1.18; 8 January lies 302 days from the peak: 1 + 0.12 cos(302/365.25 turns) = 1.056.
    expected = CONFIG.declarations_per_day * 15.18 * 1.056
    assert 0.96 < len(first) / expected < 1.04


def test_the_summary_counts_the_lines(world: Written) -> None:
    assert world.summary.declarations == len(world.declarations)
    assert world.summary.outcomes == len(world.outcomes)
    assert sum(world.summary.injected_items.values()) == len(world.truth)


def test_truth_names_existing_items_and_all_six_schemes(world: Written) -> None:
    first = world.first_versions()
    for declaration_id, item_number in world.truth:
        assert item_number in [item["item_number"] for item in first[declaration_id]["items"]]
    assert set(world.truth.values()) == set(SCHEMES)


def test_the_share_of_injected_items_is_near_the_share_asked_for(world: Written) -> None:
    items = sum(len(document["items"]) for document in world.first_versions().values())
    # 15,000 items at 2 %: a standard deviation near 0.15 points; splitting comes in lumps.
    assert 0.014 < len(world.truth) / items < 0.027


def test_a_world_without_schemes_has_no_truth() -> None:
    assert not any(event.truth for event in simulate(WorldConfig(scheme_share=0, **SMALL)))


def test_declaration_ids_are_unique_but_for_amendments(world: Written) -> None:
    versions = {(document["declaration_id"], document["version"]) for document in world.declarations}
    assert len(versions) == len(world.declarations)


def test_an_amendment_follows_its_first_version_with_the_next_number_and_slight_changes(world: Written) -> None:
    first = world.first_versions()
    amendments = [document for document in world.declarations if document["version"] != 1]
    assert 0.02 < len(amendments) / len(first) < 0.04
    for document in amendments:
        original = first[document["declaration_id"]]
        assert document["version"] == original["version"] + 1
        assert 60 <= at(document, "lodged_at") - at(original, "lodged_at") <= 72 * 3600
        assert document["items"] != original["items"]
        same = {field: value for field, value in document.items() if field not in ("version", "lodged_at", "items")}
        assert same.items() <= original.items()


def test_container_numbers_have_the_right_check_digit_and_go_by_sea(world: Written) -> None:
    with_containers = [document for document in world.declarations if "containers" in document]
    assert len(with_containers) > 500
    for document in with_containers:
        assert document["transport_mode"] == "1"
        for container in document["containers"]:
            assert int(container["equipment_id"][10]) == by_lookup(container["equipment_id"][:10])


def test_gross_mass_is_above_net_mass(world: Written) -> None:
    for document in world.declarations:
        for item in document["items"]:
            assert item.get("gross_mass_kg", float("inf")) > item["net_mass_kg"]


def test_the_dirt_of_real_systems_is_there_and_rare(world: Written) -> None:
    items = [item for document in world.declarations for item in document["items"]]
    without_mass = sum(item["net_mass_kg"] == 0 for item in items) / len(items)
    without_gross = sum("gross_mass_kg" not in item for item in items) / len(items)
    assert 0.002 < without_mass < 0.012
    assert 0.005 < without_gross < 0.03


def test_items_per_declaration_are_between_one_and_a_half_and_two(world: Written) -> None:
    items = [len(document["items"]) for document in world.declarations]
    assert 1.45 < sum(items) / len(items) < 2.0


def test_a_faulty_configuration_names_all_its_faults() -> None:
    with pytest.raises(ValueError, match=r"days must be .*; scheme_share must be"):
        WorldConfig(days=0, scheme_share=0.9)
