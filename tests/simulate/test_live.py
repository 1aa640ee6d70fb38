"""A simulated world into topics: every kind into its own, keyed as its contract says."""

import time
from collections import defaultdict
from datetime import date

import orjson
import pytest
from kafka import KafkaConsumer, TopicPartition

from stream_app.brokers.admin import create_topics
from stream_app.brokers.embedded import EmbeddedBroker
from stream_app.brokers.topics import Catalogue
from stream_app.simulate import WorldConfig, simulate
from stream_app.simulate.clearance import clearance
from stream_app.simulate_live import send_world
from tests.support.broker import PATIENCE

pytestmark = pytest.mark.broker
CONFIG = WorldConfig(seed=9, days=2, start=date(2026, 1, 5), declarations_per_day=60, traders=50, movements=True)


def records(broker: EmbeddedBroker, catalogue: Catalogue, kind: str, count: int) -> list[tuple[bytes, bytes]]:
    """`count` of them, or fewer where no more come; more if there are more in the last fetch."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, group_id=None)
    partition = TopicPartition(catalogue[kind].name, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    found: list[tuple[bytes, bytes]] = []
    deadline = time.monotonic() + PATIENCE
    while len(found) < count and time.monotonic() < deadline:
        found += [(record.key, record.value) for batch in consumer.poll(timeout_ms=500).values() for record in batch]
    consumer.close()
    return found


def test_each_kind_of_event_comes_into_its_topic_under_its_key(embedded_broker: EmbeddedBroker, fresh_catalogue: Catalogue) -> None:
    create_topics(embedded_broker.connection, fresh_catalogue, 1)
    sent = send_world(CONFIG, embedded_broker.connection, fresh_catalogue, rate=0, around=True)
    expected = defaultdict(list)
    for event in [*simulate(CONFIG), *clearance(CONFIG)]:
        expected[event.kind].append((event.key.encode(), event.value))
    assert sent == sum(map(len, expected.values()))
    for kind in ("declarations", "outcomes", "movements", "milestones", "exports", "seizures"):
        assert records(embedded_broker, fresh_catalogue, kind, len(expected[kind])) == expected[kind] != []
    assert all(orjson.loads(value)["equipment_id"] == key.decode() for key, value in expected["movements"])
