"""`tidewaiter demo` as people start it: everything on this machine, and nothing of it left behind."""

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pexpect
import pytest

from tests.support.service_worker import PATIENCE, ROOT, clean_environment, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.broker, pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")]

KEYS = ["declarations", "items", "alerts", "rejected", "seconds_to_first_alert", "p50_ms", "p99_ms"]
COMMAND = [sys.executable, "-m", "stream_app", "demo"]


def marked(mark: str) -> list[str]:
    """The command lines of all processes whose environment, or whose parent's, held this mark."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and f"TMPDIR={mark}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def descendants(pid: int) -> set[int]:
    parents = {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if folder.name.isdigit():
                # proc(5): the name in brackets may hold blanks; state and parent come after it.
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found - {pid}


def alive(pids: set[int]) -> set[int]:
    """Those that run; a zombie only waits for its parent to look."""
    running = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            if (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                running.add(pid)
    return running


@dataclass
class Demo:
    """One demo process; `mark` is the folder for its temporary files, and is in the environment of its children."""

    process: "subprocess.Popen[str]"
    mark: Path

    def everything(self) -> set[int]:
        return descendants(self.process.pid)

    def await_alerts(self) -> None:
        """Until it is in full swing: broker, worker and simulator, each under its supervisor."""
        assert eventually(lambda: len(self.everything()) >= 6), self.everything()


def start(folder: Path, *arguments: str) -> Demo:
    environment = clean_environment(TMPDIR=str(folder), COLUMNS="100")
    return Demo(
        subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment), folder
    )


@dataclass
class Demos:
    """Started together, since most of a demo's start is waiting: one that ends by itself, one to interrupt, one to kill, one on a terminal."""

    timed: Demo
    interrupted: Demo
    killed: Demo
    terminal: pexpect.spawn
    terminal_folder: Path


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demos]:
    arguments = (["--seconds", "12", "--json", "--rate", "300"], ["--json", "--rate", "20"], ["--rate", "20"])
    three = [start(tmp_path_factory.mktemp("demo"), *given) for given in arguments]
    folder = tmp_path_factory.mktemp("terminal")
    environment = clean_environment(TMPDIR=str(folder), TERM="xterm-256color")
    command = [*COMMAND[1:], "--rate", "200"]
    terminal = pexpect.spawn(COMMAND[0], command, cwd=str(ROOT), env=environment, dimensions=(50, 140), timeout=PATIENCE, encoding="utf-8")
    yield Demos(*three, terminal, folder)
    terminal.close(force=True)
    for demo in three:
        if demo.process.poll() is None:
            demo.process.kill()
        demo.process.communicate()


def test_a_killed_demo_takes_everything_with_it(demos: Demos) -> None:
    demo = demos.killed
    demo.await_alerts()
    children = demo.everything()
    demo.process.kill()
    demo.process.wait()
    assert eventually(lambda: not alive(children)), marked(str(demo.mark))


def test_an_interrupted_demo_ends_with_exit_code_0_its_summary_and_no_process_or_file_left(demos: Demos) -> None:
    demo = demos.interrupted
    demo.await_alerts()
    children = demo.everything()
    demo.process.send_signal(signal.SIGINT)
    out, _ = demo.process.communicate(timeout=PATIENCE)
    assert demo.process.returncode == 0
    assert not alive(children)
    assert marked(str(demo.mark)) == []
    assert list(demo.mark.glob("tidewaiter-demo-*")) == []
    assert list(orjson.loads(out.splitlines()[-1])) == KEYS


def test_on_a_terminal_it_shows_figures_and_alerts_and_ends_cleanly_on_ctrl_c(demos: Demos) -> None:
    child = demos.terminal
    for words in ("starting broker and worker", "Tidewaiter", "declarations/s", "produce to assessment", "latest alerts"):
        child.expect_exact(words)
    child.expect(r"declaration \S+, item \d+: ")
    children = descendants(child.pid)
    assert len(children) >= 6
    child.sendintr()  # a Ctrl-C on the terminal
    child.expect(r"stopped: [\d,]+ declarations, [\d,]+ goods items, [\d,]+ alerts \(first one after [\d.]+ s\)", timeout=PATIENCE)
    child.expect(pexpect.EOF, timeout=PATIENCE)
    child.close()
    assert (child.exitstatus, child.signalstatus) == (0, None)
    assert not alive(children)
    assert list(demos.terminal_folder.glob("tidewaiter-demo-*")) == []


def test_a_timed_demo_ends_with_its_figures_as_json(demos: Demos) -> None:
    demo = demos.timed
    out, err = demo.process.communicate(timeout=PATIENCE)
    assert demo.process.returncode == 0, err
    assert out.count("\n") == 1  # all else goes to standard error
    summary = orjson.loads(out)
    assert list(summary) == KEYS
    assert summary["declarations"] > 1_000
    assert summary["items"] >= summary["declarations"]
    assert summary["alerts"] > 0
    assert 0 < summary["p50_ms"] <= summary["p99_ms"]
    assert 0 < summary["seconds_to_first_alert"] < 40  # four start at once here, on two cores; alone it is to be less than 20
    # Each alert in plain words, with its reasons.
    assert re.search(r"(CRITICAL|HIGH|MEDIUM|LOW)\s+score \d+ .*declaration \S+, item \d+: HS \d+", err)
    assert "·" in err
    assert marked(str(demo.mark)) == []
