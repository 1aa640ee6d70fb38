"""Every command in README.md and docs/ runs, or says why it cannot here."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream_app.brokers.embedded import EmbeddedBroker
from tests.docs.support import started_worker

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- not run: (?P<reason>[^>]+) -->\n)?```(?P<language>\w+)\n(?P<code>.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with the schemas, a broker, and, once its topics are made, a worker: where a reader of the pages would be."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    with EmbeddedBroker() as broker:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "TIDEWAITER_BOOTSTRAP": broker.bootstrap}
        subprocess.run(["tidewaiter", "topics", "create", "--partitions", "4"], env=env, check=True, stdout=subprocess.DEVNULL)
        with started_worker(broker.bootstrap, folder):
            yield folder, env


def blocks(page: Path) -> list[tuple[str, str]]:
    """(language, code) of everything on the page that is to be run."""
    found = [(match["language"], match["code"]) for match in BLOCK.finditer(page.read_text()) if not match["reason"]]
    return [(language, code) for language, code in found if language in ("sh", "python")]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_every_command_on_the_page_runs(page: Path, sandbox: tuple[Path, dict[str, str]]) -> None:
    folder, env = sandbox
    for language, code in blocks(page):
        command = ["bash", "-euo", "pipefail", "-c", code] if language == "sh" else [sys.executable, "-c", code]
        run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=600)
        assert run.returncode == 0, f"{code}\n{run.stdout}\n{run.stderr}"


def test_pages_link_to_files_that_are_there() -> None:
    for page in [*PAGES, *(ROOT / "docs" / "decisions").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_pages_do_have_commands_to_run() -> None:
    assert sum(len(blocks(page)) for page in PAGES) >= 8
