"""A worker whose consumer has died ends itself, and one that has nothing to read does not."""

import sys
import time
from pathlib import Path

import pytest

from tests.support.broker import PATIENCE, Broker
from tests.support.service_events import encoded, plain_declaration
from tests.support.service_worker import House

pytestmark = pytest.mark.broker

SECONDS = 1.5
DEAF = """
import asyncio, runpy, sys
from stream_app.agents.fast.drain import DrainingConsumer

async def never(self):
    await asyncio.sleep(3_600)

DrainingConsumer._drain_once = never
sys.argv = ["tidewaiter", *sys.argv[4:]]
runpy.run_module("stream_app", run_name="__main__")
"""
"""In front of a worker's command: what is fetched never comes to the agents."""


def test_a_worker_that_reads_nothing_while_records_wait_ends_with_code_1_and_says_where(broker: Broker, tmp_path: Path) -> None:
    house = House(broker, tmp_path)
    with (
        house.worker(before=(sys.executable, "-c", DEAF), TIDEWAITER_STALLED_SECONDS=str(SECONDS)).await_ready() as worker,
        house.sender() as sender,
    ):
        time.sleep(2 * SECONDS)
        assert worker.process.poll() is None  # nothing waits, so nothing is wrong
        assert worker.metric("tidewaiter_reading_stalled_seconds") == 0
        sender.raw("declarations", encoded(plain_declaration("D-1")))
        assert worker.process.wait(PATIENCE) == 1
        (said,) = (line["reason"] for line in worker.log_lines() if line["event"] == "worker stops")
        assert said.startswith(f"{house.catalogue['declarations'].name}, partition 0: records wait at offset 0")
        assert "TIDEWAITER_STALLED_SECONDS" in said
