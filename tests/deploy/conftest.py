"""promtool: from the PATH, from .build/, or fetched with deploy/prometheus/get-promtool.sh."""

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.deploy.catalogue import ROOT

FETCHED = ROOT / ".build" / "promtool" / "usr" / "bin" / "promtool"
Promtool = Callable[..., "subprocess.CompletedProcess[str]"]


def _find() -> str:
    if found := shutil.which("promtool"):
        return found
    if not FETCHED.is_file():
        script = ROOT / "deploy" / "prometheus" / "get-promtool.sh"
        fetched = subprocess.run([script], capture_output=True, text=True, timeout=300, check=False)
        if fetched.returncode != 0:
            why = f"no promtool on the PATH, and {script.name} could not get it: {fetched.stderr.strip()[-300:]}"
            pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    return str(FETCHED)


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """Runs promtool with these arguments. Skips without it, saying so; fails in CI."""
    binary = _find()

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)

    return run
