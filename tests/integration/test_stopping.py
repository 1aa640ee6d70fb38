"""How a worker stops. After the modules that use the same workers, by its name."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

import pytest

from tests.integration.conftest import Service
from tests.support.service_events import bodies, recent_world

pytestmark = pytest.mark.broker

SENT = 12_000
RUN = 1_000


def processed(service: Service) -> set[int]:
    """Offsets of the declarations of partition 0 that were answered."""
    topic = service.topic("declarations")
    return {receipt["offset"] for receipt in service.documents("receipts") if (receipt["topic"], receipt["partition"]) == (topic, 0)}


@contextmanager
def declarations_poured(service: Service) -> Iterator[list[int]]:
    """Declarations are sent on and on, until the end of the block. Gives the offsets at which each run of them ended."""
    ends: list[int] = []
    over = threading.Event()

    def pour() -> None:
        world = bodies(recent_world(52, SENT, outcomes=False), "declarations")
        for start in cycle(range(0, SENT, RUN)):
            is_last = over.is_set()  # the last run begins when the worker has ended
            ends.append(service.sender.events("declarations", world[start : start + RUN])[-1][1])
            if is_last:
                return

    thread = threading.Thread(target=pour)
    thread.start()
    try:
        yield ends
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize(("name", "number"), [("service", signal.SIGTERM), ("parity", signal.SIGINT)], ids=["SIGTERM", "SIGINT"])
def test_a_signal_in_mid_stream_drains_the_worker(fleet: dict[str, Service], name: str, number: signal.Signals) -> None:
    """It ends with exit code 0 in less than 20 s, and the group's offset is exactly what was processed."""
    service = fleet[name]
    before = max(processed(service), default=0)
    with declarations_poured(service) as ends:
        service.reader.until(service.topic("receipts"), lambda _: max(processed(service), default=0) > before + RUN)
        started = time.monotonic()
        assert service.worker.stop(number) == 0
        assert time.monotonic() - started < 20
    service.reader.settle()
    offsets = processed(service)
    assert before + RUN < max(offsets) < ends[-1]  # it did stop in mid-stream
    assert service.house.committed("declarations")[0] == len(offsets)
    assert offsets == set(range(len(offsets)))
    assert service.worker.log_lines()[-1]["event"] == "worker stopped"
