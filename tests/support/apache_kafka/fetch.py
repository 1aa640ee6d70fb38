"""The jars of Apache Kafka, from Maven Central by the machine's own Maven, into a cache outside the tree."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
JAVA = 17
"""Kafka 4's brokers need it."""

FETCH_SECONDS = 600
_TAIL = 2_000


class CannotRunError(Exception):
    """This machine lacks Java or Maven, or Maven could not bring the jars; the message says which."""


def version() -> str:
    """Of the broker, as the pom pins it."""
    return re.findall(r"<version>([\d.]+)</version>", POM.read_text(encoding="utf-8").partition("<artifactId>kafka_2.13</artifactId>")[2])[0]


def missing() -> str | None:
    """What keeps this machine from running Apache Kafka, or None. Asks no network: a fetch may still fail."""
    command = java()
    if command is None:
        return f"Java {JAVA} is not installed"
    if (found := _java_version(command)) < JAVA:
        return f"Java is {found}, Kafka needs {JAVA}"
    if not _folder().exists() and shutil.which("mvn") is None:
        return "Maven is not installed"
    return None


def java() -> str | None:
    """The command: JAVA_HOME's, or the one on the path."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")


def fetched() -> Path:
    """The folder of the jars, fetched first where it is not there. Raises CannotRunError. Concurrent callers wait for the first."""
    if reason := missing():
        raise CannotRunError(reason)
    folder = _folder()
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(folder)
    return folder


def _folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "tidewaiter" / f"kafka-{version()}-{hashlib.sha256(POM.read_bytes()).hexdigest()[:8]}"


def _fetch(folder: Path) -> None:
    """All or nothing: a half-filled folder would be taken for the whole by the next run."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.part-") as part:
        options = ["-B", "-q", "--strict-checksums", "-f", str(POM), "-DincludeScope=runtime", f"-DoutputDirectory={part}/jars"]
        command = [shutil.which("mvn") or "mvn", *options, "dependency:copy-dependencies"]
        try:
            run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotRunError(str(error)) from error
        if run.returncode != 0:
            raise CannotRunError(f"mvn ended with {run.returncode}:\n{(run.stdout + run.stderr)[-_TAIL:]}")
        Path(part, "jars").rename(folder)


def _java_version(command: str) -> int:
    """The feature release; 0 where it does not say."""
    said = subprocess.run([command, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0
