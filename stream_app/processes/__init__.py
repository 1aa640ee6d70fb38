"""Child processes that never outlive their parent, however it ends."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

from stream_app.processes import supervisor

__all__ = ["Supervised", "free_port"]


class Supervised:
    """A command under a supervisor, in a session of their own: a Ctrl-C at the terminal reaches the parent only, which then decides."""

    def __init__(self, command: Sequence[str], output: IO[bytes] | None = None, env: Mapping[str, str] | None = None, cwd: str | None = None) -> None:
        """`output` takes both output streams (None: this process's own); `env` None inherits ours."""
        wrapper = [sys.executable, "-I", "-S", supervisor.__file__, str(os.getpid()), *command]
        self._process = subprocess.Popen(wrapper, stdin=subprocess.PIPE, stdout=output, stderr=output, env=env, cwd=cwd, start_new_session=True)

    @property
    def pid(self) -> int:
        """The supervisor's process id, which is the group's."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def stop(self, seconds: float) -> int:
        """SIGTERM, after `seconds` SIGKILL; the exit code. May be called again."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        return self._process.returncode

    def _signal(self, number: signal.Signals) -> None:
        # Not after the supervisor was reaped: its process group id may belong to someone else by then.
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now; somebody may a moment later."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
