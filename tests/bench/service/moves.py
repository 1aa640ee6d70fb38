"""Container moves a second, joined with their declarations: the engine on one core by itself, and the service on Apache Kafka."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import orjson

from stream_app.bench.race import machine, pin_to_one_core, unpin
from stream_app.collector import calm_collector
from stream_app.contracts.assessment import encode
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.declared import Declared
from stream_app.contracts.movement import Movement, decode_movement
from stream_app.engine.engine import Engine
from stream_app.engine.movements.engine import MovementEngine
from stream_app.engine.movements.joining import declared_containers
from stream_app.engine.pipeline import Pipeline
from stream_app.settings import load_pipeline
from stream_app.simulate import WorldConfig, simulate
from tests.bench.service.backlog import SEED, Feeder
from tests.bench.service.contestant import SERVICE, Contestant
from tests.bench.service.race import core

PER_DAY = 150
MOVES_A_DAY = 1_200
"""At least, once voyages are under way."""
GOAL = 15_000.0
"""Of the engine, a second."""


@dataclass(frozen=True)
class Load:
    """How much is measured: movements of a round, rounds, and movements before the first of them."""

    moves: int
    repeats: int
    warm_up: int


@dataclass
class Seconds:
    """Of a movement, a value a round."""

    decode: list[float] = field(default_factory=list)
    engine: list[float] = field(default_factory=list)
    encode: list[float] = field(default_factory=list)
    service: list[float] = field(default_factory=list)
    service_cpu: list[float] = field(default_factory=list)


def drawn(load: Load) -> list[tuple[str, bytes]]:
    """(kind, body) of declarations and movements, in the order in which they become known; of the last months. What comes twice comes once."""
    wanted, seen, found = load.warm_up + load.moves * load.repeats, set(), []
    days = 12 + wanted // MOVES_A_DAY
    start = datetime.now(UTC).date() - timedelta(days=days + 1)
    for event in simulate(WorldConfig(seed=SEED, days=days, start=start, declarations_per_day=PER_DAY, movements=True)):
        if event.kind == "movements":
            if (name := orjson.loads(event.value)["event_id"]) in seen:
                continue
            seen.add(name)
        elif event.kind != "declarations":
            continue
        found.append((event.kind, event.value))
        if len(seen) == wanted:
            return found
    raise AssertionError(f"the world has only {len(seen)} movements")


class Alone:
    """The engine in this process, without Kafka. Declarations are scored before the clock starts."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._declarations, self._engine = Engine(pipeline), MovementEngine(pipeline)
        self._limits = pipeline.record_limits()

    def run(self, events: Sequence[tuple[str, bytes]], seconds: Seconds | None = None) -> None:
        """`seconds` gets what a movement took: decoding it, judging and learning it (and what declarations say of containers), encoding."""
        now = time.time()
        read: list[Movement | Declared] = []
        for kind, body in events:
            if kind == "declarations":
                declaration = decode_declaration(body, self._limits, now)
                read += declared_containers(declaration, self._declarations.process(declaration))
        bodies = [body for kind, body in events if kind == "movements"]
        begun = time.perf_counter()
        moves = [decode_movement(body, self._limits, now) for body in bodies]
        decoded = time.perf_counter()
        for declared in read:
            self._engine.declare(declared)
        results = [self._engine.process(movement) for movement in moves]
        judged = time.perf_counter()
        for result in results:
            encode(result.assessment)
        if seconds is not None:
            took = decoded - begun, judged - decoded, time.perf_counter() - judged
            for part, of in zip((seconds.decode, seconds.engine, seconds.encode), took, strict=True):
                part.append(of / len(moves))


class Served:
    """One worker on one core. Declarations are answered before the clock starts, so that each container's are known."""

    def __init__(self, bootstrap: str, contestant: Contestant) -> None:
        self._side, self._feeder = contestant, Feeder(bootstrap)
        self._sent = {"declarations": 0, "movements": 0}

    def feed(self, events: Sequence[tuple[str, bytes]], kind: str) -> None:
        bodies = [body for of, body in events if of == kind]
        self._feeder.send(self._side.catalogue[kind].name, bodies, self._sent[kind], kind=kind)
        self._sent[kind] += len(bodies)

    def wait(self) -> None:
        """Until everything that was fed is answered."""
        wanted = {"receipts": sum(self._sent.values()), "assessments": self._sent["declarations"], "movement_assessments": self._sent["movements"]}
        self._side.results.wait_for(wanted, self._side.check)

    def run(self, events: Sequence[tuple[str, bytes]], seconds: Seconds | None = None) -> None:
        self.feed(events, "declarations")
        self.wait()
        wall, cpu = self._side.timed(lambda: self.feed(events, "movements"), self.wait)
        if seconds is not None:
            moves = sum(kind == "movements" for kind, _ in events)
            seconds.service.append(wall / moves)
            seconds.service_cpu.append(cpu / moves)


def measure(bootstrap: str, load: Load, say: Any) -> dict[str, Any]:
    """Both sides over the same blocks, in turn; medians of the rounds."""
    events, alone, seconds = drawn(load), Alone(load_pipeline()), Seconds()
    blocks = list(blocks_of(events, load))
    with Contestant("moves", bootstrap, SERVICE, core()) as contestant:
        served = Served(bootstrap, contestant)
        calm_collector()
        for number, block in enumerate(blocks):
            timed = seconds if number else None
            cores = pin_to_one_core()
            alone.run(block, timed)
            unpin(cores)
            served.run(block, timed)
            if number:
                say(f"round {number}: engine {1 / seconds.engine[-1]:,.0f} movements/s, service {1 / seconds.service[-1]:,.0f}")
    parts = {name: round(1e6 * median(getattr(seconds, name)), 1) for name in ("decode", "engine", "encode")}
    return {
        "movements_per_second": {
            "engine": round(1.0 / median(seconds.engine), 1),
            "bytes_to_bytes": round(1e6 / sum(parts.values()), 1),
            "service": round(1.0 / median(seconds.service), 1),
            "service_per_cpu_second": round(1.0 / median(seconds.service_cpu), 1),
        },
        "microseconds": parts,
        "movements_a_round": load.moves,
        "rounds": load.repeats,
        "goal": GOAL,
        "machine": machine(),
    }


def blocks_of(events: list[tuple[str, bytes]], load: Load) -> Iterator[list[tuple[str, bytes]]]:
    """The warm-up, then a block a round: so many movements, and the declarations among them."""
    sizes, begin, count = [load.warm_up] + [load.moves] * load.repeats, 0, 0
    for place, (kind, _) in enumerate(events):
        count += kind == "movements"
        if sizes and count == sizes[0]:
            yield events[begin : place + 1]
            begin, count = place + 1, 0
            sizes.pop(0)
