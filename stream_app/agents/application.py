"""The Faust application, and an agent of it: settings in, Faust's own words out."""

import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import faust
from faust.types import TP

from stream_app.agents import fast
from stream_app.agents.challenger import Challenger
from stream_app.agents.checkpoints import Checkpoints
from stream_app.agents.consumer import DisklessApp, use_consumer
from stream_app.agents.intake import Intake, Positions, Record, Turn, run_batches
from stream_app.agents.outbox import Outbox
from stream_app.agents.stream import BatchStream
from stream_app.agents.watching import Watch
from stream_app.metrics import Metrics
from stream_app.settings import Settings


def faust_app(settings: Settings, checkpointed: list[str]) -> faust.App:
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


def add_agent(
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
    watch: Watch,
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
        watch.streams[topic_name] = stream
        producer = fast.producer(app, settings.fast_path)
        outbox = Outbox(producer) if challenger is None or checkpoints is None else Outbox(producer, challenger.undelivered)
        if checkpoints is not None:
            checkpoints.outboxes[kind] = outbox
        await run_batches(stream, intake, outbox, positions, settings.batch_records, turn, done, leave)

    consume.__name__ = kind  # Faust names its log lines after the function
    app.agent(topic, name=f"tidewaiter.{kind}", concurrency=1)(consume)


def end(app: faust.App, topic: str, partition: int) -> int:
    """The offset behind the last record, as the last fetch told it; before the first fetch there may be any number."""
    known = app.consumer.highwater(TP(topic, partition))
    return sys.maxsize if known is None else known
