"""Workers that are killed, paused, that join and leave."""

import os
import signal
import time

from tests.chaos.case import Case, Scene

PAUSED_SECONDS = 8.0
"""Twice the session."""


def kills(scene: Scene) -> None:
    """Two workers, killed in turn with -9 while declarations flow, and once more among the outcomes."""
    stage = scene.stage
    _both(scene)

    def kill(number: int) -> None:
        name = "ab"[number % 2]
        stage.kill(name)
        stage.start(name, ready=False)

    scene.flow_through(kill)
    scene.outcomes(lambda: kill(scene.scale.times))
    scene.facts["kills"] = scene.scale.times + 1


def pauses(scene: Scene) -> None:
    """One of two workers stands still for longer than its session, with records in hand; its partitions go to the other, and it comes back."""
    stage = scene.stage
    _both(scene)

    def pause(number: int) -> None:
        process = stage.crew["ab"[number % 2]].process
        os.kill(process.pid, signal.SIGSTOP)
        until = time.monotonic() + PAUSED_SECONDS
        stage.until(lambda: time.monotonic() >= until)
        os.kill(process.pid, signal.SIGCONT)

    times = 1 if scene.scale.short else 4
    scene.flow_through(pause, times)
    scene.facts["pauses"] = times


def joins_and_leaves(scene: Scene) -> None:
    """One worker stays; a second one joins, and leaves by SIGTERM, under load."""
    stage = scene.stage
    stage.start("a")

    def join_or_leave(number: int) -> None:
        if number % 2 == 0:
            stage.start("b")
        else:
            scene.asks[f"left clean the time {number // 2 + 1}"] = stage.stop("b") == 0

    times = 2 if scene.scale.short else 8
    scene.flow_through(join_or_leave, times)
    scene.facts["joins"] = scene.facts["leaves"] = times // 2


def _both(scene: Scene) -> None:
    stage = scene.stage
    for name in "ab":
        stage.start(name, ready=False)
    stage.until(lambda: all(worker.get("/ready")[0] == 200 for worker in stage.crew.values()))


CASES = (
    Case("kills", "workers killed with -9 in turn", kills, in_full=47_500),
    Case("pauses", "a worker paused past its session", pauses),
    Case("joins_and_leaves", "a worker joins and leaves under load", joins_and_leaves),
)
