"""A temporary folder that is removed with its owner, or, where the owner was killed with -9, by the next one."""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "tidewaiter-kafka-"
SETTLED_SECONDS = 60.0
"""A younger folder may have an owner that has not locked it yet."""


class Scratch:
    """`path` is an empty folder, locked until `remove` or the end of this process."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.path, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _sweep(where: Path) -> None:
    for folder in where.glob(f"{PREFIX}*"):
        try:
            lock = os.open(folder, os.O_RDONLY)
        except OSError:  # gone, or another user's
            continue
        try:
            if time.time() - os.fstat(lock).st_mtime > SETTLED_SECONDS:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # in use
            pass
        finally:
            os.close(lock)
