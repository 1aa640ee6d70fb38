"""The worker as operators run it: a process of its own, on topics of its own. With what a subscriber and a scraper see of it."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from stream_app.brokers.admin import create_topics
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.processes import free_port
from tests.support.broker import PATIENCE, TOPICS_FILE, Broker

ROOT = Path(__file__).parents[2]
SESSION_SECONDS = "3"  # Tansu joins a group in about twice half of it
_numbers = itertools.count()


def eventually(condition: Callable[[], Any], seconds: float = PATIENCE, every: float = 0.05) -> Any:
    """What `condition` gives once it is true, or what it gave last."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(every)
    return found


def clean_environment(**settings: str) -> dict[str, str]:
    """Ours without any TIDEWAITER_ setting, and the given ones."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TIDEWAITER_")} | settings


class House:
    """Topics under a prefix of their own on a running broker, a group of their own, and every worker started here."""

    def __init__(self, broker: Broker, folder: Path, partitions: int = 1, replication_factor: int = 1) -> None:
        self.prefix = f"h{os.getpid()}-{next(_numbers)}."
        self.connection = Connection(broker.bootstrap)
        self.catalogue = Catalogue.load(TOPICS_FILE, self.prefix)
        self.partitions = partitions
        self.folder = folder
        create_topics(self.connection, self.catalogue, partitions, replication_factor, PATIENCE)

    @property
    def group(self) -> str:
        return f"{self.prefix}group"

    def settings(self, **more: str) -> dict[str, str]:
        return {
            "TIDEWAITER_BOOTSTRAP": self.connection.bootstrap,
            "TIDEWAITER_TOPIC_PREFIX": self.prefix,
            "TIDEWAITER_GROUP": self.group,
            "TIDEWAITER_SESSION_TIMEOUT_SECONDS": SESSION_SECONDS,
            "TIDEWAITER_WORKER_ID": "test",
            # What others tell is heard when it comes: only without it do two runs score alike, to the byte.
            "TIDEWAITER_SHARES": "off",
            **more,
        }

    def worker(self, pipeline: str | None = None, shadow: str | None = None, before: Sequence[str] = (), **settings: str) -> "Worker":
        """A new worker process; `pipeline` is the text of a pipeline.toml, `shadow` that of a challenger's, `before` goes in front of the command."""
        number = next(_numbers)
        port = free_port()
        settings = self.settings(TIDEWAITER_METRICS_PORT=str(port), **settings)
        for name, text in (("PIPELINE_FILE", pipeline), ("SHADOW_PIPELINE_FILE", shadow)):
            if text is not None:
                file = self.folder / f"{name.lower()}-{number}.toml"
                file.write_text(text)
                settings[f"TIDEWAITER_{name}"] = str(file)
        return Worker(settings, port, self.folder / f"worker-{number}.log", before)

    def reader(self, *aliases: str) -> "Reader":
        return Reader(self.connection, [self.catalogue[alias].name for alias in aliases], self.partitions)

    def sender(self) -> "Sender":
        return Sender(self.connection, self.catalogue)

    def committed(self, alias: str) -> list[int | None]:
        """The group's committed offset of every partition of a topic."""
        consumer: Any = KafkaConsumer(**self.connection.kafka_python(), group_id=self.group, enable_auto_commit=False)
        try:
            return [consumer.committed(TopicPartition(self.catalogue[alias].name, number)) for number in range(self.partitions)]
        finally:
            consumer.close()


class Worker:
    """`python -m stream_app worker`, killed at the end of the block if it still runs."""

    def __init__(self, settings: dict[str, str], port: int, log: Path, before: Sequence[str] = ()) -> None:
        self.port = port
        self.log = log
        self._output = log.open("wb")
        command = [*before, sys.executable, "-m", "stream_app", "worker"]
        self.process = subprocess.Popen(command, stdout=self._output, stderr=self._output, env=clean_environment(**settings), cwd=ROOT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()
        self._output.close()

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = PATIENCE) -> int:
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def get(self, path: str) -> tuple[int, str]:
        """(status, body); status 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=3) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def await_ready(self, seconds: float = PATIENCE) -> Self:
        def ready_or_over() -> bool:
            return self.process.poll() is not None or self.get("/ready")[0] == 200

        assert eventually(ready_or_over, seconds) and self.process.poll() is None, self.log_text()
        return self

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a sample over all label sets that agree with `labels`."""
        families = text_string_to_metric_families(self.get("/metrics")[1])
        samples = (sample for family in families for sample in family.samples)
        return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def log_lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.log_text().splitlines()]


class Reader:
    """Everything on some topics from their beginning, in the order of arrival."""

    def __init__(self, connection: Connection, topics: Sequence[str], partitions: int) -> None:
        self.records: dict[str, list[Any]] = {topic: [] for topic in topics}
        self._documents: dict[str, list[dict[str, Any]]] = {topic: [] for topic in topics}
        options = {"enable_auto_commit": False, "auto_offset_reset": "earliest", "fetch_max_wait_ms": 50, "check_crcs": False}
        self._consumer: Any = KafkaConsumer(**connection.kafka_python(), **options, max_partition_fetch_bytes=8 << 20)
        self._consumer.assign([TopicPartition(topic, number) for topic in topics for number in range(partitions)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._consumer.close()

    def poll(self, milliseconds: int = 50) -> None:
        for place, records in self._consumer.poll(timeout_ms=milliseconds, max_records=5_000).items():
            self.records[place.topic] += records

    def until(self, topic: str, enough: Callable[[list[Any]], bool], seconds: float = PATIENCE) -> list[Any]:
        """The records of a topic as soon as there are enough."""
        deadline = time.monotonic() + seconds
        while not enough(self.records[topic]) and time.monotonic() < deadline:
            self.poll()
        return self.records[topic]

    def documents(self, topic: str) -> list[dict[str, Any]]:
        """The bodies, each parsed once."""
        parsed = self._documents[topic]
        parsed += documents(self.records[topic][len(parsed) :])
        return parsed

    def settle(self, seconds: float = 1.5) -> None:
        """Read on until nothing has come for a while."""
        before, quiet_since = -1, time.monotonic()
        while time.monotonic() - quiet_since < seconds:
            self.poll()
            if (now := sum(map(len, self.records.values()))) != before:
                before, quiet_since = now, time.monotonic()


class Sender:
    """Raw records to an input topic, of any shape. Places are (partition, offset)."""

    def __init__(self, connection: Connection, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._producer: Any = KafkaProducer(**connection.kafka_python(), acks="all", linger_ms=5, max_request_size=8 << 20, compression_type=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with contextlib.suppress(Exception):
            self._producer.close(2)

    def later(
        self, alias: str, value: bytes | None, key: bytes | None = b"T", given: Sequence[tuple[str, bytes]] = ()
    ) -> Callable[[], tuple[int, int]]:
        """One record; what is returned waits for its place."""
        future = self._producer.send(self._catalogue[alias].name, value=value, key=key, headers=list(given))

        def place() -> tuple[int, int]:
            answer = future.get(PATIENCE)
            return answer.partition, answer.offset

        return place

    def raw(self, alias: str, value: bytes | None, key: bytes | None = b"T", given: Sequence[tuple[str, bytes]] = ()) -> tuple[int, int]:
        """One record; waits for its place."""
        return self.later(alias, value, key, given)()

    def events(self, alias: str, bodies: Iterable[bytes], source: str = "test") -> list[tuple[int, int]]:
        """Many events in their order, with CloudEvents headers ("e-<number>" as id); waits for all places."""
        topic, futures = self._catalogue[alias].name, []
        for number, body in enumerate(bodies):
            given = headers(TYPES[alias], source, f"e-{number}")
            futures.append(self._producer.send(topic, value=body, key=b"T", headers=given, partition=0))
        return [(answer.partition, answer.offset) for answer in (future.get(PATIENCE) for future in futures)]


def documents(records: Iterable[Any]) -> list[dict[str, Any]]:
    return [orjson.loads(record.value) for record in records]
