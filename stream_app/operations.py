"""What operators see of a worker: /metrics, /live and /ready on one port, and JSON log lines."""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import structlog
from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from stream_app.metrics import Metrics

STALLED_SECONDS = 30.0
THROTTLE_SECONDS = 10.0


@dataclass(slots=True)
class Health:
    """What a worker knows of itself. Ready: partitions assigned, state restored, producer acknowledged, records read. Live: its loop still turns."""

    assigned: bool = False
    restored: bool = False
    producing: bool = False
    reading: bool = True
    stopping: bool = False
    beat: float = field(default_factory=time.monotonic)

    @property
    def ready(self) -> bool:
        return self.assigned and self.restored and self.producing and self.reading and not self.stopping

    @property
    def live(self) -> bool:
        return time.monotonic() - self.beat < STALLED_SECONDS

    def waiting_for(self) -> list[str]:
        """What is missing for ready, in words."""
        parts = {"partitions assigned": self.assigned, "state restored": self.restored, "producer acknowledged": self.producing}
        parts["records read that wait"] = self.reading
        return ["not stopping" if self.stopping else "", *(name for name, done in parts.items() if not done)]


class OperationsServer:
    """Serves in a thread of its own, so that it answers while the event loop is busy."""

    def __init__(self, host: str, port: int, metrics: Metrics, health: Health) -> None:
        self._metrics_app = make_wsgi_app(metrics.registry)
        self._health = health
        self._server = make_server(host, port, self._answer, ThreadingWSGIServer, handler_class=_QuietHandler)

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def __enter__(self) -> "OperationsServer":
        threading.Thread(target=self._server.serve_forever, name="operations", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, health = environ.get("PATH_INFO"), self._health
        if path == "/metrics":
            return self._metrics_app(environ, start_response)  # type: ignore[no-any-return]
        if path == "/live":
            return _text(start_response, health.live, "live" if health.live else "the event loop has not turned for 30 s")
        if path == "/ready":
            return _text(start_response, health.ready, "ready" if health.ready else "waiting for: " + ", ".join(filter(None, health.waiting_for())))
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics, /live or /ready\n"]


def _text(start_response: Callable[..., Any], good: bool, text: str) -> Iterable[bytes]:
    start_response("200 OK" if good else "503 Service Unavailable", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{text}\n".encode()]


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is no news."""


def configure_logging(level: str) -> None:
    """One JSON object a line on standard error, for our lines and the libraries' alike."""
    shared: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _bare_traceback, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    handler.addFilter(_Throttle())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # The clients explain every rebalance and every connection at info.
    for name in ("kafka", "aiokafka", "faust", "mode", "asyncio"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level) if level != "debug" else logging.INFO)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        cache_logger_on_first_use=True,
    )


class _Throttle(logging.Filter):
    """The clients log every attempt to reach a broker that is away, forty times a second: of each place in their code, one line every 10 s."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(("kafka", "aiokafka", "faust", "mode")):
            return True
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._last.get(place, -THROTTLE_SECONDS) < THROTTLE_SECONDS:
            return False
        self._last[place] = now
        return True


def _bare_traceback(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Exceptions as type and places. Their texts and local variables may hold what stood in a record, so they stay out."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else sys.exc_info()[1] if info is True else info
    if isinstance(error, BaseException):
        event.update(traceback_of(error))
    return event


def traceback_of(error: BaseException) -> dict[str, Any]:
    """Which type, and where: file, line and function of every frame, the innermost last."""
    frames = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return {"exception": type(error).__qualname__, "traceback": frames}
