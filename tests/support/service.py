"""A small service for the client's tests: answers every declaration or outcome on a real broker with a receipt."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import orjson
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from tests.support.broker import PATIENCE

Judge = Callable[[bytes], tuple[str, list[dict[str, str]]] | None]


def accept(_: bytes) -> tuple[str, list[dict[str, str]]]:
    return "accepted", []


class EchoService:
    """Runs in a thread. `judge` says status and errors for a body, or None to stay silent. `records` is all that came, in order."""

    def __init__(self, connection: Connection, catalogue: Catalogue, kind: str = "declarations", judge: Judge = accept) -> None:
        self.records: list[Any] = []
        self._judge = judge
        self._receipts = catalogue["receipts"].name
        self._producer: Any = KafkaProducer(**connection.kafka_python(), linger_ms=5)
        self._consumer: Any = KafkaConsumer(**connection.kafka_python(), group_id=None, auto_offset_reset="earliest", fetch_max_wait_ms=50)
        self._consumer.assign([TopicPartition(catalogue[kind].name, number) for number in range(catalogue[kind].partitions)])
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="echo-service")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ending.set()
        self._thread.join()
        self._consumer.close()
        self._producer.close(2)

    def await_records(self, count: int, seconds: float = PATIENCE) -> list[Any]:
        deadline = time.monotonic() + seconds
        while len(self.records) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.records

    def _run(self) -> None:
        while not self._ending.is_set():
            for records in self._consumer.poll(timeout_ms=50, max_records=2_000).values():
                for record in records:
                    self.records.append(record)
                    self._answer(record)

    def _answer(self, record: Any) -> None:
        if (verdict := self._judge(record.value)) is None:
            return
        receipt = {"topic": record.topic, "partition": record.partition, "offset": record.offset, "status": verdict[0], "errors": verdict[1]}
        self._producer.send(self._receipts, value=orjson.dumps(receipt), key=dict(record.headers)["ce_source"])
