"""One side: a process on one core, with topics and a group of its own."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from stream_app.brokers.admin import create_topics
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from stream_app.processes import free_port
from tests.bench.service.backlog import Feeder, Results, goods_items

ROOT = Path(__file__).parents[3]
TOPICS_FILE = ROOT / "schemas" / "topics.toml"
SERVICE = ("stream_app", "worker")
SESSION_SECONDS = 300
"""Nobody loses its partition for having been stopped while its backlog was made."""


class Contestant:
    """`module`: what `python -m` runs. `path`: a folder of packages that go before the installed ones. Started when entered, killed when left."""

    def __init__(
        self, name: str, bootstrap: str, module: Sequence[str], core: int | None, partitions: int = 1, path: Path | None = None, **settings: str
    ) -> None:
        self.name, self._core, self.sent = name, core, 0
        self.prefix = f"bench{os.getpid()}.{name}."
        self.catalogue = Catalogue.load(TOPICS_FILE, self.prefix)
        create_topics(Connection(bootstrap), self.catalogue, partitions)
        self._bootstrap, self._module, self._path, self._settings = bootstrap, tuple(module), path, settings
        self._feeder, self.results = Feeder(bootstrap), Results(bootstrap, self.catalogue, partitions)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ports: list[int] = []
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed when left

    def __enter__(self) -> Self:
        self.start(self._core)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self._log.close()

    def start(self, core: int | None) -> None:
        """One more process of this side, on that core."""
        number, port = len(self._processes), free_port()
        self._ports.append(port)
        settings = {
            "BOOTSTRAP": self._bootstrap,
            "TOPIC_PREFIX": self.prefix,
            "GROUP": f"{self.prefix}group",
            "WORKER_ID": f"bench-{number}",
            "METRICS_PORT": str(port),
            "SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS),
            **self._settings,
        }
        mine = {name: value for name, value in os.environ.items() if not name.startswith("TIDEWAITER_")}
        folders = [str(folder) for folder in (self._path, ROOT) if folder is not None]
        mine |= {"PYTHONPATH": os.pathsep.join([*folders, *filter(None, [mine.get("PYTHONPATH")])])}
        mine |= {f"TIDEWAITER_{name}": value for name, value in settings.items()}
        process = subprocess.Popen([sys.executable, "-m", *self._module], env=mine, cwd=ROOT, stdout=self._log, stderr=self._log)
        if core is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, {core})
        self._processes.append(process)

    def check(self) -> None:
        """Raises RuntimeError with the end of its output if it has ended."""
        for process in self._processes:
            if process.poll() is not None:
                self._log.seek(0)
                raise RuntimeError(f"{self.name} ended with {process.returncode}:\n{self._log.read()[-3_000:].decode(errors='replace')}")

    def await_partitions(self, workers: int, seconds: float = 120.0) -> None:
        """Until each of so many workers has some of the partitions."""
        deadline = time.monotonic() + seconds
        while sum(map(_is_ready, self._ports)) < workers:
            self.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: not all workers have partitions after {seconds:g} s")
            time.sleep(0.2)

    def feed(self, bodies: Sequence[bytes], rate: float | None = None) -> None:
        self._feeder.send(self.catalogue["declarations"].name, bodies, self.sent, rate)
        self.sent += len(bodies)

    def warm_up(self, bodies: Sequence[bytes]) -> None:
        self.feed(bodies)
        self.results.wait(self.sent, self.check)

    def drain(self, bodies: Sequence[bytes]) -> tuple[float, float]:
        """Seconds on the wall and on the processor, a goods item, until the last result is durable; the backlog is there when the clock starts."""
        wall, cpu = self.timed(lambda: self.feed(bodies), lambda: self.results.wait(self.sent, self.check))
        return wall / goods_items(bodies), cpu / goods_items(bodies)

    def timed(self, feed: Callable[[], None], wait: Callable[[], None]) -> tuple[float, float]:
        """Seconds on the wall and on the processor from when all was fed, and these processes were stopped meanwhile, until `wait` returns."""
        self._signal(signal.SIGSTOP)
        try:
            feed()
            cpu, begun = self._cpu_seconds(), time.perf_counter()
        finally:
            self._signal(signal.SIGCONT)
        wait()
        return time.perf_counter() - begun, self._cpu_seconds() - cpu

    def _signal(self, number: signal.Signals) -> None:
        self.check()
        for process in self._processes:
            process.send_signal(number)

    def _cpu_seconds(self) -> float:
        return sum(map(_cpu_seconds, (process.pid for process in self._processes)))


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:  # nobody answers, or 503
        return False


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads; 0 where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
