"""Resident memory of one engine over a long simulated stream, and a snapshot of all that it learned; in a process of its own.

Inputs are drawn as they are needed and not kept. Run as `python -m stream_app.bench.memory ITEMS [PIPELINE.toml]`: one JSON line a sample, the last
of them once ITEMS goods items were assessed.
"""

import pickle
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from stream_app.bench.sides import Tidewaiter
from stream_app.engine.engine import Engine
from stream_app.simulate import WorldConfig, simulate

SAMPLES = 20
PER_DAY = 4_000
"""Declarations a day: at this rate a million goods items are half a year, and every table with a lifetime (90 days) has turned over."""
ITEMS_PER_DAY = 5_400  # a little fewer than such a day brings in the slowest season
MIB = 1 << 20


@dataclass(slots=True)
class Sample:
    """RSS after so many goods items, and the rows held in every bounded table of the engine."""

    items: int
    rss_mb: float
    tables: dict[str, int]


@dataclass(slots=True)
class MemoryReport:
    """What a run showed. Megabytes are 2**20 bytes and count the whole process: interpreter, libraries, simulator and engine."""

    items: int
    days: int
    start_mb: float
    peak_mb: float
    rss_mb_at: list[tuple[int, float]]
    growth_second_half_percent: float
    tables_at_half: dict[str, int] = field(default_factory=dict)
    tables_at_end: dict[str, int] = field(default_factory=dict)
    snapshot: dict[str, float] = field(default_factory=dict)
    """Of the whole engine at the end: megabytes, seconds to dump and to load it."""


def rss_mb() -> float:
    """Resident set of this process now; where there is no /proc, its peak."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / MIB
    except OSError:
        return peak_mb()


def peak_mb() -> float:
    """The largest resident set so far. Linux counts in KiB, macOS in bytes."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (MIB if sys.platform == "darwin" else 1 << 10)


def growth_percent(samples: list[Sample]) -> float:
    """How much larger the resident set is at the end than half-way, in percent of half-way."""
    return 100.0 * (samples[-1].rss_mb / half_way(samples).rss_mb - 1.0)


def half_way(samples: list[Sample]) -> Sample:
    """The first sample with half the items of the last."""
    return next(sample for sample in samples if 2 * sample.items >= samples[-1].items)


def days_for(items: int) -> int:
    """Days of the simulated world that bring at least so many goods items."""
    return max(2, -(-items // ITEMS_PER_DAY) + 14)


def walk(items: int, service: Tidewaiter, config: WorldConfig) -> Iterator[Sample]:
    """Feed simulated events to one engine until `items` goods items were assessed; one sample at the start and each twentieth of the way."""
    every, done, due = max(items // SAMPLES, 1), 0, 0
    for event in simulate(config):
        done += service.take([(event.kind == "declarations", event.value)])
        if done >= due:
            yield Sample(done, rss_mb(), {name: held for name, (held, _) in service.engine.sizes().items()})
            due += every
        if done >= items:
            return


def _end(config: WorldConfig) -> float:
    from stream_app.simulate.rhythm import midnight

    return float(midnight(config.start, config.days))  # amendments and outcomes beyond it are refused, and are not reached


def measure(items: int, pipeline_file: Path | None = None, progress: Callable[[int], None] = lambda done: None) -> MemoryReport:
    """Runs the walk in a child process, so that nothing else counts. Raises subprocess.CalledProcessError when the child fails."""
    command = [sys.executable, "-m", "stream_app.bench.memory", str(items), *([str(pipeline_file)] if pipeline_file else [])]
    samples: list[Sample] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        if child.stdout is None:
            raise RuntimeError("the child has no standard output")
        try:
            lines = [*_samples(child.stdout, samples, progress)]
        except BaseException:
            child.kill()
            raise
    if child.returncode or not lines:
        raise subprocess.CalledProcessError(child.returncode, command)
    peak = lines[-1]["peak_mb"]
    return MemoryReport(
        items=samples[-1].items,
        days=days_for(items),
        start_mb=round(samples[0].rss_mb, 1),
        peak_mb=round(peak, 1),
        rss_mb_at=[(sample.items, round(sample.rss_mb, 1)) for sample in samples],
        growth_second_half_percent=round(growth_percent(samples), 2),
        tables_at_half=half_way(samples).tables,
        tables_at_end=samples[-1].tables,
        snapshot=lines[-1]["snapshot"],
    )


def _samples(lines: Any, samples: list[Sample], progress: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    """The documents that are no sample (the last one: the peak); samples go to the list."""
    for line in lines:
        document = orjson.loads(line)
        if "items" in document:
            samples.append(Sample(**document))
            progress(samples[-1].items)
        else:
            yield document


def snapshot(engine: Engine) -> dict[str, float]:
    """Megabytes of the whole learned state as pickle has it, and seconds to dump and to load it."""
    begun = perf_counter()
    dumped = pickle.dumps(engine, protocol=5)
    done = perf_counter()
    pickle.loads(dumped)  # noqa: S301  # our own, of a moment ago
    return {"mb": round(len(dumped) / MIB, 1), "dump_s": round(done - begun, 2), "load_s": round(perf_counter() - done, 2)}


def main(items: int, pipeline_file: Path | None = None) -> None:
    from stream_app.settings import load_pipeline

    config = WorldConfig(seed=11, days=days_for(items), declarations_per_day=PER_DAY)
    service = Tidewaiter(load_pipeline(pipeline_file), now=_end(config))
    for sample in walk(items, service, config):
        sys.stdout.buffer.write(orjson.dumps(sample) + b"\n")
        sys.stdout.buffer.flush()
    sys.stdout.buffer.write(orjson.dumps({"peak_mb": peak_mb(), "snapshot": snapshot(service.engine)}) + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(Path, sys.argv[2:3]))
