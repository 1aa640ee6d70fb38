"""Learned state is read again from the topics, on a real broker: what is below the committed offsets, in the order in which it came."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata
from kafka import TopicPartition as Place

from stream_app.agents.intake import Answer, Record
from stream_app.agents.partitions import Partitions
from stream_app.agents.restore import Restorer
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.engine.pipeline import Pipeline
from tests.support.broker import PATIENCE, Broker
from tests.support.service_worker import House

pytestmark = pytest.mark.broker


BEGUN = int(time.time()) - 1_000
"""Second 0 of the records here; long ago would be behind the topics' retention."""


class Log:
    """Two partitions of declarations and outcomes, with committed offsets; the handlers write down what they are given."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.learned: list[Record] = []
        self.partitions = Partitions(Pipeline())
        self.names = {alias: house.catalogue[alias].name for alias in ("declarations", "outcomes")}

    def write(self, *records: tuple[str, int, int, bytes]) -> None:
        """(alias, partition, seconds after BEGUN, body)."""
        producer: Any = KafkaProducer(**self.house.connection.kafka_python(), acks="all")
        for alias, partition, at, body in records:
            timestamp_ms, headers = (BEGUN + at) * 1000, [("n", b"1"), ("n", b"2")]
            producer.send(self.names[alias], body, partition=partition, timestamp_ms=timestamp_ms, headers=headers).get(PATIENCE)
        producer.close(5)

    def commit(self, **offsets: list[int]) -> None:
        """alias = the committed offset of each partition."""
        consumer: Any = KafkaConsumer(**self.house.connection.kafka_python(), group_id=self.house.group, enable_auto_commit=False)
        places = {Place(self.names[alias], number): offset for alias, numbers in offsets.items() for number, offset in enumerate(numbers)}
        consumer.assign(list(places))
        consumer.commit({place: OffsetAndMetadata(offset, "", -1) for place, offset in places.items()})
        consumer.close()

    def restore(self, *assigned: int) -> list[tuple[str, int, bytes | None]]:
        """What was learned from, in its order: (alias, offset, body)."""
        self.learned.clear()
        aliases = {name: alias for alias, name in self.names.items()}
        restorer = Restorer(self.house.connection.aiokafka(), self.house.group, self.partitions, dict.fromkeys(aliases, self._handle))
        places = [TopicPartition(name, number) for name in self.names.values() for number in assigned]
        asyncio.run(asyncio.wait_for(restorer.restore(places), PATIENCE))
        return [(aliases[record.topic], record.offset, record.value) for record in self.learned]

    def _handle(self, record: Record, now: float) -> Answer:
        self.learned.append(record)
        if record.value == b"refused":
            raise ContractError(Fault("", Code.NOT_JSON, "no"))
        if record.value == b"broken":
            raise ZeroDivisionError
        return Answer()


@pytest.fixture
def log(broker: Broker, tmp_path: Path) -> Iterator[Log]:
    yield Log(House(broker, tmp_path, partitions=2))


def test_both_topics_are_learned_from_in_the_order_in_which_they_came(log: Log) -> None:
    log.write(("declarations", 0, 100, b"a"), ("declarations", 0, 300, b"c"), ("declarations", 0, 301, b"d"))
    log.write(("outcomes", 0, 200, b"b"), ("outcomes", 0, 400, b"e"))
    log.commit(declarations=[3, 0], outcomes=[2, 0])
    assert log.restore(0) == [
        ("declarations", 0, b"a"),
        ("outcomes", 0, b"b"),
        ("declarations", 1, b"c"),
        ("declarations", 2, b"d"),
        ("outcomes", 1, b"e"),
    ]


def test_what_is_not_committed_is_left_for_the_stream(log: Log) -> None:
    log.write(*(("declarations", 0, 100 + number, b"%d" % number) for number in range(5)))
    log.write(("outcomes", 0, 50, b"not committed"))
    log.commit(declarations=[3, 0])
    assert [body for _, _, body in log.restore(0)] == [b"0", b"1", b"2"]
    assert log.partitions.position(log.names["declarations"], 0) == 3
    assert log.partitions.position(log.names["outcomes"], 0) == 0


def test_key_time_and_repeated_headers_come_back_as_they_were(log: Log) -> None:
    log.write(("declarations", 1, 123, b"a"))
    log.commit(declarations=[0, 1])
    log.restore(0, 1)
    (record,) = log.learned
    assert (record.partition, record.timestamp, record.headers) == (1, BEGUN + 123.0, [("n", b"1"), ("n", b"2")])


def test_records_that_were_refused_or_failed_do_not_stop_it(log: Log) -> None:
    log.write(("declarations", 0, 1, b"refused"), ("declarations", 0, 2, b"broken"), ("declarations", 0, 3, b"good"))
    log.commit(declarations=[3, 0])
    assert len(log.restore(0)) == 3
    assert log.partitions.position(log.names["declarations"], 0) == 3


def test_a_partition_that_is_up_to_date_is_left_alone(log: Log) -> None:
    log.write(("declarations", 0, 1, b"a"), ("declarations", 1, 1, b"b"))
    log.commit(declarations=[1, 1])
    log.restore(0, 1)
    engines = log.partitions.engine(0), log.partitions.engine(1)
    assert log.restore(0, 1) == []
    assert (log.partitions.engine(0), log.partitions.engine(1)) == engines


def test_a_partition_that_others_have_read_further_is_restored_from_its_beginning(log: Log) -> None:
    log.write(("declarations", 0, 1, b"a"), ("outcomes", 0, 2, b"o"))
    log.commit(declarations=[1, 0], outcomes=[1, 0])
    log.restore(0, 1)
    engine = log.partitions.engine(0)
    log.write(("declarations", 0, 3, b"b"))
    log.commit(declarations=[2, 0])
    assert [body for _, _, body in log.restore(0, 1)] == [b"a", b"o", b"b"]
    assert log.partitions.engine(0) is not engine


def test_a_partition_that_was_given_away_is_forgotten(log: Log) -> None:
    log.write(("declarations", 0, 1, b"a"), ("declarations", 1, 1, b"b"))
    log.commit(declarations=[1, 1])
    log.restore(0, 1)
    log.restore(1)
    assert log.partitions.position(log.names["declarations"], 0) == 0
    assert [body for _, _, body in log.restore(0, 1)] == [b"a"]


def test_without_committed_offsets_there_is_nothing_to_restore(log: Log) -> None:
    log.write(("declarations", 0, 1, b"a"))
    assert log.restore(0, 1) == []
