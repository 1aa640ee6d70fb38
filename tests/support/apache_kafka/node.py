"""One Kafka process: its configuration, its formatted folder, and its end."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from stream_app.brokers.errors import BrokerUnavailableError
from stream_app.processes import Supervised

HOST = "127.0.0.1"
FORMAT_SECONDS = 60.0
_TAIL = 2_000

_MOST = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "BROKER",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    # As Tansu: no waiting for further members, and the short sessions of the tests.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # The fetch of a follower must hold the largest record of topics.toml.
    "replica.fetch.max.bytes": "6291456",
    # A lost broker is noticed in seconds, and not in the nine of the default.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "500",
    # Retention acts while a test looks, and not every five minutes.
    "log.initial.task.delay.ms": "2000",
    "log.retention.check.interval.ms": "2000",
    # Thousands of small topics: 10 MB of index for each segment would be a lot.
    "log.index.size.max.bytes": "131072",
    "log.cleaner.dedupe.buffer.size": "16777216",
}


class Ports(NamedTuple):
    broker: int
    controller: int


class Node:
    """Node `number` (from 1) of the quorum that listens on `ports`; its data and its log are in `folder`."""

    def __init__(self, number: int, ports: Sequence[Ports], folder: Path, java: Sequence[str], jars: Path) -> None:
        self.number = number
        self._java = java
        self._environment = {"PATH": os.environ.get("PATH", os.defpath), "CLASSPATH": f"{jars}/*"}
        self._folder = folder / f"node-{number}"
        self._folder.mkdir()
        self._file = self._folder / "server.properties"
        self._file.write_text("".join(f"{name}={value}\n" for name, value in _properties(number, ports, self._folder).items()), encoding="ascii")
        self._process: Supervised | None = None

    @property
    def running(self) -> bool:
        """Started, and not killed or stopped since."""
        return self._process is not None

    @property
    def ended(self) -> bool:
        """Of itself."""
        return self._process is not None and self._process.exit_code() is not None

    def format(self, cluster_id: str) -> None:
        """Before the first start."""
        command = [*self._java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "-c", str(self._file)]
        run = subprocess.run(command, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FORMAT_SECONDS)
        if run.returncode != 0:
            raise BrokerUnavailableError(f"kafka.tools.StorageTool ended with {run.returncode}:\n{(run.stdout + run.stderr)[-_TAIL:]}")

    def start(self) -> None:
        """Returns at once; it answers some seconds later. Again after `kill`: with the data that it had."""
        with (self._folder / "log").open("ab") as log:
            # Nothing of our environment: Kafka has no use for our secrets.
            self._process = Supervised([*self._java, "kafka.Kafka", str(self._file)], log, env=self._environment, cwd="/")

    def terminate(self) -> None:
        """Asks it to end, and does not wait."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, to its supervisor as well."""
        self._signal(signal.SIGKILL)
        self.stop(0.0)

    def stop(self, seconds: float) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop(seconds)

    def log_tail(self) -> str:
        log = self._folder / "log"
        return log.read_text(errors="replace")[-_TAIL:] if log.exists() else ""

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.exit_code() is None:
            os.killpg(self._process.pid, number)


def _properties(number: int, ports: Sequence[Ports], folder: Path) -> dict[str, str]:
    """server.properties: internal topics on up to three nodes, of which all but one must be in sync."""
    mine, replicas = ports[number - 1], min(3, len(ports))
    in_sync = max(1, replicas - 1)
    return {
        **_MOST,
        "node.id": str(number),
        "controller.quorum.voters": ",".join(f"{other}@{HOST}:{port.controller}" for other, port in enumerate(ports, 1)),
        "listeners": f"BROKER://{HOST}:{mine.broker},CONTROLLER://{HOST}:{mine.controller}",
        "advertised.listeners": f"BROKER://{HOST}:{mine.broker}",
        "log.dirs": str(folder / "data"),
        "min.insync.replicas": str(in_sync),
        "offsets.topic.replication.factor": str(replicas),
        "transaction.state.log.replication.factor": str(replicas),
        "transaction.state.log.min.isr": str(in_sync),
        "share.coordinator.state.topic.replication.factor": str(replicas),
        "share.coordinator.state.topic.min.isr": str(in_sync),
    }
