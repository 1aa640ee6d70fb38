"""Send events to Tidewaiter: one producer for one kind of event, with CloudEvents headers and the order of every key kept."""

import functools
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self

import orjson
from kafka import KafkaProducer
from kafka.codec import has_lz4
from kafka.errors import KafkaError, KafkaTimeoutError

from stream_app.brokers.admin import partition_counts
from stream_app.brokers.errors import BrokerUnavailableError
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.keys import record_key

DEFAULT_MESSAGE_BYTES = 1_048_588
"""What a topic takes without max.message.bytes of its own (Kafka's message.max.bytes)."""

BOOTSTRAP_SECONDS = 15.0
_BATCH_BYTES = 262_144
_LINGER_MS = 20
_CLOSE_SECONDS = 30.0
_ABORT_SECONDS = 5.0


class RecordMetadata(Protocol):
    """Where the broker put a record."""

    topic: str
    partition: int
    offset: int


class Delivery(Protocol):
    """The future of one sent record. Callbacks run on the producer's own thread."""

    def get(self, timeout: float | None = None) -> RecordMetadata:
        """Wait at most `timeout` seconds; raises kafka.errors.KafkaError if the broker did not take the record."""

    def add_callback(self, f: Any, *args: Any) -> Any: ...

    def add_errback(self, f: Any, *args: Any) -> Any: ...


class EventProducer:
    """`with EventProducer(connection, catalogue, "declarations") as producer: producer.send(body, key, event_id)`."""

    def __init__(self, connection: Connection, catalogue: Catalogue, kind: str, source: str = "tidewaiter-client") -> None:
        """`kind` is a key of cloudevents.TYPES; `source` names the submitter in receipts. Raises BrokerUnavailableError, also for a missing topic."""
        topic = catalogue[kind]
        self.topic = topic.name
        self.source = source
        self._headers = functools.partial(headers, TYPES[kind], source)
        # Asked of the admin client, which creates nothing: a producer that asks for a misspelt topic may thereby make it.
        if not partition_counts(connection, [self.topic], BOOTSTRAP_SECONDS):
            raise BrokerUnavailableError(f"the broker has no topic {self.topic}; `tidewaiter topics create` makes it")
        try:
            self._producer = _kafka_producer(connection, topic.max_message_bytes or DEFAULT_MESSAGE_BYTES)
        except KafkaError as error:
            raise BrokerUnavailableError(f"{connection.bootstrap}: {error}") from error

    def send(self, value: bytes, key: str, event_id: str, time: str | None = None, subject: str | None = None) -> Delivery:
        """Hand one event to the broker, without waiting for it. `time` (RFC 3339) and `subject` are optional CloudEvents attributes.

        Raises MessageSizeTooLargeError for more than its topic takes, KafkaTimeoutError if the topic is unknown or the broker away for a minute.
        """
        delivery: Delivery = self._producer.send(self.topic, value=value, key=key.encode(), headers=self._headers(event_id, time, subject))
        return delivery

    def flush(self, timeout_seconds: float | None = None) -> None:
        """Wait until everything sent so far is answered by the broker. Raises KafkaTimeoutError."""
        self._producer.flush(timeout_seconds)

    def close(self, timeout_seconds: float = _CLOSE_SECONDS) -> None:
        """Deliver what is still under way, for about `timeout_seconds`; the futures of what is left then fail. May be repeated."""
        with suppress(KafkaTimeoutError):
            try:
                self._producer.flush(timeout_seconds)
            except KafkaTimeoutError:
                # kafka-python 3.0.12: its close() raises here before it has ended its thread or failed a future.
                self._producer._sender.force_close()
            self._producer.close(_ABORT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close(_CLOSE_SECONDS if error is None else 0)


def event_key(value: bytes) -> str:
    """The record key of an event: its trader, or the id of a list's entry.

    Empty if the body is no JSON object: the service judges what is wrong with it, not its client.
    """
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        return ""
    return record_key(document) if isinstance(document, dict) else ""


def _kafka_producer(connection: Connection, topic_bytes: int) -> Any:
    return KafkaProducer(
        **connection.kafka_python(),
        client_id="tidewaiter-client",
        bootstrap_timeout_ms=int(BOOTSTRAP_SECONDS * 1000),
        acks="all",
        enable_idempotence=True,  # a retry neither repeats nor reorders records; Tansu and Kafka both know it
        # gzip needs no further package, and is quicker than none: kafka-python computes the CRC of the batch in Python.
        compression_type="lz4" if has_lz4() else "gzip",
        batch_size=_BATCH_BYTES,
        linger_ms=_LINGER_MS,
        # Refused here, a large record fails alone; refused by Kafka, it takes all that follow with it (kafka-python 3.0.12, idempotent).
        # Less than the topic takes, since what cannot be compressed grows by it.
        max_request_size=topic_bytes - topic_bytes // 256,
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )
