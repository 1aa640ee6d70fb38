"""A topic read by itself: no consumer group, nothing is committed, nobody is disturbed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream_app.brokers.errors import BrokerUnavailableError
from stream_app.brokers.security import Connection

BOOTSTRAP_MS = 15_000
FETCH_BYTES = 8 << 20
PARTITION_FETCH_BYTES = 1 << 20


def open_consumer(connection: Connection, client_id: str) -> Any:
    """Without partitions yet. Raises KafkaError."""
    return KafkaConsumer(
        **connection.kafka_python(),
        client_id=client_id,
        bootstrap_timeout_ms=BOOTSTRAP_MS,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # if retention has removed the position, go on with what is left
        fetch_max_wait_ms=100,
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
        allow_auto_create_topics=False,
        metrics_enabled=False,
        # In pure Python the CRC of a batch costs more than reading it; TCP and TLS have their own.
        check_crcs=False,
    )


def assign(consumer: Any, topic: str) -> list[TopicPartition]:
    """Every partition of a topic, which is assigned; none where the topic is not there."""
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    if partitions:
        consumer.assign(partitions)
    return partitions


def required(consumer: Any, topic: str) -> list[TopicPartition]:
    """As `assign`; raises BrokerUnavailableError where the topic is not there."""
    if not (partitions := assign(consumer, topic)):
        raise BrokerUnavailableError(f"the broker has no topic {topic}; `tidewaiter topics create` makes it")
    return partitions


@contextmanager
def told(connection: Connection) -> Iterator[None]:
    """What Kafka fails with becomes a BrokerUnavailableError that says where."""
    try:
        yield
    except KafkaError as error:
        raise BrokerUnavailableError(f"{connection.bootstrap}: {error}") from error
