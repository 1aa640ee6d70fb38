"""Starts the parts in order, shows what comes out, and stops them in the reverse order, leaving nothing behind."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from stream_app.brokers.admin import create_topics
from stream_app.brokers.embedded import EmbeddedBroker
from stream_app.brokers.errors import BrokerError
from stream_app.brokers.topics import Catalogue
from stream_app.contracts.schemas import directory
from stream_app.demo.observer import Metrics, Observer
from stream_app.demo.view import alert_text, screen
from stream_app.processes import Supervised, free_port

PARTITIONS = 1  # there is one worker, and it needs no more
START_SECONDS = 60.0
WORKER_STOP_SECONDS = 20.0


class DemoError(BrokerError):
    """A part of the demo ended by itself."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a demo, for machines. Latencies in milliseconds from produce to the assessment's arrival at a subscriber."""

    declarations: int
    items: int
    alerts: int
    rejected: int
    seconds_to_first_alert: float | None
    p50_ms: float | None
    p99_ms: float | None


class Demo:
    """`rate` events a second of the simulated world `seed`."""

    def __init__(self, seed: int, rate: float, console: Console) -> None:
        self._seed = seed
        self._rate = rate
        self._console = console

    def run(self, seconds: float | None, stopped: Callable[[], bool]) -> Summary:
        """Until `stopped`, or `seconds` after the simulator's start. Raises BrokerError if a part fails; stops everything in any case."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidewaiter-demo-")))
            broker = stack.enter_context(EmbeddedBroker())
            catalogue = Catalogue.load(directory() / "topics.toml")
            create_topics(broker.connection, catalogue, PARTITIONS)
            observer = Observer(broker.connection, catalogue, PARTITIONS)
            stack.callback(observer.close)
            metrics_port = free_port()
            worker_started = time.monotonic()
            worker = stack.enter_context(self._worker(broker.bootstrap, metrics_port, folder / "worker.log"))
            metrics = Metrics(metrics_port)
            self._await_ready(metrics, worker, folder / "worker.log", stopped)
            simulator = stack.enter_context(self._simulator(broker.bootstrap, folder / "simulator.log"))
            parts = {"worker": (worker, folder / "worker.log"), "simulator": (simulator, folder / "simulator.log")}
            self._watch(observer, metrics, parts, seconds, stopped)
            return _summary(observer, metrics, worker_started)

    @contextmanager
    def _worker(self, bootstrap: str, metrics_port: int, log: Path) -> Iterator[Supervised]:
        settings = {
            "TIDEWAITER_BOOTSTRAP": bootstrap,
            "TIDEWAITER_METRICS_PORT": str(metrics_port),
            "TIDEWAITER_SESSION_TIMEOUT_SECONDS": "6",  # the embedded broker's group join takes half of it
            "TIDEWAITER_WORKER_ID": "demo",
        }
        yield from _running(["worker"], settings, log, WORKER_STOP_SECONDS)

    @contextmanager
    def _simulator(self, bootstrap: str, log: Path) -> Iterator[Supervised]:
        world = ["--seed", str(self._seed), "--days", "365", "--no-movements", "--no-clearance"]
        options = ["--to-topics", *world, "--rate", str(self._rate), "--bootstrap", bootstrap]
        yield from _running(["simulate", *options], {}, log, 5.0)

    def _await_ready(self, metrics: Metrics, worker: Supervised, log: Path, stopped: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        with self._console.status("starting broker and worker"):
            while not metrics.ready() and not stopped():
                _still_runs("worker", worker, log)
                if time.monotonic() > deadline:
                    raise DemoError(f"the worker was not ready in {START_SECONDS:g} s; its log ends:\n{_tail(log)}")
                time.sleep(0.1)

    def _watch(
        self, observer: Observer, metrics: Metrics, parts: dict[str, tuple[Supervised, Path]], seconds: float | None, stopped: Callable[[], bool]
    ) -> None:
        end = time.monotonic() + seconds if seconds else float("inf")
        with self._showing() as show:
            scraped = 0.0
            while time.monotonic() < end and not stopped():
                fresh = observer.poll(0.1)
                if time.monotonic() - scraped > 0.5:
                    scraped = time.monotonic()
                    metrics.scrape()
                    for name, (process, log) in parts.items():
                        _still_runs(name, process, log)
                show(fresh, observer, metrics)
        metrics.scrape()

    @contextmanager
    def _showing(self) -> Iterator[Callable[[list[dict[str, Any]], Observer, Metrics], None]]:
        """A live screen on a terminal; elsewhere one paragraph an alert."""
        console = self._console
        if not console.is_terminal:
            yield lambda fresh, *_: _print(console, fresh)
            return
        with Live(console=console, refresh_per_second=4, screen=True, vertical_overflow="crop") as live:
            yield lambda _, observer, metrics: live.update(screen(_figures(observer, metrics), observer.severities, list(observer.alerts), console))


def _print(console: Console, alerts: list[dict[str, Any]]) -> None:
    for alert in alerts:
        console.print(alert_text(alert), soft_wrap=True)


def _figures(observer: Observer, metrics: Metrics) -> dict[str, str]:
    def latency(share: float) -> str:
        value = observer.latency_ms(share)
        return "-" if value is None else f"{value:,.0f} ms"

    return {
        "declarations": f"{observer.declarations:,}",
        "goods items": f"{observer.items:,}",
        "declarations/s": f"{observer.rate():,.0f}",
        "lag": f"{metrics.worst('tidewaiter_event_lag_seconds', topic='declarations'):.2f} s",
        "rejected": f"{metrics.total('tidewaiter_events_total', topic='declarations', result='rejected'):,.0f}",
        "outcomes learned": f"{metrics.total('tidewaiter_outcomes_total', note='learned'):,.0f}",
        "produce to assessment": f"{latency(0.5)} median, {latency(0.99)} p99",
    }


def _summary(observer: Observer, metrics: Metrics, worker_started: float) -> Summary:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 2)

    first = None if observer.first_alert_at is None else observer.first_alert_at - worker_started
    return Summary(
        declarations=observer.declarations,
        items=observer.items,
        alerts=sum(observer.severities.values()),
        rejected=int(metrics.total("tidewaiter_events_total", result="rejected")),
        seconds_to_first_alert=rounded(first),
        p50_ms=rounded(observer.latency_ms(0.5)),
        p99_ms=rounded(observer.latency_ms(0.99)),
    )


def as_json(summary: Summary) -> dict[str, Any]:
    return asdict(summary)


def _running(command: list[str], settings: dict[str, str], log: Path, stop_seconds: float) -> Iterator[Supervised]:
    with log.open("wb") as output:
        env = {name: value for name, value in os.environ.items() if not name.startswith("TIDEWAITER_")} | settings
        process = Supervised([sys.executable, "-m", "stream_app", *command], output, env=env)
        try:
            yield process
        finally:
            process.stop(stop_seconds)


def _still_runs(name: str, process: Supervised, log: Path) -> None:
    code = process.exit_code()
    if code == 0 and name == "simulator":
        return  # its world has come to an end; what it sent is still to be seen
    if code is not None:
        raise DemoError(f"the {name} ended with exit code {code}; its log ends:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-3_000:]
