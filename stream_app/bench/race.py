"""Goods items a second of all sides over the same records, block by block in turn, so that a noisy machine disturbs all alike."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from statistics import median
from time import perf_counter, process_time
from typing import Any

from stream_app.bench.sides import READ_TOGETHER, Records, Side, StagedTidewaiter, StockRiver, Tidewaiter
from stream_app.collector import calm_collector
from stream_app.engine.pipeline import Pipeline
from stream_app.simulate import WorldConfig, simulate

WARM_UP_ITEMS = 6_000
"""Enough for every head and every detector to have left its warm-up (pipeline.toml: mature_items)."""
SEED = 7


@dataclass(slots=True)
class Times:
    """Seconds an item of one side, a value a block: on the wall, and on the processor."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def items_per_second(self) -> float:
        return 1.0 / median(self.wall)

    def items_per_cpu_second(self) -> float:
        return 1.0 / median(self.cpu)


@dataclass(slots=True)
class RaceReport:
    """Medians over the blocks. A ratio is the median of the blocks' ratios: ours over theirs."""

    items: int
    repeats: int
    warm_up_items: int
    items_per_second: float
    items_per_cpu_second: float
    river_items_per_second: float
    river_items_per_cpu_second: float
    river_drop_zeros_items_per_second: float
    ratio: float
    ratio_drop_zeros: float
    stages_us: dict[str, float]
    refused: int
    alerts: int
    machine: dict[str, Any]


def race(pipeline: Pipeline, items: int, repeats: int, progress: Callable[[int], None] = lambda done: None) -> RaceReport:
    """`repeats` blocks of about `items` goods items each, after a warm-up that does not count; then one block more with a watch on each stage."""
    blocks, now = draw_blocks(items, repeats + 1)
    calm_collector()  # as the service does, and the same for all sides
    ours = Tidewaiter(pipeline, now)
    sides: dict[str, Side] = {
        "tidewaiter": ours,
        "river": StockRiver(pipeline, now),
        "river_drop_zeros": StockRiver(pipeline, now, drop_zeros=True),
    }
    cores = pin_to_one_core()
    try:
        for side in sides.values():
            run(side, blocks[0])
        times = {name: Times() for name in sides}
        for number, block in enumerate(blocks[1:-1], start=1):
            for name, side in sides.items():
                run(side, block, times[name])
            progress(number)
        stages = watch_stages(StagedTidewaiter(ours, pipeline), blocks[-1])
    finally:
        unpin(cores)
    tidewaiter, river, lean = times["tidewaiter"], times["river"], times["river_drop_zeros"]
    return RaceReport(
        items=items * repeats,
        repeats=repeats,
        warm_up_items=WARM_UP_ITEMS,
        items_per_second=round(tidewaiter.items_per_second(), 1),
        items_per_cpu_second=round(tidewaiter.items_per_cpu_second(), 1),
        river_items_per_second=round(river.items_per_second(), 1),
        river_items_per_cpu_second=round(river.items_per_cpu_second(), 1),
        river_drop_zeros_items_per_second=round(lean.items_per_second(), 1),
        ratio=round(_ratio(river, tidewaiter), 3),
        ratio_drop_zeros=round(_ratio(lean, tidewaiter), 3),
        stages_us=stages,
        refused=ours.refused,
        alerts=ours.alerts,
        machine=machine(),
    )


def draw_blocks(items: int, blocks: int) -> tuple[list[Records], float]:
    """A warm-up block and then `blocks` blocks of at least `items` goods items, and a time at which none of their dates is in the future."""
    drawn: list[Records] = [[]]
    held, wanted, at = 0, WARM_UP_ITEMS, 0.0
    for event in simulate(WorldConfig(seed=SEED, days=3_660)):
        at = event.at
        drawn[-1].append((event.kind == "declarations", event.value))
        held += event.value.count(b'"item_number":') if event.kind == "declarations" else 0
        if held >= wanted:
            if len(drawn) > blocks:
                break
            drawn.append([])
            held, wanted = 0, items
    return drawn, at


def run(side: Side, block: Records, times: Times | None = None) -> int:
    """Goods items of the block, fed to one side; its seconds an item go to `times`."""
    parts = [block[begin : begin + READ_TOGETHER] for begin in range(0, len(block), READ_TOGETHER)]
    cpu, wall = process_time(), perf_counter()
    done = sum(map(side.take, parts))
    wall, cpu = perf_counter() - wall, process_time() - cpu
    if times is not None:
        times.wall.append(wall / done)
        times.cpu.append(cpu / done)
    return done


def watch_stages(side: StagedTidewaiter, block: Records) -> dict[str, float]:
    """Microseconds an item by stage; decode includes validation, engine scoring and learning; outcomes are decoded and learned."""
    done = run(side, block)
    return {stage: round(1e6 * seconds / done, 1) for stage, seconds in side.stages.items()}


def _ratio(theirs: Times, ours: Times) -> float:
    return median(slow / fast for slow, fast in zip(theirs.wall, ours.wall, strict=True))


def pin_to_one_core() -> set[int]:
    """The cores this process could use; empty where it cannot be pinned."""
    if not hasattr(os, "sched_setaffinity"):
        return set()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    return cores


def unpin(cores: set[int]) -> None:
    if cores:
        os.sched_setaffinity(0, cores)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "python": platform.python_version(),
        "river": version("river"),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
    }
