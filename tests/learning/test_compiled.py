"""Kernels are kept on disk, anew when a source changes, and a read-only installation still runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import stream_app
from stream_app.learning.compiled import FLOAT, FLOATS, KEPT_CACHES, kernel

SOURCE = """
from stream_app.learning.compiled import FLOAT, config, kernel

@kernel(FLOAT, FLOAT)
def doubled(value):
    return 2.0 * value
"""
SCRIPT = "from stream_app.learning.doubling import config, doubled; print(config.CACHE_DIR, doubled(21.0))"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A package of its own with one kernel, not compiled yet."""
    source = Path(stream_app.__file__).parent
    for name in ("__init__.py", "learning/__init__.py", "learning/compiled.py"):
        (tmp_path / "stream_app" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, tmp_path / "stream_app" / name)
    (tmp_path / "stream_app/learning/doubling.py").write_text(SOURCE)
    return tmp_path


def run(installed: Path, before: str = "") -> tuple[Path, float]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", before + SCRIPT], cwd=installed, env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    folder, value = done.stdout.split()
    return Path(folder), float(value)


def test_what_was_compiled_is_kept_and_a_changed_source_makes_it_anew(installed: Path) -> None:
    folder, value = run(installed)
    assert value == 42.0
    assert folder.is_relative_to(installed)
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("*.nbc")}
    assert kept
    assert run(installed)[0] == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.nbc")} == kept, "nothing was compiled again"
    with (installed / "stream_app/learning/doubling.py").open("a") as source:
        source.write("# changed\n")
    assert run(installed)[0] != folder


def test_what_was_compiled_of_earlier_sources_does_not_pile_up(installed: Path) -> None:
    kernels = installed / "stream_app/__pycache__/kernels"
    for age in range(9):
        (kernels / f"old-{age}").mkdir(parents=True)
        os.utime(kernels / f"old-{age}", (1_000 - age, 1_000 - age))
    folder, _ = run(installed)
    assert {one.name for one in kernels.iterdir()} == {folder.name, *(f"old-{age}" for age in range(KEPT_CACHES))}


def test_a_folder_that_cannot_be_written_to_is_replaced_by_a_private_one(installed: Path) -> None:
    shutil.rmtree(installed / "stream_app/__pycache__", ignore_errors=True)
    (installed / "stream_app/__pycache__").write_text("no folder can be made here")
    private, value = run(installed)
    assert value == 42.0
    assert not private.is_relative_to(installed)
    assert not private.exists(), "it goes with its process"


def test_where_nothing_can_be_kept_it_is_compiled_for_this_process_alone(installed: Path) -> None:
    folder, value = run(installed, "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); ")  # no file can grow, as on a full disk
    assert value == 42.0
    assert not list(folder.rglob("*.nbc"))


def test_a_kernel_takes_the_types_it_states_and_no_others() -> None:
    @kernel(FLOAT, FLOATS)
    def first(values):  # type: ignore[no-untyped-def]
        return values[0]

    with pytest.raises(TypeError):
        first([1.0])
