"""A worker as a reader of the pages would have it running."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream_app.demo.observer import Metrics
from stream_app.processes import Supervised, free_port

READY_SECONDS = 180.0


@contextmanager
def started_worker(bootstrap: str, folder: Path) -> Iterator[Metrics]:
    """Ready when it is yielded; drained when the block ends."""
    port = free_port()
    settings = {"BOOTSTRAP": bootstrap, "SESSION_TIMEOUT_SECONDS": "6", "METRICS_PORT": str(port), "WORKER_ID": "reader"}
    env = {**os.environ, **{f"TIDEWAITER_{name}": value for name, value in settings.items()}}
    metrics = Metrics(port)
    with (folder / "worker.log").open("wb") as log:
        worker = Supervised([sys.executable, "-m", "stream_app", "worker"], log, env=env)
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not metrics.ready():
                assert worker.exit_code() is None and time.monotonic() < deadline, (folder / "worker.log").read_text()
                time.sleep(0.1)
            yield metrics
        finally:
            worker.stop(20)
