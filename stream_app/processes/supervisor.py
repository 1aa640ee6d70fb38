"""Runs one command and ends it when the starting process is gone, however it went (kill -9 too). Standard library only; run by path.

    python -I supervisor.py PARENT_PID COMMAND...        stdin: a pipe that the parent holds open and never writes to

Not prctl(PR_SET_PDEATHSIG) in the parent's child: that signal comes when the *thread* that forked ends, and exists on Linux only.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys

GRACE_SECONDS = 5.0
_LOOK_SECONDS = 0.25
_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> int:
    """The exit status of the command."""
    # A handler, not SIG_IGN, which the command would inherit: a TERM to the group is for the command, and we wait for it.
    signal.signal(signal.SIGTERM, lambda *_: None)
    # preexec_fn is unsafe among threads; we have one.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_supervisor)
    with contextlib.suppress(KeyboardInterrupt):
        while child.poll() is None and not _orphaned(parent):
            pass
    return _end(child)


def _orphaned(parent: int) -> bool:
    """Whether the parent is gone; looks for a quarter of a second. End of file is the quick sign, our new parent the sure one:
    a process that the parent forked may still hold the pipe."""
    readable, _, _ = select.select([sys.stdin], [], [], _LOOK_SECONDS)
    return bool(readable) or os.getppid() != parent


def _end(child: "subprocess.Popen[bytes]") -> int:
    if child.poll() is None:
        child.terminate()
    try:
        return child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _die_with_supervisor() -> None:
    """For the day that someone kills every Python process at once. Our only thread lives as long as we do."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
