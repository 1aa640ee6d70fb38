"""What happens around the records: restoring when partitions come, checkpoints before they go, and what is told once a second."""

import asyncio
from collections.abc import Mapping
from typing import Any

import faust
import orjson
import structlog
from aiokafka import TopicPartition

from stream_app import __version__
from stream_app.agents.challenger import Challenger
from stream_app.agents.checkpoints import Checkpoints
from stream_app.agents.consumer import FaustGroup
from stream_app.agents.intake import Positions
from stream_app.agents.lists import ListEntries, ListReader
from stream_app.agents.partitions import Partitions
from stream_app.agents.restore import Restorer
from stream_app.agents.shares import Sharing
from stream_app.brokers.topics import Catalogue
from stream_app.engine.pipeline import Pipeline
from stream_app.metrics import Metrics
from stream_app.operations import Health
from stream_app.settings import Settings

HOUSEKEEPING_SECONDS = 1.0
HAND_OVER_SECONDS = 10.0
"""When the worker stops; when it is asked for its partitions, as long as the group waits at the most."""
log: Any = structlog.get_logger()


def add_restore(
    app: faust.App,
    restorers: list[Restorer],
    reader: ListReader,
    sharing: Sharing,
    learned: dict[str, Partitions],
    metrics: Metrics,
    health: Health,
) -> None:
    """Faust awaits this signal before it seeks and resumes: no record is read before the lists are, and its partition is restored. `learned`: by
    the topic that says how many partitions there are."""
    following: list[Any] = []

    async def restore(*_: Any, **__: Any) -> None:
        health.restored = False
        await reader.caught_up()
        if not following:
            following.append(app.add_future(reader.watch()))  # a worker that no longer hears of entries stops
        for topic, partitions in learned.items():
            partitions.count = FaustGroup(app).partitions_of(topic) or 1
        sharing.decide()
        assigned = [TopicPartition(tp.topic, tp.partition) for tp in app.consumer.assignment()]
        metrics.restore.set(sum([await restorer.restore(assigned) for restorer in restorers]))
        await sharing.caught_up()
        health.assigned, health.restored = bool(assigned), True

    async def revoked(*_: Any, **__: Any) -> None:
        health.assigned = False
        metrics.lag.clear()  # the partitions may be another worker's now

    app.on_rebalance_complete.connect(restore, weak=False)
    app.on_partitions_revoked.connect(revoked, weak=False)


def add_checkpoints(app: faust.App, every: dict[Partitions, Checkpoints], sharing: Sharing, settings: Settings) -> None:
    """In the background, and once more whenever the partitions are to be another's: no record is taken any more then."""

    def suspend() -> None:
        for partitions in every:
            partitions.suspend()

    async def revoked(*_: Any, **__: Any) -> None:
        suspend()
        seconds = max(HAND_OVER_SECONDS, settings.session_timeout_seconds) / 2.0
        await asyncio.gather(*(checkpoints.hand_over(seconds) for checkpoints in every.values()))

    async def stopping(*_: Any, **__: Any) -> None:
        suspend()
        await leave([*every.values()])
        for checkpoints in every.values():
            await checkpoints.stop()
        await sharing.stop()

    app.on_partitions_revoked.connect(revoked, weak=False)
    app.on_before_shutdown.connect(stopping, weak=False)
    for checkpoints in every.values():
        app.task(checkpoints.run)
    app.task(sharing.watch)


async def leave(every: list[Checkpoints]) -> None:
    """Before the worker stops for good."""
    await asyncio.gather(*(checkpoints.hand_over(HAND_OVER_SECONDS) for checkpoints in every))


def add_announcement(app: faust.App, settings: Settings, catalogue: Catalogue, pipeline: Pipeline, health: Health) -> None:
    """The worker writes itself into the topic of workers; the broker's acknowledgement is what readiness waits for."""

    async def announce() -> None:
        about = {"worker_id": settings.worker_id, "version": __version__, "model": pipeline.version(), "group": settings.group}
        delivery = await app.producer.send(catalogue["workers"].name, settings.worker_id.encode(), orjson.dumps(about), None, None, None)
        await delivery
        health.producing = True
        log.info("worker announced", **about)

    app.task(announce)


def add_housekeeping(
    app: faust.App,
    catalogue: Catalogue,
    positions: Mapping[str, Positions],
    partitions: list[Partitions],
    lists: Mapping[str, ListEntries],
    metrics: Metrics,
    health: Health,
) -> None:
    """Once a second: sizes, and lag back to 0 where everything was read."""

    async def keep_house() -> None:
        metrics.ready.set(health.ready)
        for engines in partitions:
            engines.report(metrics)
        for kind, entries in lists.items():
            metrics.list_entries.labels(kind).set(len(entries.held))
        for kind, places in positions.items():
            for tp in app.consumer.assignment():
                if tp.topic == catalogue[kind].name and places.position(tp.topic, tp.partition) >= (app.consumer.highwater(tp) or 0):
                    metrics.lag.labels(kind, str(tp.partition)).set(0)

    app.timer(HOUSEKEEPING_SECONDS)(keep_house)


def add_summary(app: faust.App, challenger: Challenger, seconds: float) -> None:
    async def tell() -> None:
        challenger.tell()

    app.timer(seconds)(tell)
