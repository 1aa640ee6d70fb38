"""milestones, exports and seizures beside a written world, and what was planted in them."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson

from stream_app.simulate.bad_submitters import BadSubmitters
from stream_app.simulate.clearance.milestones import Slow, of_day
from stream_app.simulate.clearance.mirror import LONGEST_TRANSIT_DAYS, Exports, Totals, plant
from stream_app.simulate.clearance.officers import Officers
from stream_app.simulate.clearance.reading import controls, days
from stream_app.simulate.clearance.seizures import Seizures
from stream_app.simulate.clearance.sorting import DAY_S, Sorter
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.rhythm import midnight

FILES = ("milestones", "exports", "seizures")
TRUTH = "planted.ndjson"
"""Not in truth.ndjson: that names goods items and containers."""
STREAM = 7_300
EARLIEST_STEP_DAYS = 4
SLOW_FROM = 0.6
"""When of a world's days the slow segment begins."""
BUFFER_BYTES = 1 << 20


def write_clearance(config: WorldConfig, folder: Path | str, totals: Totals | None = None) -> dict[str, int]:
    """Writes milestones.ndjson, exports.ndjson, seizures.ndjson and planted.ndjson beside the world that `write_world` wrote there; lines by file.

    `totals`: of its declarations, where somebody has them already.
    Each is in the order of event time. Steps that fall after the last day follow, and exports begin before the first.
    Memory: a table of what was imported, controls, and some weeks of records.
    """
    folder = Path(folder)
    totals = _totals(folder) if totals is None else totals
    _, first_day = next(days(folder / "declarations.ndjson"), (0, []))
    begin = midnight(config.start, 0)
    rng = np.random.default_rng([config.seed, STREAM, 0])
    officers = Officers(rng, first_day)
    slow = Slow(officers.pair_office, midnight(config.start, int(SLOW_FROM * config.days)))
    planted = plant(rng, totals)
    seizures = Seizures(rng, begin, config.days)
    exports = Exports(rng, planted)
    with (
        (folder / "milestones.ndjson").open("wb", BUFFER_BYTES) as steps_file,
        (folder / "exports.ndjson").open("wb", BUFFER_BYTES) as exports_file,
    ):
        steps, exported = Sorter(steps_file), Sorter(exports_file)
        decided = controls(folder / "outcomes.ndjson")
        exported.add(*exports.never_arrived(begin, begin + config.days * DAY_S))
        for day, declarations in days(folder / "declarations.ndjson"):
            draws = np.random.default_rng([config.seed, STREAM, 1 + day])
            steps.add(*of_day(draws, declarations, decided, officers, slow))
            exported.add(*exports.of_day(draws, declarations))
            # A file is open for a month at the most, and goods arrived some days before they were declared.
            steps.flush((day - EARLIEST_STEP_DAYS) * DAY_S)
            exported.flush((day - LONGEST_TRANSIT_DAYS - 1) * DAY_S)
        steps.flush()
        exported.flush()
    (folder / "seizures.ndjson").write_text("".join(line for _, line in seizures.lines), encoding="utf-8")
    truth = [*planted.truth(), slow.truth(), *officers.truth(), *seizures.truth(), *_bad(config)]
    (folder / TRUTH).write_bytes(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in truth))
    return {"milestones": steps.lines, "exports": exported.lines, "seizures": len(seizures.lines)}


def _totals(folder: Path) -> Totals:
    totals = Totals()
    with (folder / "declarations.ndjson").open("rb") as lines:
        for document in map(orjson.loads, lines):
            if document["version"] == 1:
                totals.add(document)
    return totals


def _bad(config: WorldConfig) -> list[dict[str, Any]]:
    return [{"kind": "bad_submitter", "declarant_id": name, "fault": fault} for name, fault in sorted(BadSubmitters(config).of.items())]
