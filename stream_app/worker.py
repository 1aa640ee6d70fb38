"""Runs one worker process until it is told to stop: SIGTERM and SIGINT drain it, a tripped breaker, a broken broker
or records that wait unread end it with exit code 1."""

import asyncio
import os
import signal
import time
from contextlib import ExitStack
from typing import Any

import structlog

from stream_app.agents.breaker import BreakerTrippedError
from stream_app.agents.watchdog import ReadingStalledError
from stream_app.app import build_app
from stream_app.brokers.admin import partition_counts
from stream_app.brokers.errors import ConfigurationError
from stream_app.brokers.topics import unequal_partitions
from stream_app.collector import calm_collector
from stream_app.metrics import Metrics
from stream_app.operations import Health, OperationsServer, configure_logging
from stream_app.settings import Settings

DRAIN_SECONDS = 15.0
SAID = (BreakerTrippedError, ReadingStalledError)
"""Reasons in our own words: what other errors say may hold what stood in a record."""
log: Any = structlog.get_logger()


def run_worker(settings: Settings) -> int:
    """Exit code: 0 after a clean stop, 1 after a failure, which the log names. Raises ConfigurationError before anything starts."""
    configure_logging(settings.log_level)
    settings.check()
    pipeline, shadow, metrics, health = settings.pipeline(), settings.shadow_pipeline(), Metrics(), Health()
    _check_topics(settings)
    with ExitStack() as stack:
        server = stack.enter_context(_operations(settings, metrics, health))
        calm_collector()
        log.info("worker starting", worker_id=settings.worker_id, model=pipeline.version(), operations_port=server.port)
        return asyncio.run(_serve(build_app(settings, pipeline, metrics, health, shadow), health))


def _operations(settings: Settings, metrics: Metrics, health: Health) -> OperationsServer:
    try:
        return OperationsServer(settings.metrics_host, settings.metrics_port, metrics, health)
    except OSError as error:
        raise ConfigurationError([f"TIDEWAITER_METRICS_HOST and _PORT, {settings.metrics_host}:{settings.metrics_port}: {error.strerror}"]) from None


def _check_topics(settings: Settings) -> None:
    """Every topic is there, and a trader's records share one partition number."""
    catalogue = settings.catalogue()
    counts = partition_counts(settings.connection(), [topic.name for topic in catalogue.values()])
    missing = [topic.name for topic in catalogue.values() if topic.name not in counts]
    if missing:
        raise ConfigurationError([f"topic {name} does not exist; `tidewaiter topics create` makes it" for name in missing])
    if faults := unequal_partitions({alias: counts[topic.name] for alias, topic in catalogue.items()}):
        raise ConfigurationError(faults)


async def _serve(app: Any, health: Health) -> int:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    app.loop = loop
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Before the start: Faust's own timers begin after the first rebalance, and restoring a long log takes longer than a probe waits.
    beating = asyncio.ensure_future(_beat(health))
    running = asyncio.ensure_future(_run(app))
    stopping = asyncio.ensure_future(stop.wait())
    # Told to stop while it starts, too: a broker that does not answer can hold the start up for ever.
    await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    health.stopping = True
    stopping.cancel()
    failure = _failure(app, running) if running.done() else None
    running.cancel()
    code = await _drain(app, failure)
    beating.cancel()
    return code


def _failure(app: Any, running: "asyncio.Future[None]") -> BaseException:
    """Why the app ended without having been told to."""
    return _root(app.crash_reason) or _root(running.exception()) or RuntimeError("the app stopped by itself")


async def _beat(health: Health) -> None:
    """The sign of life that /live goes by."""
    while True:
        health.beat = time.monotonic()
        await asyncio.sleep(1.0)


async def _run(app: Any) -> None:
    """Returns when the app has crashed or stopped."""
    await app.start()
    await app.wait_until_stopped()


async def _drain(app: Any, failure: BaseException | None) -> int:
    """Let what is in hand finish, and commit."""
    if failure is not None:
        log.error("worker stops", reason=str(failure) if isinstance(failure, SAID) else type(failure).__qualname__)
    try:
        await asyncio.wait_for(app.stop(), DRAIN_SECONDS)
    except TimeoutError:
        log.error("not drained in time", seconds=DRAIN_SECONDS)
        os._exit(1)  # threads of the clients would keep the process alive; what was not committed comes again
    log.info("worker stopped", clean=failure is None)
    return 0 if failure is None else 1


def _root(error: BaseException | None) -> BaseException | None:
    """The exception that started it all."""
    while error is not None and (error.__cause__ or error.__context__):
        if isinstance(error, SAID):
            break
        error = error.__cause__ or error.__context__
    return error
