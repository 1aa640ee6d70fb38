"""Counts of the confusion table, worked out by hand on six containers."""

import math
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from stream_app.detectors.registry import movement_detector_classes
from stream_app.engine.movements.overdue import NEVER_ARRIVED, SHORTLANDED
from stream_app.simulate import CONTAINER_SCHEMES
from tests.bench.confusion import OWN, confusion, main

TRUTH: list[dict[str, Any]] = [
    {"declaration_id": "D1", "item_number": 1, "scheme": "mass"},
    {"equipment_id": "A", "scheme": "seal_swap", "at": "2026-01-01T00:00:00Z"},
    {"equipment_id": "B", "scheme": "seal_swap", "at": "2026-01-01T00:00:00Z"},
    {"equipment_id": "C", "scheme": "detour", "at": "2026-01-01T00:00:00Z"},
    {"equipment_id": "UNSEEN", "scheme": "ghost_container", "at": "2026-01-01T00:00:00Z"},
]


def line(name: str, *typologies: str) -> dict[str, Any]:
    return {
        "equipment_id": name,
        "event_id": "E",
        "scores": {"anomaly": 1.0},
        "typologies": list(typologies),
        "alerted": bool(typologies),
        "reasons": [],
    }


RESULTS = [
    {"declaration_id": "D1", "item_number": 1, "alerted": True, "typologies": ["mass"]},
    line("A"),
    line("A", "seal_change"),
    line("A", "seal_change", "sequence"),
    line("B", "dwell"),
    line("C"),
    line("X"),
    line("Y", "seal_change"),
    line("Z"),
]


def test_containers_are_counted_once_and_clean_ones_apart() -> None:
    made = confusion(RESULTS, TRUTH)
    assert made.containers == {"seal_swap": 2, "detour": 1, "ghost_container": 1, "": 3}
    assert made.found["seal_swap"] == {"seal_change": 1, "sequence": 1, "dwell": 1}


def test_recall_is_of_any_alert_or_of_the_schemes_own_typologies() -> None:
    made = confusion(RESULTS, TRUTH)
    assert (made.recall("seal_swap"), made.recall("seal_swap", own_only=True)) == (1.0, 0.5)
    assert made.recall("detour") == made.recall("ghost_container") == 0.0
    assert math.isnan(made.recall("early_release"))


def test_precision_is_the_share_with_a_scheme_and_false_alerts_are_of_a_thousand_clean() -> None:
    made = confusion(RESULTS, TRUTH)
    assert (made.precision("seal_change"), made.precision("dwell")) == (0.5, 1.0)
    assert made.false_per_thousand() == pytest.approx(1000 / 3)


def test_withdrawn_alerts_no_longer_stand() -> None:
    raised = line("Y", "dwell") | {"alerts": ["a-1"]}
    made = confusion([raised, line("Y") | {"withdrawn": ["a-1"]}, line("Z", "dwell") | {"alerts": ["a-2"]}], [])
    assert (made.false_per_thousand(), made.standing_false_per_thousand()) == (1000.0, 500.0)


def test_containers_of_declarations_with_a_scheme_are_not_clean_traffic() -> None:
    declarations = [
        {"declaration_id": "D1", "containers": [{"equipment_id": "Y"}, {"equipment_id": "A"}]},
        {"declaration_id": "D2", "containers": [{"equipment_id": "X"}]},
        {"declaration_id": "D3"},
    ]
    made = confusion(RESULTS, TRUTH, declarations)
    assert made.containers == {"seal_swap": 2, "detour": 1, "ghost_container": 1, "": 2}
    assert made.false_per_thousand() == 0.0
    assert made.precision("seal_change") == 1.0


def test_the_typologies_of_schemes_are_those_of_the_engine() -> None:
    known = {*movement_detector_classes(), NEVER_ARRIVED, SHORTLANDED}
    assert set().union(*OWN.values()) <= known


def test_every_scheme_of_the_simulator_has_typologies_of_its_own() -> None:
    assert OWN.keys() == set(CONTAINER_SCHEMES)


def test_the_command_prints_a_table_or_one_json_object(tmp_path: Path) -> None:
    for name, content in (("out", RESULTS), ("truth", TRUTH)):
        (tmp_path / name).write_bytes(b"\n".join(orjson.dumps(entry) for entry in content))
    plain = CliRunner().invoke(main, [str(tmp_path / "out"), str(tmp_path / "truth")])
    assert plain.exit_code == 0 and "seal_swap" in plain.output and "333.3" in plain.output
    found = orjson.loads(CliRunner().invoke(main, [str(tmp_path / "out"), str(tmp_path / "truth"), "--json"]).stdout_bytes)
    assert found["schemes"]["seal_swap"]["recall_own"] == 0.5
    assert found["precision"]["seal_change"] == 0.5
