"""What the demo sees of the running service: its output topics and its metrics, as any subscriber and operator would."""

import time
import urllib.error
import urllib.request
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

import orjson
from kafka import KafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue

RECENT_ALERTS = 50
LATENCIES = 100_000


class Observer:
    """Counts, latencies and the latest alerts, from assessments and alerts as they are published."""

    def __init__(self, connection: Connection, catalogue: Catalogue, partitions: int) -> None:
        self.declarations = 0
        self.items = 0
        self.severities: Counter[str] = Counter()
        self.alerts: deque[dict[str, Any]] = deque(maxlen=RECENT_ALERTS)
        self.first_alert_at: float | None = None
        self._latencies: deque[float] = deque(maxlen=LATENCIES)
        self._arrivals: deque[tuple[float, int]] = deque()
        self._alerts_topic = catalogue["alerts"].name
        # Both topics are new and ours alone: from the beginning, without a group.
        reading = {"enable_auto_commit": False, "auto_offset_reset": "earliest", "check_crcs": False, "fetch_max_wait_ms": 50}
        self._consumer: Any = KafkaConsumer(**connection.kafka_python(), **reading)
        topics = (catalogue["assessments"].name, self._alerts_topic)
        self._consumer.assign([TopicPartition(topic, number) for topic in topics for number in range(partitions)])

    def poll(self, seconds: float) -> list[dict[str, Any]]:
        """Take in what was published; the new alerts."""
        fresh: list[dict[str, Any]] = []
        for records in self._consumer.poll(timeout_ms=int(seconds * 1000), max_records=2_000).values():
            now = time.time()
            for record in records:
                document = orjson.loads(record.value)
                if record.topic == self._alerts_topic:
                    fresh.append(document)
                else:
                    self._assessed(document, now)
        self._alerted(fresh)
        return fresh

    def _assessed(self, assessment: dict[str, Any], now: float) -> None:
        self.declarations += 1
        self.items += len(assessment["items"])
        self._latencies.append(now * 1000 - assessment["source"]["timestamp_ms"])
        self._arrivals.append((now, len(assessment["items"])))

    def _alerted(self, fresh: list[dict[str, Any]]) -> None:
        for alert in fresh:
            self.severities[alert["severity"]] += 1
            self.alerts.append(alert)
        if fresh and self.first_alert_at is None:
            self.first_alert_at = time.monotonic()

    def rate(self, seconds: float = 5.0) -> float:
        """Declarations a second over the last few seconds."""
        since = time.time() - seconds
        while self._arrivals and self._arrivals[0][0] < since:
            self._arrivals.popleft()
        return len(self._arrivals) / seconds

    def latency_ms(self, share: float) -> float | None:
        """The latency, from produce to assessment received here, that `share` of the latest declarations stay below."""
        if not self._latencies:
            return None
        ordered = sorted(self._latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def close(self) -> None:
        self._consumer.close()


class Metrics:
    """The worker's own metrics, scraped."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._values: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/ready", timeout=1) as answer:  # noqa: S310  # our own loopback address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def scrape(self) -> None:
        """Keeps the old values where the worker does not answer."""
        try:
            with urllib.request.urlopen(f"{self._url}/metrics", timeout=1) as answer:  # noqa: S310
                text = answer.read().decode()
        except (urllib.error.URLError, OSError):
            return
        samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        self._values = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples}

    def total(self, name: str, **labels: str) -> float:
        """The sum of a metric over all label sets that agree with `labels`."""
        return sum(self._matching(name, labels), 0.0)

    def worst(self, name: str, **labels: str) -> float:
        return max(self._matching(name, labels), default=0.0)

    def _matching(self, name: str, labels: dict[str, str]) -> Iterator[float]:
        for (sample, pairs), value in self._values.items():
            if sample == name and labels.items() <= dict(pairs).items():
                yield value
