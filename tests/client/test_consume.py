"""A topic read back as lines: what was sent, in its order, and what stands beside it."""

import subprocess
import sys
from itertools import islice

import orjson
import pytest
from click.testing import CliRunner
from kafka import KafkaProducer

from stream_app.brokers.errors import BrokerUnavailableError
from stream_app.brokers.topics import Catalogue
from stream_app.cli import main
from stream_app.client.consume import consume_lines
from tests.support.broker import PATIENCE, Broker
from tests.support.service_worker import ROOT, clean_environment

pytestmark = pytest.mark.broker

ODD = b"\xff\x00 no text"


@pytest.fixture
def filled(broker: Broker, topics: Catalogue) -> Catalogue:
    """A few alerts, and a dead letter that is no text."""
    producer = KafkaProducer(**broker.connection.kafka_python())
    for number in range(5):
        producer.send(topics["alerts"].name, b'{"alert_id":\n%d}' % number, b"k", partition=0)
    headers = [("tidewaiter.error.code", b"not_json"), ("trace", b"1"), ("trace", b"2")]
    producer.send(topics["declarations_dlq"].name, ODD, b"T-1", partition=0, headers=headers)
    producer.flush(PATIENCE)
    producer.close()
    return topics


def prefix(topics: Catalogue) -> str:
    return topics["alerts"].name.split("risk")[0]


def test_every_record_is_a_line_and_the_topic_has_an_end(broker: Broker, filled: Catalogue) -> None:
    lines = [*consume_lines(broker.connection, filled["alerts"].name)]
    assert [orjson.loads(line) for line in lines] == [{"alert_id": number} for number in range(5)]


def test_dead_letters_come_whole_with_their_headers_and_bytes_that_are_no_text(broker: Broker, filled: Catalogue) -> None:
    (line,) = consume_lines(broker.connection, filled["declarations_dlq"].name, as_it_came=False)
    found = orjson.loads(line)
    assert found["headers"] == [["tidewaiter.error.code", "not_json"], ["trace", "1"], ["trace", "2"]]
    assert (found["partition"], found["offset"], found["key"]) == (0, 0, "T-1")
    assert found["value"] == {"base64": "/wAgbm8gdGV4dA=="}


def test_what_comes_later_is_followed(broker: Broker, filled: Catalogue) -> None:
    lines = consume_lines(broker.connection, filled["alerts"].name, follow=True)
    assert len([*islice(lines, 5)]) == 5
    producer = KafkaProducer(**broker.connection.kafka_python())
    producer.send(filled["alerts"].name, b'{"alert_id": 5}', b"k", partition=0).get(PATIENCE)
    producer.close()
    assert orjson.loads(next(lines)) == {"alert_id": 5}


def test_a_topic_that_is_not_there_is_said(broker: Broker) -> None:
    with pytest.raises(BrokerUnavailableError, match="nowhere"):
        next(consume_lines(broker.connection, "nowhere"))


def test_the_command_prints_so_many_and_knows_the_names(broker: Broker, filled: Catalogue) -> None:
    settings = {"TIDEWAITER_BOOTSTRAP": broker.connection.bootstrap, "TIDEWAITER_TOPIC_PREFIX": prefix(filled)}
    result = CliRunner().invoke(main, ["consume", "--topic", "alerts", "--count", "2"], env=settings)
    assert (result.exit_code, [orjson.loads(line)["alert_id"] for line in result.stdout.splitlines()]) == (0, [0, 1])
    wrong = CliRunner().invoke(main, ["consume", "--topic", "alrts"], env=settings)
    assert wrong.exit_code == 2
    assert "declarations_dlq" in wrong.stderr


def test_the_command_broker_runs_until_it_is_told_to_stop_and_says_when_its_port_is_taken() -> None:
    from stream_app.processes import free_port

    port = free_port()
    command = [sys.executable, "-m", "stream_app", "broker", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"127.0.0.1:{port}\n"
        second = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=PATIENCE)
        assert (second.returncode, second.stderr) == (1, f"Error: port {port} is taken\n")
        process.terminate()
        assert process.wait(PATIENCE) == 0
