"""What one partition learned is known to the other: two workers, two partitions, on Apache Kafka. On Tansu the two forget each other."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka.partitioner.default import murmur2

from stream_app.contracts.cloudevents import TYPES, headers
from tests.support.apache_kafka import ApacheKafka
from tests.support.service_events import encoded, plain_declaration, plain_outcome
from tests.support.service_worker import House, Reader, Sender, Worker, eventually

pytestmark = pytest.mark.broker

SHARING = {
    "TIDEWAITER_SHARES": "auto",
    "TIDEWAITER_SHARES_SECONDS": "0.3",
    "TIDEWAITER_CHECKPOINT_SECONDS": "0.3",
    "TIDEWAITER_CHECKPOINT_SHARE": "1",
}
HERE, THERE = 0, 1
CONTROLLED = 24


def trader_of(partition: int) -> str:
    """Whose records go to this one of two partitions."""
    return next(f"T-{n}" for n in range(100) if (murmur2(f"T-{n}".encode()) & 0x7FFFFFFF) % 2 == partition)


@pytest.fixture
def house(apache_broker: ApacheKafka, tmp_path: Path) -> House:
    return House(apache_broker, tmp_path, 2)


@pytest.fixture
def sender(house: House) -> Iterator[Sender]:
    with house.sender() as sender:
        yield sender


@pytest.fixture
def reader(house: House) -> Iterator[Reader]:
    with house.reader("assessments", "receipts") as reader:
        yield reader


def send(sender: Sender, kind: str, document: dict[str, Any], trader: str) -> tuple[int, int]:
    return sender.later(kind, encoded(document), trader.encode(), headers(TYPES[kind], "test", document[f"{kind[:-1]}_id"]))()


def declare(sender: Sender, name: str, partition: int) -> None:
    trader = trader_of(partition)
    assert send(sender, "declarations", plain_declaration(name, importer_id=trader), trader)[0] == partition


def assessed(house: House, reader: Reader, name: str) -> dict[str, Any]:
    topic = house.catalogue["assessments"].name
    reader.until(topic, lambda _: any(one["declaration_id"] == name for one in reader.documents(topic)))
    return next(one for one in reader.documents(topic) if one["declaration_id"] == name)


def worker(house: House, name: str) -> Worker:
    return house.worker(TIDEWAITER_WORKER_ID=name, **SHARING)


def test_goods_and_controls_of_one_partition_are_known_in_the_other_and_learned_once(house: House, sender: Sender, reader: Reader) -> None:
    with worker(house, "one").await_ready() as one, worker(house, "two").await_ready() as two:
        assert eventually(lambda: all(worker.metric("tidewaiter_partitions_assigned") == 1 for worker in (one, two)))
        for number in range(CONTROLLED):
            declare(sender, f"D-{number}", HERE)
            send(sender, "outcomes", plain_outcome(f"O-{number}", f"D-{number}", trader_id=trader_of(HERE)), trader_of(HERE))
        assessed(house, reader, f"D-{CONTROLLED - 1}")
        told = [("tidewaiter_shares_told_total", "lessons"), ("tidewaiter_shares_told_total", "shares")]
        assert eventually(lambda: all(one.metric(name, kind=kind) + two.metric(name, kind=kind) > 0 for name, kind in told))
        there = eventually(lambda: next((w for w in (one, two) if w.metric("tidewaiter_shares_heard_total", kind="lessons") > 0), None))
        # Nothing was declared there, and yet it knows what such goods cost: HS6 and origin, HS6, HS4 and HS2.
        assert eventually(lambda: there.metric("tidewaiter_keys_held", table="unit_value") >= 4)
        before = assessed_there(house, sender, reader, "E-1", CONTROLLED)
        assert before["items"][0]["scores"]["non_compliance"] > 0.5
        here = two if there is one else one
        os.kill(here.process.pid, signal.SIGKILL)
        here.process.wait()
        # Whoever has the partition now tells again what may not have been told; nobody learns it twice.
        declare(sender, "D-behind", HERE)
        assert assessed(house, reader, "D-behind")["heads"]["non_compliance"]["n"] == CONTROLLED
        assert assessed_there(house, sender, reader, "E-2", CONTROLLED)["heads"]["non_compliance"]["n"] == CONTROLLED
        assert there.metric("tidewaiter_shares_refused_total") == 0


def assessed_there(house: House, sender: Sender, reader: Reader, name: str, outcomes: int) -> dict[str, Any]:
    """A declaration in the other partition, once the lessons of all outcomes have come there."""
    numbers = iter(range(1_000))

    def known() -> dict[str, Any] | None:
        number = next(numbers)
        declare(sender, f"{name}-{number}", THERE)
        found = assessed(house, reader, f"{name}-{number}")
        return found if found["heads"].get("non_compliance", {}).get("n", 0) >= outcomes else None

    found: dict[str, Any] = eventually(known, 60.0, every=0.3)
    assert found
    return found
