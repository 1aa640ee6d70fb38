"""Read the receipts topic: the service's answer to every event, found again by the (topic, partition, offset) of the event."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import orjson
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream_app.brokers.errors import BrokerUnavailableError
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue

_BOOTSTRAP_MS = 15_000
_FETCH_BYTES = 8 << 20
_PARTITION_FETCH_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ReceivedReceipt:
    """`status` is accepted, rejected or duplicate; an error is {"pointer", "code", "message"}."""

    topic: str
    partition: int
    offset: int
    status: str
    errors: tuple[dict[str, str], ...] = ()


class ReceiptReader:
    """Receipts written from now on, of all submitters, and possibly some older ones. No consumer group: nothing is committed."""

    def __init__(self, connection: Connection, catalogue: Catalogue) -> None:
        """Open this before sending, or the first receipts are missed. Raises BrokerUnavailableError."""
        self.topic = catalogue["receipts"].name
        self._consumer: Any = None
        try:
            self._consumer = _kafka_consumer(connection)
            self._seek_to_now()
        except BaseException as error:
            self.close()
            if isinstance(error, KafkaError):
                raise BrokerUnavailableError(f"{connection.bootstrap}: {error}") from error
            raise

    def poll(self, timeout_seconds: float = 0.0, max_records: int = 5_000) -> Iterator[ReceivedReceipt]:
        """The receipts that are there; waits at most `timeout_seconds` for the first. Unreadable ones are skipped."""
        batches: dict[Any, list[Any]] = self._consumer.poll(timeout_ms=int(timeout_seconds * 1000), max_records=max_records)
        for records in batches.values():
            for record in records:
                if (receipt := parse_receipt(record.value)) is not None:
                    yield receipt

    def close(self) -> None:
        if self._consumer is not None:
            self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _seek_to_now(self) -> None:
        numbers = self._consumer.partitions_for_topic(self.topic)
        if not numbers:
            raise BrokerUnavailableError(f"the broker has no topic {self.topic}; `tidewaiter topics create` makes it")
        partitions = [TopicPartition(self.topic, number) for number in sorted(numbers)]
        self._consumer.assign(partitions)
        # Only a lower bound: Tansu counts the last batch as one record. Older receipts that this lets in match nothing.
        for partition, offset in self._consumer.end_offsets(partitions).items():
            self._consumer.seek(partition, offset)


def parse_receipt(value: bytes | None) -> ReceivedReceipt | None:
    """None for what is no receipt: a newer service may write things that this client does not know."""
    try:
        document = orjson.loads(value or b"")
        place = document["topic"], int(document["partition"]), int(document["offset"])
        return ReceivedReceipt(*place, status=str(document["status"]), errors=tuple(document.get("errors") or ()))
    except (orjson.JSONDecodeError, LookupError, TypeError, ValueError):
        return None


def _kafka_consumer(connection: Connection) -> Any:
    return KafkaConsumer(
        **connection.kafka_python(),
        client_id="tidewaiter-client",
        bootstrap_timeout_ms=_BOOTSTRAP_MS,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # if retention has removed the position, go on with what is left
        fetch_max_wait_ms=100,
        fetch_max_bytes=_FETCH_BYTES,
        max_partition_fetch_bytes=_PARTITION_FETCH_BYTES,
        allow_auto_create_topics=False,
        metrics_enabled=False,
        # In pure Python the CRC of a batch costs more than reading it; TCP and TLS have their own.
        check_crcs=False,
    )
