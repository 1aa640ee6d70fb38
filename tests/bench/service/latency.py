"""How long from the sending of a declaration until its alert can be read, at a given load."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from confluent_kafka import Consumer, TopicPartition

from tests.bench.service.backlog import drawn
from tests.bench.service.contestant import Contestant
from tests.bench.service.race import Plan


@dataclass(frozen=True)
class Latency:
    """Milliseconds from a declaration's Kafka timestamp, set by its producer, until a subscriber has its alert; None without alerts."""

    declarations_per_second: float
    declarations: int
    alerts: int
    p50_ms: float | None
    p99_ms: float | None


class Subscriber(threading.Thread):
    """Reads alerts as they come; `seen` has (declaration's offset, milliseconds since 1970)."""

    def __init__(self, bootstrap: str, topic: str, first: int) -> None:
        super().__init__(name="alerts", daemon=True)
        options = {"group.id": "tidewaiter-bench-alerts", "fetch.wait.max.ms": 5, "enable.auto.commit": False}
        self._consumer = Consumer({"bootstrap.servers": bootstrap, **options})
        self._consumer.assign([TopicPartition(topic, 0, first)])
        self.seen: list[tuple[int, float]] = []
        self.ending = threading.Event()

    def run(self) -> None:
        while not self.ending.is_set():
            message = self._consumer.poll(0.05)
            if message is not None and not message.error():
                self.seen.append((orjson.loads(message.value())["source"]["offset"], time.time() * 1_000.0))
        self._consumer.close()


def measure(plan: Plan, service: Contestant, per_second: float, seconds: float, already: int) -> Latency:
    """`already`: declarations of the drawn world that the service has had."""
    bodies = drawn(already + int(per_second * seconds))[already:]
    topics, first = service.catalogue, service.sent
    subscriber = Subscriber(plan.bootstrap, topics["alerts"].name, service.results.count("alerts"))
    subscriber.start()
    service.feed(bodies, per_second)
    service.results.wait(service.sent, service.check)
    time.sleep(1.0)  # the last alert is on its topic; this is for the subscriber
    subscriber.ending.set()
    subscriber.join()
    sent_at = _sent_at(plan.bootstrap, topics["declarations"].name, first, len(bodies))
    waits = sorted(at - sent_at[offset] for offset, at in subscriber.seen)
    return Latency(round(per_second, 1), len(bodies), len(waits), quantile(waits, 0.50), quantile(waits, 0.99))


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of all does not exceed."""
    return round(ordered[max(0, -int(-share * len(ordered) // 1) - 1)], 1) if ordered else None


def _sent_at(bootstrap: str, topic: str, first: int, count: int) -> dict[int, int]:
    """Kafka timestamps by offset, in milliseconds since 1970."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "tidewaiter-bench-sent"})
    consumer.assign([TopicPartition(topic, 0, first)])
    found: dict[int, int] = {}
    while len(found) < count:
        batch: list[Any] = consumer.consume(1_000, timeout=10)
        if not batch:
            raise TimeoutError(f"{count - len(found)} declarations could not be read again")
        found |= {message.offset(): message.timestamp()[1] for message in batch}
    consumer.close()
    return found
