"""Brokers that are killed with -9 and come back, with the data that they had."""

import time

from tests.chaos.case import Case, Scene

AWAY_SECONDS = 2.0


def restarts(scene: Scene) -> None:
    """The only broker."""
    _in_turn(scene, 1)


def one_of_three(scene: Scene) -> None:
    """Of three brokers with two in sync, each in turn: what is acknowledged is on two of them."""
    _in_turn(scene, 3)


def _in_turn(scene: Scene, nodes: int) -> None:
    scene.stage.start("a")

    def restart(number: int) -> None:
        scene.broker.kill(number % nodes + 1)
        _a_while(scene)
        scene.broker.mend()

    times = 2 if scene.scale.short else scene.scale.times
    scene.flow_through(restart, times)
    scene.facts["broker_kills"] = times


def _a_while(scene: Scene) -> None:
    until = time.monotonic() + AWAY_SECONDS
    scene.stage.until(lambda: time.monotonic() >= until)


CASES = (
    Case("broker_restarts", "the broker killed with -9, and back", restarts, nodes=1),
    Case("broker_of_three", "one broker of three killed with -9, and back; two in sync", one_of_three, nodes=3, replicas=3),
)
