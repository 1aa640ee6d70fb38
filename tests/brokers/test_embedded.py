import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from stream_app.brokers import embedded
from stream_app.brokers.embedded import EmbeddedBroker
from stream_app.brokers.errors import BrokerUnavailableError
from tests.support.broker import PATIENCE
from tests.support.service_worker import eventually

pytestmark = [pytest.mark.broker, pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")]

PARENT = """
import os, sys, time
from stream_app.brokers.embedded import EmbeddedBroker
broker = EmbeddedBroker().start()
if "fork" in sys.argv and os.fork() == 0:
    time.sleep(600)  # holds every file descriptor of the parent
    os._exit(0)
print(broker.bootstrap, flush=True)
time.sleep(600)
"""


def processes(bootstrap: str) -> list[int]:
    """The processes (supervisor and broker) that have this address in their command line."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and f"tcp://{bootstrap}".encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def test_it_answers_as_soon_as_it_is_started() -> None:
    with EmbeddedBroker() as broker, KafkaAdminClient(**broker.connection.kafka_python()) as admin:
        assert admin.list_topics() == []


def test_stop_leaves_no_process_and_no_file_and_may_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    broker = EmbeddedBroker()
    broker.stop()
    broker.start()
    assert broker.start() is broker
    bootstrap = broker.bootstrap
    assert len(processes(bootstrap)) == 2
    broker.stop()
    broker.stop()
    assert processes(bootstrap) == []
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BrokerUnavailableError, match="not running"):
        _ = broker.bootstrap


def test_it_can_be_started_again() -> None:
    broker = EmbeddedBroker()
    for _ in range(2):
        with broker:
            assert len(processes(broker.bootstrap)) == 2


def test_a_log_file_that_was_given_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    with EmbeddedBroker(log_file=log) as broker:
        bootstrap = broker.bootstrap
    assert bootstrap in log.read_text()


def test_a_broker_that_ignores_sigterm_is_killed() -> None:
    broker = EmbeddedBroker(stop_seconds=0.3).start()
    pids = processes(broker.bootstrap)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)  # a stopped process handles no SIGTERM
    broker.stop()
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def run_parent(*arguments: str) -> tuple["subprocess.Popen[str]", str]:
    process = subprocess.Popen([sys.executable, "-c", PARENT, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("arguments", [(), ("fork",)], ids=["plainly", "while a forked child lives on"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent_however_that_ends(
    number: signal.Signals, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    parent, bootstrap = run_parent(*arguments)
    try:
        assert len(processes(bootstrap)) == 2
        parent.send_signal(number)
        parent.wait(PATIENCE)
        assert eventually(lambda: processes(bootstrap) == [])
        assert list(tmp_path.iterdir()) == []
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)  # the forked child
        assert parent.stdout is not None
        parent.stdout.close()


def test_it_ends_when_parent_and_supervisor_are_killed_together() -> None:
    parent, bootstrap = run_parent()
    supervisor = min(processes(bootstrap), key=lambda pid: b"supervisor" not in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(supervisor, signal.SIGKILL)
    parent.kill()
    parent.wait(PATIENCE)
    assert parent.stdout is not None
    parent.stdout.close()
    assert eventually(lambda: processes(bootstrap) == [])


def test_it_gets_no_environment_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEWAITER_SASL_PASSWORD", "hunter2")
    monkeypatch.setenv("LISTENER_URL", "tcp://0.0.0.0:9092")  # Tansu would listen to it
    with EmbeddedBroker() as broker:
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in processes(broker.bootstrap)]
    assert len(environments) == 2
    assert not any(b"hunter2" in environment or b"LISTENER" in environment for environment in environments)


def test_a_port_that_was_taken_in_between_is_given_up_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    free_port = embedded._free_port
    with socket.create_server(("127.0.0.1", 0)) as thief:
        taken = thief.getsockname()[1]
        ports = iter([taken, taken])
        monkeypatch.setattr(embedded, "_free_port", lambda: next(ports, None) or free_port())
        with EmbeddedBroker() as broker:
            assert not broker.bootstrap.endswith(f":{taken}")


def test_a_strangers_broker_on_our_port_is_not_mistaken_for_ours(embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    free_port, ports = embedded._free_port, iter([int(embedded_broker.bootstrap.rsplit(":", 1)[1])])
    monkeypatch.setattr(embedded, "_free_port", lambda: next(ports, None) or free_port())
    with EmbeddedBroker() as broker:
        assert broker.bootstrap != embedded_broker.bootstrap


@pytest.mark.parametrize(("script", "message"), [("echo no disk >&2; exit 3", "no disk"), ("echo still thinking; sleep 30", "still thinking")])
def test_a_broker_that_does_not_start_shows_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str) -> None:
    binary = tmp_path / "tansu"
    binary.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    binary.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(binary))
    broker = EmbeddedBroker(start_seconds=3.0, stop_seconds=1.0)
    with pytest.raises(BrokerUnavailableError, match=message):
        broker.start()
    assert broker._log is None


def test_a_missing_binary_is_said_clearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", str(tmp_path / "none"))
    with pytest.raises(BrokerUnavailableError, match="CALF_TANSU_BIN"):
        EmbeddedBroker().start()
