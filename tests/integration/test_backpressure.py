"""A worker that cannot keep up holds a bounded amount in memory: records come ten times faster than their results can leave."""

import os
import time
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.support.broker import PATIENCE
from tests.support.service_events import encoded, plain_declaration
from tests.support.service_worker import House, Worker, eventually
from tests.support.slow_network import SlowBroker

pytestmark = pytest.mark.broker

RECORDS, RECORD_BYTES = 80, 3_000_000
"""240 MB in all, under the 4 MiB that a record may have; each is refused as too large, and goes to the dead letters whole."""
OUT_PER_SECOND = 4_000_000
BOUND_MB = 150
"""Twice 32 MiB in the queue and in the batch in hand, what is being fetched, and what is being sent; far below what waits."""


def memory_mb(pid: int) -> float:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def refused(worker: Worker) -> float:
    return worker.metric("tidewaiter_dead_letters_total", topic="declarations", reason="too_large")


def test_memory_stays_bounded_while_producers_are_fast_and_the_network_is_slow(tmp_path: Path) -> None:
    with SlowBroker(tmp_path) as broker:
        house = House(broker, tmp_path)
        producer = Producer({"bootstrap.servers": broker.bootstrap, "message.max.bytes": 2 * RECORD_BYTES})
        topic, body = house.catalogue["declarations"].name, os.urandom(RECORD_BYTES // 2).hex()
        with house.worker(TIDEWAITER_CHECKPOINT_SECONDS="3600") as worker:
            worker.await_ready()
            producer.produce(topic, encoded(plain_declaration("26NL1")), b"T")
            producer.flush(PATIENCE)
            assert eventually(lambda: worker.metric("tidewaiter_goods_items_total") > 0)  # the engine and its tables are there
            before = memory_mb(worker.process.pid)
            for _ in range(RECORDS):
                producer.produce(topic, body, b"T")
                producer.poll(0)
            assert producer.flush(PATIENCE) == 0
            broker.bytes_per_second = OUT_PER_SECOND
            deadline, peak = time.monotonic() + 8.0, 0.0
            while time.monotonic() < deadline:
                peak = max(peak, memory_mb(worker.process.pid))
                time.sleep(0.05)
            behind = refused(worker)
            broker.bytes_per_second = None
            assert eventually(lambda: refused(worker) == RECORDS)
            peak = max(peak, memory_mb(worker.process.pid))
            assert worker.process.poll() is None, worker.log_text()
    assert behind < RECORDS  # it could not keep up
    assert peak - before < BOUND_MB
