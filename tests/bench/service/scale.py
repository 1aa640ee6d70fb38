"""Two workers on two partitions against one worker on the same two, a core each where the machine has two."""

import os
import time
from dataclasses import dataclass
from statistics import median

from tests.bench.service.backlog import drawn
from tests.bench.service.contestant import SERVICE, Contestant
from tests.bench.service.race import Plan

SHARED_SECONDS = 60.0


@dataclass(frozen=True)
class Scale:
    """Goods items a second. The broker and the bench run on the same cores: on two, two workers cannot be twice as fast as one."""

    one_worker: float
    two_workers: float
    ratio: float
    cores: int


def measure(plan: Plan) -> Scale:
    """Both drain the same blocks in turn."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
    bodies = drawn(plan.warm_up + plan.declarations * plan.repeats)
    told = {"COMPRESSION": plan.compression}
    with (
        Contestant("one", plan.bootstrap, SERVICE, cores[-1], 2, **told) as one,
        Contestant("two", plan.bootstrap, SERVICE, cores[-1], 2, **told) as two,
    ):
        two.start(cores[0] if len(cores) > 1 else None)
        for side, workers in ((one, 1), (two, 2)):
            side.await_partitions(workers)
            side.warm_up(bodies[: plan.warm_up])
        walls: dict[str, list[float]] = {"one": [], "two": []}
        begun = time.monotonic()
        for number in range(plan.repeats):
            block = bodies[plan.warm_up + number * plan.declarations :][: plan.declarations]
            for side in (one, two):
                walls[side.name].append(side.drain(block)[0])
            if time.monotonic() - begun > SHARED_SECONDS:
                break
    first, second = walls["one"], walls["two"]
    ratio = median(slow / fast for slow, fast in zip(first, second, strict=True))
    return Scale(round(1 / median(first), 1), round(1 / median(second), 1), round(ratio, 3), len(cores))
