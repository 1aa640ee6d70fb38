"""build_app: settings in, a Faust application out. With agents/ and worker.py, all that imports faust."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

import faust
import orjson
import structlog
from aiokafka import TopicPartition
from faust.types import TP

from stream_app import __version__
from stream_app.agents import fast, instrument_metrics
from stream_app.agents.breaker import RefusalBreaker
from stream_app.agents.challenger import Challenger
from stream_app.agents.checkpoints import Checkpoints, Pace
from stream_app.agents.consumer import DisklessApp, FaustGroup, use_consumer
from stream_app.agents.declarations import Declarations
from stream_app.agents.intake import Handler, Intake, Positions, Record, Turn, run_batches
from stream_app.agents.lists import KINDS as LISTS
from stream_app.agents.lists import ListEntries, ListReader, Taker
from stream_app.agents.milestones import Milestones
from stream_app.agents.mirrors import Exports, Gaps, Imports, Mirrors
from stream_app.agents.movements import DeclaredContainers, MovementPartitions, Movements
from stream_app.agents.outbox import Outbox
from stream_app.agents.outcomes import Outcomes
from stream_app.agents.partitions import Partitions
from stream_app.agents.places import Places
from stream_app.agents.restore import Restorer
from stream_app.agents.seizures import SeizureRecords
from stream_app.agents.shares import Sharing, Topics
from stream_app.agents.stream import BatchStream
from stream_app.agents.turns import AfterDeclarations
from stream_app.brokers.topics import Catalogue
from stream_app.contracts.decode import Limits
from stream_app.engine.heads.priors import Priors
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.selection import ControlLists
from stream_app.instruments.seizures import Seizures
from stream_app.metrics import Metrics
from stream_app.operations import Health
from stream_app.settings import Settings
from stream_app.state.manifest import Seal
from stream_app.state.topic import CheckpointTopic

HOUSEKEEPING_SECONDS = 1.0
INSTRUMENTS_SECONDS = 30.0
HAND_OVER_SECONDS = 10.0
"""When the worker stops; when it is asked for its partitions, as long as the group waits at the most."""
LEARNED = ("declarations", "outcomes", "milestones")
"""The inputs that engines learn from; they share keys and partitions."""
MOVED = ("movements", "declared")
"""Those that movement engines learn from; they share theirs."""
MIRRORING = ("exports", "imports")
"""The inputs that the mirror learns from."""
log: Any = structlog.get_logger()


def build_app(settings: Settings, pipeline: Pipeline, metrics: Metrics, health: Health, shadow: Pipeline | None = None) -> faust.App:
    """The service, wired. Nothing connects before the app is started. `shadow`: a challenger."""
    catalogue, limits = settings.catalogue(), pipeline.record_limits()
    held = ControlLists(pipeline.lists.max_entries)
    app, places = _faust_app(settings, [catalogue[kind].name for kind in (*LEARNED, *MOVED)]), Places()
    seizures, mirrors = Seizures(**pipeline.instruments.seizures.model_dump()), Mirrors(pipeline.instruments.mirror)
    priors = Priors(seizures.risk)
    partitions = Partitions(pipeline, held, shadow, settings.shadow_share, settings.worker_id, priors)
    moving = MovementPartitions(pipeline, settings.worker_id)
    checkpoints = _checkpoints(app, settings, catalogue, partitions, metrics)
    moved = _checkpoints(app, settings, catalogue, moving, metrics, "movement_checkpoints", MOVED, "movements-")
    leave = partial(_leave, [checkpoints, moved])
    sharing = checkpoints.sharing = _sharing(settings, catalogue, partitions, metrics)
    challenger = Challenger(partitions, metrics) if shadow is not None else None
    lists = {kind: ListEntries(kind, held, limits, pipeline.lists, checkpoints.hasten) for kind in LISTS}
    records = SeizureRecords(seizures, limits, metrics, pipeline.version())
    handlers: dict[str, Handler] = {
        "declarations": Declarations(partitions, limits, metrics, challenger, pipeline.instruments.mirror),
        "outcomes": Outcomes(partitions, limits, metrics, challenger),
        "milestones": Milestones(partitions, limits, metrics),
        "movements": Movements(moving, limits, metrics),
        "declared": DeclaredContainers(moving, limits, metrics),
        **_mirroring(mirrors, limits, metrics, pipeline),
        "seizures": records,
        **lists,
    }
    whose: dict[str, Positions] = {kind: mirrors if kind in MIRRORING else partitions if kind in LEARNED else places for kind in handlers}
    whose |= dict.fromkeys(MOVED, moving)
    writing = dict.fromkeys(LEARNED, checkpoints) | dict.fromkeys(MOVED, moved)
    for kind, handler in handlers.items():
        breaker = RefusalBreaker(catalogue[kind].name, pipeline.breaker)
        intake = Intake(kind, handler, catalogue, metrics, breaker, internal=kind in ("imports", "declared"))
        turn = AfterDeclarations(partitions, catalogue["declarations"].name, partial(_end, app)) if kind == "outcomes" else None
        _add_agent(app, intake, catalogue[kind].name, whose[kind], metrics, settings, turn, challenger, writing.get(kind), leave)
    client = settings.connection().aiokafka()
    quiet = {catalogue[kind].name: handler for kind, handler in _uncounted(partitions, limits, challenger is not None).items()}
    followed: dict[str, Taker] = {**lists, "seizures": records, "gaps": Gaps(priors.gaps)}
    reader = ListReader(client, {catalogue[kind].name: taker for kind, taker in followed.items()}, settings.fetch_max_wait_ms)
    lanes = {catalogue[kind].name: handler for kind, handler in _mirroring(mirrors, limits, Metrics(), pipeline).items()}
    unheard = Metrics()
    moves: dict[str, Handler] = {
        catalogue["movements"].name: Movements(moving, limits, unheard),
        catalogue["declared"].name: DeclaredContainers(moving, limits, unheard),
    }
    restorers = [Restorer(client, settings.group, partitions, quiet, checkpoints), Restorer(client, settings.group, mirrors, lanes)]
    restorers.append(Restorer(client, settings.group, moving, moves, moved))
    learned = {catalogue["declarations"].name: partitions, catalogue["movements"].name: moving}
    _add_restore(app, restorers, reader, sharing, learned, [mirrors], metrics, health)
    _add_checkpoints(app, {partitions: checkpoints, moving: moved}, settings)
    _add_announcement(app, settings, catalogue, pipeline, health)
    _add_housekeeping(app, catalogue, whose, [partitions, moving], lists, metrics, health)
    app.timer(INSTRUMENTS_SECONDS)(partial(_tell_instruments, metrics, partitions, mirrors, seizures, priors))
    metrics.build.info({"version": __version__, "model": pipeline.version()})
    if shadow is not None and challenger is not None:
        metrics.challenger.info({"version": __version__, "model": shadow.version()})
        _add_summary(app, challenger, settings.shadow_summary_seconds)
    return app


def _mirroring(mirrors: Mirrors, limits: Limits, metrics: Metrics, pipeline: Pipeline) -> dict[str, Handler]:
    """What the mirror learns from, by alias."""
    told = limits, metrics, pipeline.version()
    return {"exports": Exports(mirrors, *told), "imports": Imports(mirrors, *told)}


async def _tell_instruments(metrics: Metrics, partitions: Partitions, mirrors: Mirrors, seizures: Seizures, priors: Priors) -> None:
    instrument_metrics.report(metrics, partitions.suites(), mirrors.all(), seizures, priors)


def _faust_app(settings: Settings, checkpointed: list[str]) -> faust.App:
    urls, credentials = settings.connection().faust()
    app = DisklessApp(
        settings.group,
        broker=urls,
        broker_credentials=credentials,
        Stream=BatchStream,
        agent_supervisor="mode.CrashingSupervisor",
        processing_guarantee="at_least_once",
        stream_wait_empty=False,
        stream_buffer_maxsize=4096,
        topic_allow_declare=False,
        topic_disable_leader=True,
        store="memory://",
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{settings.group}-{settings.worker_id}",
        consumer_max_fetch_size=1 << 20,
        broker_max_poll_records=800,  # what comes with one fetch still fits into a queue that Faust calls full: 4/5 of stream_buffer_maxsize
        broker_commit_interval=1.0,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=max(1.0, settings.session_timeout_seconds / 10),
        broker_request_timeout=max(60.0, settings.session_timeout_seconds * 2),
        broker_rebalance_timeout=max(10.0, settings.session_timeout_seconds),
        producer_acks=-1,
        producer_linger=0.005,
        producer_max_batch_size=262_144,
        producer_max_request_size=6 * 1024 * 1024,
        producer_compression_type=None if settings.compression == "none" else settings.compression,
        web_enabled=False,
        debug=False,
    )
    use_consumer(app, settings.fetch_max_wait_ms, checkpointed, fast.consumer(settings.fast_path))
    return app


def _add_agent(
    app: faust.App,
    intake: Intake,
    topic_name: str,
    positions: Positions,
    metrics: Metrics,
    settings: Settings,
    turn: Turn | None,
    challenger: Challenger | None,
    checkpoints: Checkpoints | None,
    leave: Callable[[], Awaitable[None]],
) -> None:
    """An agent on the raw bytes of one input topic; one at a time, since an engine is one sequence of records."""
    topic = app.topic(topic_name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    kind = intake.kind

    def done(records: list[Record]) -> None:
        now = time.time()
        observe = metrics.end_to_end.labels(kind).observe
        for record in records:
            observe(max(0.0, now - record.timestamp))
        for record in {record.partition: record for record in records}.values():
            metrics.lag.labels(kind, str(record.partition)).set(max(0.0, now - record.timestamp))

    async def consume(stream: Any) -> None:
        producer = fast.producer(app, settings.fast_path)
        outbox = Outbox(producer) if challenger is None or kind not in LEARNED else Outbox(producer, challenger.undelivered)
        if checkpoints is not None:
            checkpoints.outboxes[kind] = outbox
        await run_batches(stream, intake, outbox, positions, settings.batch_records, turn, done, leave)

    consume.__name__ = kind  # Faust names its log lines after the function
    app.agent(topic, name=f"tidewaiter.{kind}", concurrency=1)(consume)


async def _leave(every: list[Checkpoints]) -> None:
    """Before the worker stops for good."""
    await asyncio.gather(*(checkpoints.hand_over(HAND_OVER_SECONDS) for checkpoints in every))


def _end(app: faust.App, topic: str, partition: int) -> int:
    """The offset behind the last record, as the last fetch told it; before the first fetch there may be any number."""
    known = app.consumer.highwater(TP(topic, partition))
    return sys.maxsize if known is None else known


def _uncounted(partitions: Partitions, limits: Limits, shadowed: bool) -> dict[str, Handler]:
    """The same handlers for restoring, which counts nothing twice."""
    metrics = Metrics()
    challenger = Challenger(partitions, metrics) if shadowed else None
    return {
        "declarations": Declarations(partitions, limits, metrics, challenger),
        "outcomes": Outcomes(partitions, limits, metrics, challenger),
        "milestones": Milestones(partitions, limits, metrics),
    }


def _add_restore(
    app: faust.App,
    restorers: list[Restorer],
    reader: ListReader,
    sharing: Sharing,
    learned: dict[str, Partitions],
    others: list[Mirrors],
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
        for other in others:
            other.suspend()
        metrics.lag.clear()  # the partitions may be another worker's now

    app.on_rebalance_complete.connect(restore, weak=False)
    app.on_partitions_revoked.connect(revoked, weak=False)


def _checkpoints(
    app: faust.App,
    settings: Settings,
    catalogue: Catalogue,
    partitions: Partitions,
    metrics: Metrics,
    alias: str = "checkpoints",
    kinds: Iterable[str] = LEARNED,
    of: str = "",
) -> Checkpoints:
    topic = CheckpointTopic(settings.connection().aiokafka(), catalogue[alias].name, settings.fetch_max_wait_ms)
    pace = Pace(settings.checkpoint_seconds, settings.checkpoint_records, settings.checkpoint_share)
    seal = Seal(settings.checkpoint_key.get_secret_value().encode())
    inputs = [catalogue[kind].name for kind in kinds]
    return Checkpoints(topic, partitions, inputs, FaustGroup(app), settings.worker_id, pace, seal, metrics, of)


def _sharing(settings: Settings, catalogue: Catalogue, partitions: Partitions, metrics: Metrics) -> Sharing:
    topics = Topics(catalogue["shares"].name, catalogue["lessons"].name)
    seal = Seal(settings.checkpoint_key.get_secret_value().encode())
    client = settings.connection().aiokafka()
    return Sharing(client, topics, partitions, settings.shares, settings.shares_seconds, seal, metrics, settings.fetch_max_wait_ms)


def _add_checkpoints(app: faust.App, every: dict[Partitions, Checkpoints], settings: Settings) -> None:
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
        await asyncio.gather(*(checkpoints.hand_over(HAND_OVER_SECONDS) for checkpoints in every.values()))
        for checkpoints in every.values():
            await checkpoints.stop()
            if checkpoints.sharing is not None:
                await checkpoints.sharing.stop()

    app.on_partitions_revoked.connect(revoked, weak=False)
    app.on_before_shutdown.connect(stopping, weak=False)
    for checkpoints in every.values():
        app.task(checkpoints.run)
        if checkpoints.sharing is not None:
            app.task(checkpoints.sharing.watch)


def _add_announcement(app: faust.App, settings: Settings, catalogue: Catalogue, pipeline: Pipeline, health: Health) -> None:
    """The worker writes itself into the topic of workers; the broker's acknowledgement is what readiness waits for."""

    async def announce() -> None:
        about = {"worker_id": settings.worker_id, "version": __version__, "model": pipeline.version(), "group": settings.group}
        delivery = await app.producer.send(catalogue["workers"].name, settings.worker_id.encode(), orjson.dumps(about), None, None, None)
        await delivery
        health.producing = True
        log.info("worker announced", **about)

    app.task(announce)


def _add_housekeeping(
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


def _add_summary(app: faust.App, challenger: Challenger, seconds: float) -> None:
    async def tell() -> None:
        challenger.tell()

    app.timer(seconds)(tell)
