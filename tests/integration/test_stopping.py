"""How a worker stops. After the modules that use the same workers, by its name."""

import signal
import time

import pytest

from tests.integration.conftest import Service
from tests.support.service_events import bodies, recent_world

pytestmark = pytest.mark.broker

SENT = 12_000


def processed(service: Service) -> set[int]:
    """Offsets of the declarations of partition 0 that were answered."""
    topic = service.topic("declarations")
    return {receipt["offset"] for receipt in service.documents("receipts") if (receipt["topic"], receipt["partition"]) == (topic, 0)}


@pytest.mark.parametrize(("name", "number"), [("service", signal.SIGTERM), ("parity", signal.SIGINT)], ids=["SIGTERM", "SIGINT"])
def test_a_signal_in_mid_stream_drains_the_worker(fleet: dict[str, Service], name: str, number: signal.Signals) -> None:
    """It ends with exit code 0 in less than 20 s, and the group's offset is exactly what was processed."""
    service = fleet[name]
    last = service.sender.events("declarations", bodies(recent_world(52, SENT, outcomes=False), "declarations"))[-1][1]
    begun = last - SENT + SENT // 8
    service.reader.until(service.topic("receipts"), lambda _: max(processed(service), default=0) > begun)
    started = time.monotonic()
    assert service.worker.stop(number) == 0
    assert time.monotonic() - started < 20
    service.reader.settle()
    offsets = processed(service)
    assert begun < max(offsets) < last  # it did stop in mid-stream
    assert service.house.committed("declarations")[0] == len(offsets)
    assert offsets == set(range(len(offsets)))
    assert service.worker.log_lines()[-1]["event"] == "worker stopped"
