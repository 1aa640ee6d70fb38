"""Apache Kafka as it is fetched and run here; and what happens where it cannot be."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml
from kafka import KafkaAdminClient
from kafka.errors import KafkaConnectionError

from stream_app.brokers.admin import create_topics
from stream_app.brokers.topics import Catalogue
from tests.support.apache_kafka import ApacheKafka, CannotRunError, fetch
from tests.support.apache_kafka.scratch import PREFIX, Scratch
from tests.support.service_worker import ROOT, clean_environment, eventually

JAVA_17 = "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2"
MAVEN = """
echo fetched >> "$CALLS"
for option; do case $option in -DoutputDirectory=*) folder=${option#-DoutputDirectory=};; esac; done
sleep 0.3
mkdir -p "$folder" && echo jar > "$folder/kafka.jar"
"""


class Machine:
    """A machine with these commands and an empty cache. Each is a shell script, and an empty one does nothing."""

    def __init__(self, folder: Path, **commands: str) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        (folder / "bin").mkdir()
        for name, script in commands.items():
            file = folder / "bin" / name
            file.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\nCALLS={self.calls}\n{script}\n", encoding="ascii")
            file.chmod(0o755)

    def enter(self, patch: pytest.MonkeyPatch) -> "Machine":
        patch.setenv("PATH", str(self.folder / "bin"))
        patch.setenv("XDG_CACHE_HOME", str(self.folder / "cache"))
        patch.delenv("JAVA_HOME", raising=False)
        return self

    def cached(self) -> list[str]:
        """What the cache holds, without locks."""
        return sorted(file.name for file in (self.folder / "cache" / "tidewaiter").iterdir() if file.suffix != ".lock")


@pytest.mark.parametrize(
    ("commands", "reason"),
    [
        ({"mvn": MAVEN}, "Java 17 is not installed"),
        ({"mvn": MAVEN, "java": "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2"}, "Java is 11, Kafka needs 17"),
        ({"mvn": MAVEN, "java": "echo 'java version \"1.8.0_392\"' >&2"}, "Java is 1, Kafka needs 17"),
        ({"java": JAVA_17}, "Maven is not installed"),
        ({"java": JAVA_17, "mvn": MAVEN}, None),
    ],
)
def test_what_the_machine_lacks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: dict[str, str], reason: str | None) -> None:
    Machine(tmp_path, **commands).enter(monkeypatch)
    assert fetch.missing() == reason
    if reason:
        with pytest.raises(CannotRunError, match=reason):
            fetch.fetched()


def test_what_was_fetched_once_is_there_without_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(tmp_path, java=JAVA_17, mvn=MAVEN).enter(monkeypatch)
    folder = fetch.fetched()
    (tmp_path / "bin" / "mvn").unlink()
    assert fetch.missing() is None
    assert fetch.fetched() == folder
    assert (folder / "kafka.jar").read_text() == "jar\n"
    assert machine.cached() == [folder.name]


def test_two_that_fetch_at_once_fetch_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(tmp_path, java=JAVA_17, mvn=MAVEN).enter(monkeypatch)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(fetch.fetched())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert machine.calls.read_text() == "fetched\n"


def test_a_fetch_that_fails_leaves_nothing_and_shows_what_maven_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(tmp_path, java=JAVA_17, mvn=MAVEN + "echo no route to the repository; exit 1").enter(monkeypatch)
    with pytest.raises(CannotRunError, match="no route to the repository"):
        fetch.fetched()
    assert machine.cached() == []


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)], ids=["elsewhere", "in CI"])
def test_without_java_the_tests_on_it_are_left_out_and_named_and_in_ci_they_fail(tmp_path: Path, ci: str, code: int) -> None:
    machine = Machine(tmp_path)
    env = clean_environment(PATH=str(machine.folder / "bin"), CI=ci) | {"JAVA_HOME": ""}
    tests = ["tests/brokers/test_topic_settings.py", "tests/brokers/test_admin.py", "-k", "keeps_what or does_not_make_it"]
    run = subprocess.run([sys.executable, "-m", "pytest", *tests], cwd=ROOT, env=env, capture_output=True, text=True, timeout=600)
    assert run.returncode == code, run.stdout
    for file in ("test_admin", "test_topic_settings"):
        left_out = f"SKIPPED [1] tests/brokers/{file}.py: not run on Apache Kafka: Java 17 is not installed"
        assert (left_out in run.stdout) == (code == 0)
    assert "1 passed, 2 skipped" in run.stdout if code == 0 else "CannotRunError: Java 17 is not installed" in run.stdout


def test_compose_runs_the_version_that_is_tested() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert compose["services"]["kafka"]["image"] == f"apache/kafka:{fetch.version()}"


def test_a_folder_whose_owner_was_killed_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    used, orphan, fresh, other = Scratch().path, tmp_path / f"{PREFIX}orphan", tmp_path / f"{PREFIX}fresh", tmp_path / "other"
    for folder in (orphan, fresh, other):
        folder.mkdir()
        (folder / "data").write_text("x")
    for folder in (used, orphan, other):
        os.utime(folder, (1_000, 1_000))
    Scratch().remove()
    assert sorted(tmp_path.iterdir()) == sorted([used, fresh, other])


def processes(folder: Path) -> list[int]:
    """Processes that name this folder in their command line."""
    return [int(file.parent.name) for file in Path("/proc").glob("[0-9]*/cmdline") if str(folder).encode() in _read(file)]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


@pytest.mark.broker
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_make_kafka_prints_its_address_and_a_signal_removes_everything(apache_broker: ApacheKafka, tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.support.apache_kafka"]
    env = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        bootstrap = process.stdout.readline().strip()
        with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
            assert len(admin.describe_cluster()["brokers"]) == 1
        assert len(processes(tmp_path)) == 2
        process.send_signal(number)
        assert process.wait(120) == 0
        assert process.stdout.read() == ""
    assert processes(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.broker
def test_three_nodes_keep_three_replicas_and_go_on_without_one(apache_quorum: ApacheKafka, fresh_catalogue: Catalogue) -> None:
    create_topics(apache_quorum.connection, fresh_catalogue, replication_factor=3)
    apache_quorum.kill(1)
    with KafkaAdminClient(bootstrap_servers=apache_quorum.bootstrap.split(",")) as admin:

        def replicas_and_leaders() -> tuple[set[tuple[int, ...]], set[int]]:
            try:
                found = admin.describe_topics([topic.name for topic in fresh_catalogue.values()])
            except KafkaConnectionError:  # it had asked the one that was killed
                return set(), set()
            partitions = [partition for topic in found for partition in topic["partitions"]]
            return {tuple(sorted(partition["replica_nodes"])) for partition in partitions}, {partition["leader_id"] for partition in partitions}

        def others_lead() -> bool:
            """One of the two may lead all: leadership that moved in a busy moment comes back after minutes only."""
            replicas, leaders = replicas_and_leaders()
            return replicas == {(1, 2, 3)} and bool(leaders) and leaders <= {2, 3}

        # A node that has not heard of a topic yet describes it without partitions.
        assert eventually(others_lead), replicas_and_leaders()
        apache_quorum.mend()
        assert sorted(broker["broker_id"] for broker in admin.describe_cluster()["brokers"]) == [1, 2, 3]
