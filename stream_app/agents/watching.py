"""The watchdog at work: every sixth of its patience it looks at how far this worker has read, and what waits behind."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import faust
import structlog

from stream_app.agents.intake import Positions
from stream_app.agents.stream import BatchStream
from stream_app.agents.waiting import WaitingRecords
from stream_app.agents.watchdog import TURNS, Place, Watchdog
from stream_app.metrics import Metrics
from stream_app.operations import Health

log = structlog.get_logger()


class Watch:
    """`seconds`: how long records may wait unread. `streams`: of the agents, by topic, each entered by its agent when it starts."""

    def __init__(self, seconds: float, waiting: WaitingRecords, metrics: Metrics, health: Health) -> None:
        self.streams: dict[str, BatchStream] = {}
        self._seconds, self._waiting, self._metrics, self._health = seconds, waiting, metrics, health
        self._watchdog = Watchdog()

    def add(self, app: faust.App, whose: Mapping[str, Positions]) -> None:
        """`whose`: the positions of a topic, by its name; only such that are restored with what was learned, or a fresh worker would know of none."""

        async def watch() -> None:
            while True:
                await asyncio.sleep(self._seconds / TURNS)
                await self._look(app, whose)

        async def stop(*_: object, **__: object) -> None:
            await self._waiting.stop()

        app.task(watch)
        app.on_before_shutdown.connect(stop, weak=False)

    async def _look(self, app: faust.App, whose: Mapping[str, Positions]) -> None:
        """Raises ReadingStalledError, which ends the worker."""
        positions, busy = self._positions(app, whose), {topic for topic, stream in self.streams.items() if stream.in_hand}
        if busy and cast(Any, app.consumer).held_up:  # one loop fills all queues: while it waits for room in one, the others get nothing
            busy |= whose.keys()
        waiting = await self._waiting.at(self._watchdog.suspects(positions, busy))
        # The broker's answer took a while: what was read meanwhile is not stalled.
        after = self._positions(app, whose)
        self._watchdog.looked({place: after[place] for place in positions.keys() & after.keys()}, busy, waiting)
        turns = self._watchdog.turns
        self._metrics.stalled.set(turns * self._seconds / TURNS)
        self._health.reading = turns < TURNS / 2
        if not self._health.reading:
            log.warning("records wait unread", seconds=turns * self._seconds / TURNS)
        self._watchdog.check(self._seconds)

    def _positions(self, app: faust.App, whose: Mapping[str, Positions]) -> dict[Place, int]:
        """None while partitions come or go, or are restored."""
        if not (self._health.assigned and self._health.restored) or self._health.stopping:
            return {}
        mine = [(tp.topic, tp.partition) for tp in app.consumer.assignment()]
        return {(topic, number): whose[topic].position(topic, number) for topic, number in mine if topic in whose and whose[topic].owns(number)}
