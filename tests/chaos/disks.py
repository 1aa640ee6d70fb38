"""A worker that can write nowhere: in a mount namespace of its own, on a machine whose disks are as they were."""

import subprocess
from functools import cache

from tests.chaos.case import Case, Scene
from tests.support.service_worker import ROOT

READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@"'
"""$1: the source tree."""
FULL = """
mount -t tmpfs -o size=256k none "$1"
head -c 1m /dev/zero > "$1/fill" 2>/dev/null || true
log="$1/log"
for place in / /tmp /var/tmp "$2"; do
  mountpoint -q "$place" || mount --rbind "$place" "$place"
  mount -o remount,bind,ro "$place"
done
cd "$2"; shift 2; exec "$@" 2> "$log"
"""
"""$1: the folder for temporary files, $2: the source tree."""


@cache
def missing() -> str | None:
    """Why there can be no mount namespace here."""
    try:
        run = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"unshare cannot run: {error.strerror}"
    return None if run.returncode == 0 else f"no mount namespace: {run.stderr.strip()}"


def read_only_cache(scene: Scene) -> None:
    """The tree with the compiled kernels cannot be written to; temporary files can be."""
    scene.stage.start("a", before=("unshare", "-rm", "sh", "-ec", READ_ONLY, "sh", str(ROOT)))
    scene.flow_through(lambda _: None, 0)


def full_disk(scene: Scene) -> None:
    """Not a byte left where temporary files and the log go, everything else read-only; the worker is killed, and comes back like that."""
    folder = scene.folder / "full"
    folder.mkdir()
    before = ("unshare", "-rm", "sh", "-ec", FULL, "sh", str(folder), str(ROOT))

    def come_back(_: int = 0) -> None:
        scene.stage.start("a", ready=False, before=before, TMPDIR=str(folder))

    come_back()

    def killed(_: int) -> None:
        scene.stage.kill("a")
        come_back()

    scene.flow_through(killed, 1)


CASES = (
    Case("read_only_cache", "a read-only cache directory", read_only_cache, missing=missing, full_only=True),
    Case("full_disk", "a full disk, and nothing else to write to", full_disk, missing=missing),
)
