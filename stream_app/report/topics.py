"""Topics as inputs of a report: read from the beginning to the end as it is now, into temporary files of lines."""

import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream_app.brokers.errors import BrokerUnavailableError
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from stream_app.eventfile import EventFile, time_field
from stream_app.report.inputs import TIMES, Input, Inputs, Place

QUIET_MS = 3_000
"""A topic that gives nothing for so long has been read: end offsets are not trusted, the embedded broker's are wrong."""
BOOTSTRAP_MS = 15_000


@contextmanager
def of_topics(connection: Connection, catalogue: Catalogue) -> Iterator[Inputs]:
    """Every input topic that exists. Records without a value count as read and are left out. Raises BrokerUnavailableError."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            inputs = [_read(connection, catalogue[kind].name, kind, Path(folder)) for kind in TIMES if kind in catalogue]
        except KafkaError as error:
            raise BrokerUnavailableError(f"{connection.bootstrap}: {error}") from error
        with Inputs([one for one in inputs if one is not None]) as found:
            yield found


def _read(connection: Connection, topic: str, kind: str, folder: Path) -> Input | None:
    consumer: Any = KafkaConsumer(
        **connection.kafka_python(),
        client_id="tidewaiter-report",
        bootstrap_timeout_ms=BOOTSTRAP_MS,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        metrics_enabled=False,
        check_crcs=False,
    )
    try:
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            return None
        partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        return _spool(consumer, kind, folder / f"{kind}.ndjson")
    finally:
        consumer.close()


def _spool(consumer: Any, kind: str, path: Path) -> Input:
    places: dict[int, Place] = {}
    received = array("d")
    with path.open("wb") as file:
        while batches := consumer.poll(timeout_ms=QUIET_MS, max_records=5_000):
            for record in (record for records in batches.values() for record in records):
                place = places.setdefault(record.partition, Place(record.topic, record.partition, record.offset, record.offset))
                place.last = max(place.last, record.offset)
                if record.value and record.value.strip():
                    # JSON may be written over several lines; where it is not JSON, a space is as wrong as a line break.
                    file.write(record.value.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n")
                    received.append(record.timestamp / 1_000.0)
    return Input(kind, EventFile(path, time_field(TIMES[kind])), [places[number] for number in sorted(places)], received)
