"""worker, topics, produce and the help of every command."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from stream_app import __version__
from stream_app.brokers.topics import Catalogue
from stream_app.cli import main
from tests.support.broker import Broker
from tests.support.service import EchoService, Judge, accept
from tests.support.service_events import encoded, plain_declaration


def tidewaiter(*arguments: object, **settings: str) -> Result:
    environment: dict[str, str | None] = dict.fromkeys(("TIDEWAITER_BOOTSTRAP", "TIDEWAITER_TOPIC_PREFIX"))
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env=environment | settings)


def test_a_misspelt_setting_is_a_fault_and_one_of_somebody_else_is_not() -> None:
    result = tidewaiter("topics", "create", TIDEWAITER_BOOTSTRP="10.0.0.1:9092", TIDEWAITER_SERVICE_HOST="10.0.0.2", TIDEWAITER_PORT="tcp://10.0.0.2")
    assert (result.exit_code, result.stderr) == (1, "Error: TIDEWAITER_BOOTSTRP: is no setting; TIDEWAITER_BOOTSTRAP is\n")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        result = tidewaiter(*path, flag)
        assert result.exit_code == 0
        assert result.output.startswith(f"Usage: main {' '.join(path)}".rstrip())
        assert len(result.output.splitlines()) > 3
        assert not [line for line in result.output.splitlines() if line.startswith("  ") and line.endswith("...")], "a summary that is cut off"


def test_it_knows_its_version() -> None:
    assert tidewaiter("--version").output == f"tidewaiter, version {__version__}\n"


def test_help_loads_none_of_the_heavy_libraries() -> None:
    import subprocess

    heavy = ("faust", "kafka", "river", "numpy", "pydantic")
    code = f"import sys; from stream_app.cli import main; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_worker_reports_all_faults_of_its_environment_at_once_and_shows_no_value() -> None:
    faulty = {"METRICS_PORT": "99999", "LOG_LEVEL": "ZZQX", "SESSION_TIMEOUT_SECONDS": "soon", "SASL_PASSWORD": "ZZQXSECRET"}
    result = tidewaiter("worker", **{f"TIDEWAITER_{name}": value for name, value in faulty.items()})
    assert result.exit_code == 1
    for name in ("METRICS_PORT", "LOG_LEVEL", "SESSION_TIMEOUT_SECONDS"):
        assert f"tidewaiter_{name}".lower() in result.output.lower()
    assert "ZZQX" not in result.output


def test_faults_of_pipeline_topics_and_connection_are_reported_together() -> None:
    files = {"PIPELINE_FILE": "/no/pipeline", "SHADOW_PIPELINE_FILE": "/no/challenger", "TOPICS_FILE": "/no/topics"}
    faulty = {"SECURITY_PROTOCOL": "NONE", "BOOTSTRAP": "nowhere", **files}
    result = tidewaiter("worker", **{f"TIDEWAITER_{name}": value for name, value in faulty.items()})
    assert result.exit_code == 1
    for words in (
        "/no/pipeline",
        "/no/challenger",
        "/no/topics",
        "TIDEWAITER_BOOTSTRAP: 'nowhere' is not host:port",
        "TIDEWAITER_SECURITY_PROTOCOL: must be one of",
    ):
        assert words in result.output


def test_connection_faults_are_reported_together_and_never_show_the_password() -> None:
    faulty = {"BOOTSTRAP": "nowhere", "SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISM": "ODD", "SASL_PASSWORD": "ZZQXSECRET", "CA_FILE": "/none"}
    result = tidewaiter("topics", "create", **{f"TIDEWAITER_{name}": value for name, value in faulty.items()})
    assert result.exit_code == 1
    for words in ("'nowhere' is not host:port", "_SASL_MECHANISM: must be one of", "_SASL_USERNAME: is empty", "_CA_FILE: /none is no file"):
        assert words in result.output
    assert "ZZQXSECRET" not in result.output


@pytest.mark.broker
def test_topics_create_makes_what_is_missing_and_leaves_what_is_there(broker: Broker, fresh_catalogue: Catalogue) -> None:
    settings = {"TIDEWAITER_BOOTSTRAP": broker.bootstrap, "TIDEWAITER_TOPIC_PREFIX": fresh_catalogue["receipts"].name.split("customs")[0]}
    first = tidewaiter("topics", "create", "--partitions", 2, **settings)
    assert first.exit_code == 0, first.output
    assert sorted(line.split()[1] for line in first.output.splitlines()) == sorted(topic.name for topic in fresh_catalogue.values())
    assert {line.split()[0] for line in first.output.splitlines()} == {"created"}
    second = tidewaiter("topics", "create", **settings).output
    assert "created" not in second
    assert f"differs  {fresh_catalogue['declarations'].name}: 2 partitions, not 4" in second


def produce(broker: Broker, topics: Catalogue, file: Path, *more: object) -> Result:
    prefix = topics["declarations"].name.split("customs")[0]
    return tidewaiter("produce", "--topic", "declarations", file, "--bootstrap", broker.bootstrap, *more, TIDEWAITER_TOPIC_PREFIX=prefix)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "declarations.ndjson"
    path.write_bytes(b"\n".join(encoded(plain_declaration(f"P-{number}")) for number in range(3)))
    return path


def refuse_second(body: bytes) -> Any:
    return ("rejected", [{"pointer": "/office", "code": "missing_field", "message": "is required"}]) if b"P-1" in body else accept(body)


@pytest.mark.broker
@pytest.mark.parametrize(
    ("judge", "code", "counts"),
    [
        (accept, 0, "sent 3  accepted 3  rejected 0  duplicate 0  unanswered 0  failed 0"),
        (refuse_second, 1, "sent 3  accepted 2  rejected 1  duplicate 0  unanswered 0  failed 0"),
        (lambda body: ("duplicate", []), 0, "sent 3  accepted 0  rejected 0  duplicate 3  unanswered 0  failed 0"),
    ],
    ids=["accepted", "rejected", "duplicate"],
)
def test_produce_says_by_its_exit_code_whether_all_was_taken(
    broker: Broker, topics: Catalogue, file: Path, judge: Judge, code: int, counts: str
) -> None:
    with EchoService(broker.connection, topics, judge=judge):
        result = produce(broker, topics, file)
    assert (result.exit_code, result.stdout.strip()) == (code, counts)
    assert ("line 2: /office: is required (missing_field)" in result.stderr) == (judge is refuse_second)


@pytest.mark.broker
def test_produce_without_an_answer_gives_up_with_exit_code_1_and_without_waiting_with_0(broker: Broker, topics: Catalogue, file: Path) -> None:
    waiting = produce(broker, topics, file, "--timeout", "1")
    assert waiting.exit_code == 1
    assert "unanswered 3" in waiting.stdout
    assert "stopped: no answer for 1 s" in waiting.stderr
    assert produce(broker, topics, file, "--no-receipts").exit_code == 0


@pytest.mark.broker
def test_produce_to_topics_that_are_not_there_says_what_makes_them(broker: Broker, fresh_catalogue: Catalogue, file: Path) -> None:
    result = produce(broker, fresh_catalogue, file)
    assert result.exit_code == 1
    assert "`tidewaiter topics create` makes it" in result.output
    assert "Traceback" not in result.output
