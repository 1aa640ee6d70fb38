"""Declarations to send, and sending them; how far the results have come, by the ends of their topics."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import orjson
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from stream_app.brokers.topics import Catalogue
from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.keys import record_key
from stream_app.simulate import WorldConfig, simulate

SEED = 7
RESULTS = ("assessments", "alerts", "receipts", "declared", "indicators")
"""What every side writes."""
LOOK_SECONDS = 0.01
GIVE_UP_SECONDS = 300.0


def drawn(declarations: int) -> list[bytes]:
    """Bodies of simulated declarations of the last two months, in event-time order."""
    start = datetime.now(UTC).date() - timedelta(days=60)
    events = simulate(WorldConfig(seed=SEED, days=59, start=start, declarations_per_day=max(2_000, declarations // 40)))
    return list(islice((event.value for event in events if event.kind == "declarations"), declarations))


def goods_items(bodies: Sequence[bytes]) -> int:
    return sum(body.count(b'"item_number":') for body in bodies)


class Feeder:
    """Sends events, each under its key, with CloudEvents headers."""

    def __init__(self, bootstrap: str) -> None:
        # Idempotent: a request that is sent again on a busy machine would change the order, and an older version behind a newer one is refused.
        options = {"linger.ms": 1, "enable.idempotence": True, "partitioner": "murmur2_random", "queue.buffering.max.messages": 1_000_000}
        self._producer = Producer({"bootstrap.servers": bootstrap, **options})

    def send(self, topic: str, bodies: Sequence[bytes], first: int = 0, rate: float | None = None, kind: str = "declarations") -> None:
        """Returns when all are acknowledged. `first`: the number of the first one; `rate`: a second, evenly spaced, or as fast as it goes."""
        begun = time.perf_counter()
        for sent, body in enumerate(bodies):
            if rate is not None and (ahead := begun + sent / rate - time.perf_counter()) > 0:
                self._producer.poll(ahead)
            key = record_key(orjson.loads(body)).encode()
            self._producer.produce(topic, body, key, headers=headers(TYPES[kind], "bench", f"e-{first + sent}"))
            self._producer.poll(0)
        if self._producer.flush(60):
            raise RuntimeError("the broker did not take all events")


class Results:
    """The topics of one side's results."""

    def __init__(self, bootstrap: str, catalogue: Catalogue, partitions: int = 1) -> None:
        self._catalogue, self._partitions = catalogue, range(partitions)
        self._consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "tidewaiter-bench-looks"})

    def count(self, alias: str) -> int:
        """Records written to a topic since it was made."""
        return sum(self._end(TopicPartition(self._catalogue[alias].name, number)) for number in self._partitions)

    def counts(self) -> dict[str, int]:
        return {alias: self.count(alias) for alias in RESULTS}

    def wait(self, declarations: int, alive: Any, seconds: float = GIVE_UP_SECONDS) -> None:
        """Until so many declarations have their receipt and their assessment on the topics. `alive` raises if the side has ended."""
        self.wait_for({"receipts": declarations, "assessments": declarations}, alive, seconds)

    def wait_for(self, wanted: dict[str, int], alive: Any, seconds: float = GIVE_UP_SECONDS) -> None:
        """Until there are so many records on each of these topics."""
        deadline = time.monotonic() + seconds
        while any(self.count(alias) < count for alias, count in wanted.items()):
            alive()
            if time.monotonic() > deadline:
                there = {alias: self.count(alias) for alias in wanted}
                raise TimeoutError(f"after {seconds:g} s there are {there} of {wanted}")
            time.sleep(LOOK_SECONDS)

    def assessed(self) -> dict[tuple[str, int], bytes]:
        """What was said of every declaration and version, as JSON: the items and their scores."""
        topic = self._catalogue["assessments"].name
        places = [TopicPartition(topic, number, 0) for number in self._partitions]
        left = self.count("assessments")
        self._consumer.assign(places)
        found = {}
        while left > 0:
            batch = self._consumer.consume(1_000, timeout=10)
            if not batch:
                raise TimeoutError(f"{left} assessments could not be read")
            left -= len(batch)
            for body in (orjson.loads(message.value()) for message in batch):
                found[body["declaration_id"], body["version"]] = orjson.dumps(body["items"])
        self._consumer.unassign()
        return found

    def _end(self, place: TopicPartition) -> int:
        try:
            return int(self._consumer.get_watermark_offsets(place, timeout=5, cached=False)[1])
        except KafkaException:  # a busy broker; asked again
            return 0
