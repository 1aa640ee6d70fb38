"""All sides over the same declarations, block by block in turn, so that a noisy machine disturbs all alike."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median

from stream_app.bench.race import pin_to_one_core, run, unpin
from stream_app.bench.sides import Tidewaiter
from stream_app.collector import calm_collector
from stream_app.settings import load_pipeline
from tests.bench.service.backlog import drawn
from tests.bench.service.contestant import ROOT, SERVICE, Contestant

SIDES = "tests.bench.service.sides"
QUIX_FOLDER = ROOT / ".build" / "quix"
"""Where `make bench` puts Quix Streams: it wants an older pydantic than the service has."""
WARM_UP = 2_000
"""Declarations: some 3,000 goods items, so that every detector has left its warm-up."""


@dataclass
class Times:
    """Seconds a goods item, a value a block."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """How much is measured. `seconds`: no new round begins after so many."""

    bootstrap: str
    declarations: int
    repeats: int
    warm_up: int = WARM_UP
    seconds: float = 240.0
    compression: str = "gzip"


def core() -> int | None:
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def contestants(plan: Plan) -> dict[str, Contestant]:
    """All that run on Kafka, not yet started."""
    told = {"COMPRESSION": plan.compression}
    found = {
        "service": Contestant("service", plan.bootstrap, SERVICE, core(), **told),
        "confluent": Contestant("confluent", plan.bootstrap, [f"{SIDES}.bare_loop"], core(), **told),
        "faust": Contestant("faust", plan.bootstrap, [f"{SIDES}.stock_faust"], core(), **told),
    }
    if (QUIX_FOLDER / "quixstreams").is_dir():
        found["quix"] = Contestant("quix", plan.bootstrap, [f"{SIDES}.quix_streams"], core(), path=QUIX_FOLDER, **told)
    return found


class Engine:
    """(a) Decode, validate, score, learn and encode in this process, on the same core; no Kafka."""

    def __init__(self) -> None:
        self._side = Tidewaiter(load_pipeline(), time.time())

    def drain(self, bodies: Sequence[bytes]) -> tuple[float, float]:
        cores = pin_to_one_core()
        wall, cpu, items = time.perf_counter(), time.process_time(), run(self._side, [(True, body) for body in bodies])
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        unpin(cores)
        return wall / items, cpu / items


@contextmanager
def started(plan: Plan, say: Callable[[str], None]) -> Iterator[dict[str, Contestant]]:
    """All contestants, warm."""
    bodies = drawn(plan.warm_up)
    with ExitStack() as stack:
        found = contestants(plan)
        for name, contestant in found.items():
            say(f"{name} starts and warms up")
            stack.enter_context(contestant).warm_up(bodies)
        yield found


def race(plan: Plan, running: dict[str, Contestant], say: Callable[[str], None]) -> dict[str, Times]:
    """Each side drains the same block as the others, in turn; round after round."""
    bodies, engine = drawn(plan.warm_up + plan.declarations * plan.repeats), Engine()
    calm_collector()
    engine.drain(bodies[: plan.warm_up])
    times = {name: Times() for name in ("engine", *running)}
    begun = time.monotonic()
    for number in range(plan.repeats):
        block = bodies[plan.warm_up + number * plan.declarations :][: plan.declarations]
        for name, side in {"engine": engine, **running}.items():
            wall, cpu = side.drain(block)
            times[name].wall.append(wall)
            times[name].cpu.append(cpu)
            say(f"round {number + 1}: {name} {1 / wall:,.0f} goods items/s")
        if time.monotonic() - begun > plan.seconds:
            break
    return times


def same_results(running: dict[str, Contestant]) -> bool:
    """Whether every side wrote the same: as many results, and the same items and scores for every declaration."""
    counts = [side.results.counts() for side in running.values()]
    said = [side.results.assessed() for side in running.values()]
    return all(count == counts[0] for count in counts) and all(found == said[0] for found in said)


def rate(seconds: Sequence[float]) -> float | None:
    return round(1.0 / median(seconds), 1) if seconds and min(seconds) > 0 else None


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """How many times as fast as they we are: the median of the rounds' ratios."""
    pairs = list(zip(ours, theirs, strict=True))
    return round(median(slow / fast for fast, slow in pairs), 3) if pairs and min(map(min, pairs)) > 0 else None
