"""One small world with voyages, written once, and its containers by number."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream_app.simulate import Summary, WorldConfig, write_world

CONFIG = WorldConfig(seed=23, days=12, declarations_per_day=600, traders=600, scheme_share=0.06, movements=True)
Move = dict[str, Any]


@dataclass(frozen=True)
class Sailed:
    folder: Path
    summary: Summary
    declarations: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    movements: list[Move]
    schemes: dict[str, dict[str, str]]  # container -> its line of truth
    item_truth: list[dict[str, Any]]

    def containers(self) -> dict[str, list[Move]]:
        """All that was told of each, in the order of telling."""
        found = defaultdict(list)
        for move in self.movements:
            found[move["equipment_id"]].append(move)
        return dict(found)

    def declared(self) -> dict[str, dict[str, Any]]:
        """Container -> first version of its declaration."""
        first = [document for document in self.declarations if document["version"] == 1]
        return {container["equipment_id"]: document for document in first for container in document.get("containers", ())}

    def of(self, scheme: str) -> dict[str, list[Move]]:
        containers = self.containers()
        return {name: containers[name] for name, line in self.schemes.items() if line["scheme"] == scheme}

    def clean(self) -> dict[str, list[Move]]:
        return {name: moves for name, moves in self.containers().items() if name not in self.schemes}


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def sailed(config: WorldConfig, folder: Path) -> Sailed:
    summary = write_world(config, folder)
    truth = lines(folder / "truth.ndjson")
    return Sailed(
        folder,
        summary,
        lines(folder / "declarations.ndjson"),
        lines(folder / "outcomes.ndjson"),
        lines(folder / "movements.ndjson"),
        {line["equipment_id"]: line for line in truth if "equipment_id" in line},
        [line for line in truth if "equipment_id" not in line],
    )


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Sailed:
    return sailed(CONFIG, tmp_path_factory.mktemp("sailed"))


def at(move: Move, field: str = "occurred_at") -> float:
    return datetime.fromisoformat(move[field]).timestamp()


def standing(moves: list[Move]) -> list[Move]:
    """What is left when every retraction has been heeded and every repetition dropped, in the order in which it happened or is to happen."""
    taken_back = {move["retracted_event_id"] for move in moves if "retracted_event_id" in move}
    left = {move["event_id"]: move for move in moves if "retracted_event_id" not in move and move["event_id"] not in taken_back}
    return sorted(left.values(), key=at)


def actual(moves: list[Move]) -> list[Move]:
    return [move for move in standing(moves) if move["classifier"] == "ACT"]


def only(moves: list[Move], code: str, location: str | None = None) -> list[Move]:
    return [move for move in actual(moves) if move["event_type"] == code and location in (None, move["facility"]["un_location_code"])]
