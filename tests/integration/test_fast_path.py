"""The fast path and Faust's own, one after the other on the same partitions: every assessment is that of an engine that never stopped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream_app.contracts.cloudevents import TYPES, headers
from tests.integration.test_checkpoints import Site, open_site
from tests.support.broker import Broker
from tests.support.service_events import bodies, recent_world

pytestmark = pytest.mark.broker

SENT = 500


@pytest.fixture
def pair(apache_broker: Broker, tmp_path: Path) -> Iterator[Site]:
    yield from open_site(apache_broker, tmp_path, 2)


def test_workers_on_either_path_take_over_from_one_another(pair: Site) -> None:
    world = bodies(recent_world(53, 3 * SENT, outcomes=False), "declarations")
    stock = pair.worker("stock", TIDEWAITER_FAST_PATH="false").await_ready()
    pair.send(world[:SENT])
    pair.until_assessed(SENT // 3)
    fast = pair.worker("fast", TIDEWAITER_FAST_PATH="true").await_ready()
    pair.send(world[SENT : 2 * SENT])
    pair.until_assessed(4 * SENT // 3)
    assert stock.stop() == 0
    pair.send(world[2 * SENT :])
    pair.until_assessed(3 * SENT)
    pair.check()
    # What is acknowledged record by record moves the group's offset to the end, on either path.
    movement = b'{"movement": "refused, and acknowledged"}'
    ends = {pair.sender.raw("movements", movement, b"%d" % number, headers(TYPES["movements"], "test", f"m-{number}")) for number in range(20)}
    wanted = {number: max(offset for partition, offset in ends if partition == number) + 1 for number in {partition for partition, _ in ends}}
    pair.until(lambda: {number: pair.house.committed("movements")[number] for number in wanted} == wanted)
    assert fast.stop() == 0
