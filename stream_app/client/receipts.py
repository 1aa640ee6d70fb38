"""Read the receipts topic: the service's answer to every event, found again by the (topic, partition, offset) of the event."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import orjson

from stream_app.brokers.reading import open_consumer, required, told
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue


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
            with told(connection):
                self._consumer = open_consumer(connection, "tidewaiter-client")
                self._seek_to_now()
        except BaseException:
            self.close()
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
        partitions = required(self._consumer, self.topic)
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
