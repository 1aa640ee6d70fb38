"""milestones, exports and seizures beside a written world, and what was planted in them."""

from pathlib import Path
from typing import Any

import orjson

from stream_app.simulate.bad_submitters import BadSubmitters
from stream_app.simulate.clearance.milestones import draws_of
from stream_app.simulate.clearance.mirror import LONGEST_TRANSIT_DAYS, Exports, Totals, plant
from stream_app.simulate.clearance.officers import Officers
from stream_app.simulate.clearance.reading import controls, days
from stream_app.simulate.clearance.seizures import Seizures
from stream_app.simulate.clearance.sorting import DAY_S, Sorter
from stream_app.simulate.clearance.steps import BUFFER_BYTES, StepsWriter, draws, slow_segment
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.rhythm import midnight

FILES = ("milestones", "exports", "seizures")
TRUTH = "planted.ndjson"
"""Not in truth.ndjson: that names goods items and containers."""


def write_clearance(config: WorldConfig, folder: Path | str, totals: Totals | None = None, steps: bool = True) -> dict[str, int]:
    """Writes milestones.ndjson, exports.ndjson, seizures.ndjson and planted.ndjson beside the world that `write_world` wrote there; lines by file.

    `totals`: of its declarations, where somebody has them already; `steps`: whether milestones.ndjson is to be written.
    Each is in the order of event time. Steps that fall after the last day follow, and exports begin before the first.
    Memory: a table of what was imported, controls, and some weeks of records.
    """
    folder = Path(folder)
    totals = _totals(folder) if totals is None else totals
    _, first_day = next(days(folder / "declarations.ndjson"), (0, []))
    begin = midnight(config.start, 0)
    rng = draws(config)
    officers = Officers(rng, first_day)
    planted = plant(rng, totals)
    seizures = Seizures(rng, begin, config.days)
    exports = Exports(rng, planted)
    lines = {"milestones": _steps(config, folder)} if steps else {}
    with (folder / "exports.ndjson").open("wb", BUFFER_BYTES) as file:
        exported = Sorter(file)
        exported.add(*exports.never_arrived(begin, begin + config.days * DAY_S))
        for day, declarations in days(folder / "declarations.ndjson"):
            of_exports = draws(config, day)
            draws_of(of_exports, len(declarations))  # the steps', which come first
            exported.add(*exports.of_day(of_exports, declarations))
            exported.flush((day - LONGEST_TRANSIT_DAYS - 1) * DAY_S)
        exported.flush()
    (folder / "seizures.ndjson").write_text("".join(line for _, line in seizures.lines), encoding="utf-8")
    truth = [*planted.truth(), slow_segment(config, officers).truth(), *officers.truth(), *seizures.truth(), *_bad(config)]
    (folder / TRUTH).write_bytes(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in truth))
    return lines | {"exports": exported.lines, "seizures": len(seizures.lines)}


def _steps(config: WorldConfig, folder: Path) -> int:
    decided = controls(folder / "outcomes.ndjson")
    with StepsWriter(config, folder) as steps:
        for day, declarations in days(folder / "declarations.ndjson"):
            steps.add(day, declarations, decided)
        return steps.end()


def _totals(folder: Path) -> Totals:
    totals = Totals()
    with (folder / "declarations.ndjson").open("rb") as lines:
        for document in map(orjson.loads, lines):
            if document["version"] == 1:
                totals.add(document)
    return totals


def _bad(config: WorldConfig) -> list[dict[str, Any]]:
    return [{"kind": "bad_submitter", "declarant_id": name, "fault": fault} for name, fault in sorted(BadSubmitters(config).of.items())]
