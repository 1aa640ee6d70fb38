"""Topics as inputs of a report: read from the beginning to the end as it is now, into temporary files of lines."""

import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stream_app.brokers.reading import assign, open_consumer, told
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from stream_app.eventfile import EventFile, time_field
from stream_app.report.inputs import TIMES, Input, Inputs, Place

QUIET_MS = 3_000
"""A topic that gives nothing for so long has been read: end offsets are not trusted, the embedded broker's are wrong."""


@contextmanager
def of_topics(connection: Connection, catalogue: Catalogue) -> Iterator[Inputs]:
    """Every input topic that exists. Records without a value count as read and are left out. Raises BrokerUnavailableError."""
    with tempfile.TemporaryDirectory() as folder:
        with told(connection):
            inputs = [_read(connection, catalogue[kind].name, kind, Path(folder)) for kind in TIMES if kind in catalogue]
        with Inputs([one for one in inputs if one is not None]) as found:
            yield found


def _read(connection: Connection, topic: str, kind: str, folder: Path) -> Input | None:
    consumer = open_consumer(connection, "tidewaiter-report")
    try:
        if not (partitions := assign(consumer, topic)):
            return None
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
