"""What schemas/topics.toml says of sizes and times, as Apache Kafka keeps it. The embedded broker ignores all of it."""

import time
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import InvalidTimestampError, MessageSizeTooLargeError

from stream_app.brokers.admin import create_topics
from stream_app.brokers.topics import Catalogue
from tests.support.apache_kafka import ApacheKafka
from tests.support.broker import PATIENCE
from tests.support.service_worker import eventually

pytestmark = pytest.mark.broker

DAY_MS = 24 * 60 * 60 * 1000
COMPACTED = {"watchlists", "suppressions", "workers", "checkpoints", "movement_checkpoints", "mirror_checkpoints", "gaps", "shares"}


@pytest.fixture
def made(apache_broker: ApacheKafka, fresh_catalogue: Catalogue) -> Catalogue:
    """The catalogue, created on Apache Kafka."""
    create_topics(apache_broker.connection, fresh_catalogue)
    return fresh_catalogue


@pytest.fixture
def producer(apache_broker: ApacheKafka) -> Any:
    client: Any = KafkaProducer(**apache_broker.connection.kafka_python(), acks="all", max_request_size=8 << 20, compression_type=None)
    yield client
    client.close(5)


def settings(broker: ApacheKafka, name: str) -> dict[str, str]:
    """Of one topic, where they differ from the broker's own."""
    with KafkaAdminClient(**broker.connection.kafka_python()) as admin:
        found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {key: data["value"] for key, data in found["topic"][name].items()}


def test_every_topic_keeps_what_its_table_says(apache_broker: ApacheKafka, made: Catalogue) -> None:
    for alias, topic in made.items():
        found = settings(apache_broker, topic.name)
        assert found.get("max.message.bytes") == (str(topic.max_message_bytes) if topic.max_message_bytes else None)
        assert (found.get("message.timestamp.type") == "LogAppendTime") == topic.broker_time
        if alias in COMPACTED:
            assert found["cleanup.policy"] == "compact"
            assert "retention.ms" not in found
            assert found.get("segment.bytes") == (str(topic.segment_bytes) if topic.segment_bytes else None)
        else:
            assert found.get("cleanup.policy", "delete") == "delete"
            assert found["retention.ms"] == str(topic.retention_days * DAY_MS)


def test_a_record_larger_than_its_topic_takes_is_refused_at_the_door(made: Catalogue, producer: Any) -> None:
    limit = made["declarations"].max_message_bytes or 0
    producer.send(made["declarations"].name, b"x" * (limit - 1_000)).get(PATIENCE)
    producer.send(made["declarations_dlq"].name, b"x" * limit).get(PATIENCE)  # the dead letter of the largest record, with its headers
    with pytest.raises(MessageSizeTooLargeError):
        producer.send(made["declarations"].name, b"x" * limit).get(PATIENCE)


def test_what_workers_write_is_taken_whatever_their_clock_says(made: Catalogue, producer: Any) -> None:
    ahead = int(time.time() * 1000) + 5 * DAY_MS
    for alias in ("assessments", "alerts", "receipts", "declarations_dlq", "checkpoints", "workers", "declared"):
        place = producer.send(made[alias].name, b"x", b"k", timestamp_ms=ahead).get(PATIENCE)
        assert place.timestamp < ahead - 4 * DAY_MS, alias
    with pytest.raises(InvalidTimestampError):
        producer.send(made["declarations"].name, b"x", timestamp_ms=ahead).get(PATIENCE)


def test_records_older_than_the_retention_go_and_younger_ones_stay(apache_broker: ApacheKafka, made: Catalogue, producer: Any) -> None:
    topic, now = made["declarations"], int(time.time() * 1000)
    for partition, days in ((0, topic.retention_days + 1), (1, topic.retention_days - 1)):
        producer.send(topic.name, b"x", partition=partition, timestamp_ms=now - days * DAY_MS).get(PATIENCE)
    consumer: Any = KafkaConsumer(**apache_broker.connection.kafka_python())
    old, young = (TopicPartition(topic.name, partition) for partition in (0, 1))
    assert eventually(lambda: consumer.beginning_offsets([old])[old] == 1, every=0.5)
    assert consumer.beginning_offsets([young])[young] == 0
    consumer.close()


def test_a_compacted_topic_keeps_entries_of_any_age(apache_broker: ApacheKafka, made: Catalogue, producer: Any) -> None:
    topics = made["watchlists"], made["declarations"]
    for topic in topics:
        producer.send(topic.name, b"x", b"W-1", partition=0, timestamp_ms=1_000).get(PATIENCE)
    consumer: Any = KafkaConsumer(**apache_broker.connection.kafka_python())
    compacted, deleted = (TopicPartition(topic.name, 0) for topic in topics)
    assert eventually(lambda: consumer.beginning_offsets([deleted])[deleted] == 1, every=0.5)
    assert consumer.beginning_offsets([compacted])[compacted] == 0
    consumer.close()
