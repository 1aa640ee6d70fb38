"""Apache Kafka in KRaft mode on loopback: one process, or a quorum of three. Everything it writes is gone with it."""

import base64
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream_app.brokers.errors import BrokerUnavailableError
from stream_app.brokers.security import Connection
from stream_app.processes import free_port
from tests.support.apache_kafka.fetch import fetched, java
from tests.support.apache_kafka.node import HOST, Node, Ports
from tests.support.apache_kafka.scratch import Scratch

_PORT_ATTEMPTS = 3
_JAVA = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
QUICK_START = ("-XX:TieredStopAtLevel=1",)
"""For tests: less CPU until it answers, and fewer records a second after that."""


class ApacheKafka:
    """`with ApacheKafka() as broker: ... broker.connection`. It ends with `stop`, with the block, or with this process, kill -9 included.

    With `nodes=3` each is broker and controller, and a topic of three replicas needs two in sync. Nodes are numbered from 1.
    """

    def __init__(self, nodes: int = 1, start_seconds: float = 90.0, stop_seconds: float = 15.0, java_options: tuple[str, ...] = QUICK_START) -> None:
        self.start_seconds = start_seconds
        self.stop_seconds = stop_seconds
        self._size = nodes
        self._options = (*_JAVA, *java_options)
        self._cluster_id = ""
        self._ports: list[Ports] = []
        self._scratch: Scratch | None = None
        self._nodes: list[Node] = []

    @property
    def bootstrap(self) -> str:
        """host:port of every node, also of a killed one; only between start and stop."""
        if self._scratch is None:
            raise BrokerUnavailableError("Apache Kafka is not running")
        return ",".join(f"{HOST}:{port.broker}" for port in self._ports)

    @property
    def connection(self) -> Connection:
        return Connection(self.bootstrap)

    def start(self) -> Self:
        """Return once every node answers. Raises BrokerUnavailableError with the end of a log, and CannotRunError."""
        jars = fetched()
        for left in reversed(range(_PORT_ATTEMPTS)):
            try:
                self._start(jars)
                return self
            except BaseException as error:
                self.stop()
                # Somebody may have taken a port between our choice and Kafka's bind.
                if not left or "BindException" not in str(error):
                    raise
        raise AssertionError

    def stop(self) -> None:
        """SIGTERM, after `stop_seconds` SIGKILL; then its folder goes. May be called at any time, and again."""
        for node in self._nodes:
            node.terminate()  # all at once: a node alone would wait for its quorum
        for node in self._nodes:
            node.stop(self.stop_seconds)
        self._nodes = []
        if self._scratch is not None:
            self._scratch.remove()
            self._scratch = None

    def kill(self, number: int) -> None:
        """SIGKILL one node; its data stay."""
        self._nodes[number - 1].kill()

    def mend(self) -> None:
        """Start the killed nodes again, with their data and on their old ports; return when all answer."""
        for node in self._nodes:
            if not node.running:
                node.start()
        self._await_answers(time.monotonic() + self.start_seconds)

    def await_end(self) -> NoReturn:
        """Until a node ends that nobody killed. Raises BrokerUnavailableError with the end of its log."""
        while True:
            self._look()
            time.sleep(0.5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _start(self, jars: Path) -> None:
        deadline = time.monotonic() + self.start_seconds
        self._scratch = Scratch()
        self._cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self._ports = _free_ports(self._size)
        command = [java() or "java", *self._options]
        self._nodes = [Node(number, self._ports, self._scratch.path, command, jars) for number in range(1, self._size + 1)]
        with ThreadPoolExecutor(self._size) as pool:
            list(pool.map(lambda node: node.format(self._cluster_id), self._nodes))
        for node in self._nodes:
            node.start()
        self._await_answers(deadline)

    def _await_answers(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            self._look()
            if self._answering() == self._size:
                return
            time.sleep(0.1)
        raise BrokerUnavailableError(f"Apache Kafka did not answer within {self.start_seconds:g} s; the log of node 1:\n{self._nodes[0].log_tail()}")

    def _look(self) -> None:
        for node in self._nodes:
            if node.ended:
                raise BrokerUnavailableError(f"Kafka node {node.number} has ended; its log:\n{node.log_tail()}")

    def _answering(self) -> int:
        """How many nodes the cluster counts as alive; 0 for a stranger's cluster on our ports."""
        try:
            with KafkaAdminClient(bootstrap_servers=self.bootstrap.split(","), bootstrap_timeout_ms=1_000, request_timeout_ms=1_000) as admin:
                found: dict[str, Any] = admin.describe_cluster()
        except KafkaError:
            return 0
        return len(found["brokers"]) if found["cluster_id"] == self._cluster_id else 0


def _free_ports(nodes: int) -> list[Ports]:
    ports: set[int] = set()
    while len(ports) < 2 * nodes:
        ports.add(free_port())
    found = iter(ports)
    return [Ports(next(found), next(found)) for _ in range(nodes)]
