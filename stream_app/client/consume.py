"""Read a topic as lines of JSON: what subscribers and integrators see of it."""

import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import orjson

from stream_app.brokers.reading import open_consumer, required, told
from stream_app.brokers.security import Connection

QUIET_SECONDS = 3.0
"""A topic that gives nothing for so long has been read: end offsets are not trusted, the embedded broker's are wrong."""
POLL_MS = 200


def consume_lines(connection: Connection, topic: str, follow: bool = False, latest: bool = False, as_it_came: bool = True) -> Iterator[bytes]:
    """A line a record, in the order of arrival of each partition; `follow`: on and on. `latest`: what comes from now on, and perhaps a little of
    before. `as_it_came`: the body (JSON without line breaks); else where it stood, its key, headers and body (`described`).

    Raises BrokerUnavailableError, also where there is no such topic.
    """
    with told(connection):
        consumer = open_consumer(connection, "tidewaiter-consume")
        try:
            partitions = required(consumer, topic)
            if latest:
                for partition, offset in consumer.end_offsets(partitions).items():
                    consumer.seek(partition, offset)
            else:
                consumer.seek_to_beginning(*partitions)
            for record in _records(consumer, follow):
                if not as_it_came:
                    yield orjson.dumps(described(record))
                elif record.value is not None:
                    yield record.value.replace(b"\n", b" ").replace(b"\r", b" ")
        finally:
            consumer.close()


def _records(consumer: Any, follow: bool) -> Iterator[Any]:
    heard = time.monotonic()
    while follow or time.monotonic() - heard < QUIET_SECONDS:
        for records in consumer.poll(timeout_ms=POLL_MS, max_records=1_000).values():
            yield from records
            heard = time.monotonic()


def described(record: Any) -> dict[str, Any]:
    """{"topic", "partition", "offset", "timestamp_ms", "key", "headers", "value"}: text where it is UTF-8, else {"base64": ...}; None where there is
    none. Headers as pairs: a name may come twice."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp,
        "key": _text(record.key),
        "headers": [[name, _text(value)] for name, value in record.headers],
        "value": _text(record.value),
    }


def _text(value: bytes | None) -> Any:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}
