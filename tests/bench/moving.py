"""Simulated voyages through the movement engine, beside their declarations: recall by scheme, precision by typology, false alerts."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import orjson

from stream_app.engine.engine import Engine
from stream_app.engine.movements.engine import MovementEngine
from stream_app.engine.pipeline import Pipeline
from stream_app.eventfile import EventFile, time_field
from stream_app.learning.decay import DAY
from stream_app.replay.movements import MovementReplay, movement_file
from stream_app.replay.replay import Replay
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.writer import write_world
from tests.bench.confusion import Confusion, confusion

PER_DAY = 150
CONGESTED_FROM = 25
"""Day of the simulated week in which every dwell takes twice as long."""
LATER = 300 * DAY


class Traffic(NamedTuple):
    """How a world is not as usual: declarants that fill declarations badly, masses among the rest, and a week of congestion."""

    words: str
    bad_submitters: int
    congested: bool


TRAFFIC = {
    "movements": Traffic("as `tidewaiter simulate` makes them", 3, False),
    "movements_congested": Traffic("a week of congestion in each", 3, True),
    "movements_honest": Traffic("all papers filled well", 0, False),
}
"""By the name of the result. Where papers are filled badly, a container that weighs otherwise than declared is no false alarm, and counts as one."""


def evaluate_movements(pipeline: Pipeline, seeds: tuple[int, ...], days: int, traffic: Traffic) -> dict[str, Any]:
    """Of all worlds together, as `Confusion.as_dict` tells it, and each world's false alerts."""
    total, each = Confusion(), []
    for seed in seeds:
        made = _world(pipeline, _config(seed, days, traffic))
        each.append(round(made.false_per_thousand(), 1))
        add(total, made)
    return total.as_dict() | {"false_per_thousand_by_world": each}


def add(total: Confusion, made: Confusion) -> None:
    """The containers of one more world."""
    for name in ("containers", "alerted", "standing", "own"):
        counts: Counter[str] = getattr(total, name)
        counts.update(getattr(made, name))
    for scheme, found in made.found.items():
        total.found[scheme].update(found)


def _config(seed: int, days: int, traffic: Traffic) -> WorldConfig:
    """The world of `tidewaiter simulate --per-day 150 --no-clearance`, with `--congestion-day 25` where it is congested."""
    day, bad = CONGESTED_FROM if traffic.congested else None, traffic.bad_submitters
    return WorldConfig(seed=seed, days=days, declarations_per_day=PER_DAY, bad_submitters=bad, movements=True, congestion_day=day)


def _world(pipeline: Pipeline, config: WorldConfig) -> Confusion:
    with TemporaryDirectory() as folder:
        out = Path(folder)
        write_world(config, out)
        declarations = EventFile(out / "declarations.ndjson", time_field("lodged_at"))
        outcomes = EventFile(out / "outcomes.ndjson", time_field("decided_at"))
        moved = movement_file(out / "movements.ndjson")
        now = max(line.at for line in moved) + LATER
        replay = Replay(Engine(pipeline, "replay"), now, movements=MovementReplay(MovementEngine(pipeline, "replay"), now))
        lines = (orjson.loads(line) for line in replay.run(declarations, outcomes, movements=moved))
        truth = [orjson.loads(line) for line in (out / "truth.ndjson").read_bytes().splitlines()]
        lodged = [orjson.loads(line) for line in (out / "declarations.ndjson").read_bytes().splitlines()]
        return confusion(lines, truth, lodged)
