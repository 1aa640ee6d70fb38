"""No record waits for a compiler: all that records need is compiled, or loaded, when a process starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from stream_app.cli import main

KINDS = ("declarations", "outcomes", "milestones", "exports", "seizures", "movements")
SCRIPT = """
import sys
from numba.core.dispatcher import Dispatcher
import stream_app.app
from stream_app.cli import main

def late(dispatcher, *_, **__):
    raise SystemExit(f"{dispatcher.py_func.__module__}.{dispatcher.py_func.__name__} is compiled by a record")

Dispatcher._compile_for_args = late
if sys.argv[1] == "logit":
    from stream_app.learning.odds import logit
    logit(0.5)
main()
"""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", SCRIPT, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    made = CliRunner().invoke(main, ["simulate", "--seed", "5", "--days", "40", "--per-day", "150", "--out", str(folder)])
    assert made.exit_code == 0, made.output
    return folder


def test_a_replay_of_everything_compiles_nothing(world: Path) -> None:
    files = [argument for kind in KINDS for argument in (f"--{kind}", f"{kind}.ndjson")]
    done = run("replay", *files, "--out", "out.ndjson", "--report", "report.json", folder=world)
    assert done.returncode == 0, done.stderr
    assert (world / "out.ndjson").stat().st_size > 0


def test_the_check_would_notice_one(world: Path) -> None:
    assert "stream_app.learning.odds.logit is compiled by a record" in run("logit", folder=world).stderr
