"""One small world, written once for the whole folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream_app.simulate import Summary, WorldConfig, write_world

CONFIG = WorldConfig(seed=11, days=15, declarations_per_day=700, traders=800)


@dataclass(frozen=True)
class Written:
    folder: Path
    summary: Summary
    declarations: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    truth: dict[tuple[str, int], str]

    def first_versions(self) -> dict[str, dict[str, Any]]:
        return {document["declaration_id"]: document for document in self.declarations if document["version"] == 1}


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("world")
    summary = write_world(CONFIG, folder)
    truth = {(line["declaration_id"], line["item_number"]): line["scheme"] for line in lines(folder / "truth.ndjson")}
    return Written(folder, summary, lines(folder / "declarations.ndjson"), lines(folder / "outcomes.ndjson"), truth)
