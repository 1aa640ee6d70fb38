"""What a case is, and how one is played."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kafka.errors import KafkaError

from tests.chaos.stage import MOST_AHEAD, Sent, Stage, StalledError, say
from tests.chaos.verdict import Facts, Verdict, judged
from tests.support.apache_kafka import ApacheKafka
from tests.support.service_events import recent_world

SEED = 61


class Scale(NamedTuple):
    """How much of everything; `times`: how often the fault comes."""

    declarations: int
    times: int
    short: bool


@dataclass
class Scene:
    """Where a case plays: its stage, the broker below, and what it found out beside the verdict. `asks`: what must be true for it to hold."""

    stage: Stage
    broker: ApacheKafka
    scale: Scale
    folder: Path
    facts: Facts = field(default_factory=dict)
    asks: dict[str, bool] = field(default_factory=dict)

    def declarations(self) -> list[Sent]:
        return events(self.scale.declarations, "declarations")

    def flow_through(self, disturb: Callable[[int], None], times: int | None = None) -> None:
        """The declarations, with `disturb(0)`, `disturb(1)`... at even distances while they flow; all are answered behind it."""
        sent, many = self.declarations(), self.scale.times if times is None else times
        flow = self.stage.flow("declarations", sent)
        for number in range(many):
            self.stage.until_answered("declarations", len(sent) * (number + 1) // (many + 1))
            disturb(number)
        self.stage.until(lambda: flow.done and self.stage.answered("declarations") >= len(sent))

    def outcomes(self, disturb: Callable[[], None]) -> None:
        """The outcomes of those declarations, with `disturb` in their middle."""
        sent = events(self.scale.declarations, "outcomes")
        flow = self.stage.flow("outcomes", sent)
        self.stage.until_answered("outcomes", len(sent) // 2)
        disturb()
        self.stage.until(lambda: flow.done and self.stage.answered("outcomes") >= len(sent))


def events(declarations: int, kind: str, seed: int = SEED, per_day: int = 700) -> list[Sent]:
    """Of a world with so many declarations, so many a day: those, or the outcomes among them."""
    return [(event.key.encode(), event.value) for event in recent_world(seed, declarations, per_day) if event.kind == kind]


@dataclass(frozen=True)
class Case:
    """`play` makes the fault on a scene; `nodes`: of the broker, None for the one that all share; `settings`: of its workers; `in_full`: how many
    declarations the full run has, if not as many as the others; `missing`: what keeps it from being played on this machine, if anything does."""

    name: str
    title: str
    play: Callable[[Scene], None]
    nodes: int | None = None
    replicas: int = 1
    pipeline: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    full_only: bool = False
    in_full: int | None = None
    missing: Callable[[], str | None] = lambda: None

    def of(self, scale: Scale) -> Scale:
        return scale if scale.short or self.in_full is None else scale._replace(declarations=self.in_full)

    def prepare(self, scale: Scale) -> None:
        """The world, before anybody's seconds count; for two threads the second time is free, the first is not."""
        if not self.full_only:
            recent_world(SEED, scale.declarations)

    def run(self, broker: ApacheKafka, scale: Scale, folder: Path) -> Verdict:
        """A case that stalls, or fails in any way, does not hold; its figures are what came of it."""
        started = time.monotonic()
        ahead = max(300, min(MOST_AHEAD, scale.declarations // 6))
        with Stage(broker, folder, self.replicas, self.pipeline, ahead, **dict(self.settings)) as stage:
            scene = Scene(stage, broker, scale, folder)
            try:
                self.play(scene)
            except (StalledError, AssertionError, KafkaError) as error:
                scene.asks["it ended"] = False
                say(f"{self.name}: {type(error).__name__}: {error}")
            found = judged(stage)
        facts = found.facts | scene.facts | {name: False for name, held in scene.asks.items() if not held}
        numbers = found.lost, found.learned_twice, found.duplicate_ids_differing
        clean = not any(numbers) and not found.unsent and not found.facts["ended_by_themselves"] and not found.facts["not_stopped_clean"]
        return Verdict(*numbers, time.monotonic() - started, clean and all(scene.asks.values()), facts)
