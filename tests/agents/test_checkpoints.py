"""Who writes checkpoints when, and what a restore takes, on a real broker; the group is one that says what it is told to."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stream_app.agents.checkpoints import Checkpoints, Offsets, Pace
from stream_app.agents.intake import Record
from stream_app.agents.outbox import Message, Outbox
from stream_app.agents.partitions import Partitions
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.engine.pipeline import Pipeline
from stream_app.metrics import Metrics
from stream_app.state.errors import FencedError
from stream_app.state.manifest import Manifest, Seal, Term
from stream_app.state.topic import CheckpointTopic
from tests.support.broker import PATIENCE, Broker
from tests.support.service_events import encoded, plain_declaration
from tests.support.service_worker import House

pytestmark = pytest.mark.broker


@dataclass
class Group:
    """`accepts`: whether the broker takes offsets from this worker."""

    generation: int = 1
    is_member: bool = True
    accepts: bool = True
    committed: list[Offsets] = field(default_factory=list)

    async def commit(self, offsets: Offsets) -> bool:
        if self.accepts and offsets:
            self.committed.append(offsets)
        return self.accepts


class Worker:
    """The parts of a worker that checkpoints are about."""

    def __init__(self, house: House, name: str, generation: int = 1, key: bytes = b"", seconds: float = 0.1) -> None:
        self.metrics, self.group, self.partitions = Metrics(), Group(generation), Partitions(Pipeline(), worker_id=name)
        self.declarations = house.catalogue["declarations"].name
        self.topic = CheckpointTopic(house.connection.aiokafka(), house.catalogue["checkpoints"].name)
        pace = Pace(seconds, share=1.0)
        self.checkpoints = Checkpoints(self.topic, self.partitions, [self.declarations], self.group, name, pace, Seal(key), self.metrics)

    def learn(self, count: int) -> None:
        """So many more declarations of partition 0."""
        begin = self.partitions.position(self.declarations, 0)
        for offset in range(begin, begin + count):
            self.partitions.engine(0).process(decode_declaration(encoded(plain_declaration(f"D-{offset}")), Limits(), time.time()))
            self.partitions.advance(Record(self.declarations, 0, offset, 0.0, None, None, []))

    def position(self) -> int:
        return self.partitions.position(self.declarations, 0)

    async def manifests(self) -> list[Manifest]:
        shelf = await self.topic.read(0, "test", 0, Seal())
        return [found for found in shelf.checkpoints() if isinstance(found, Manifest)]


def run(house: House, work: Callable[[Callable[..., Worker]], Coroutine[Any, Any, None]]) -> None:
    """`work` is given what makes workers."""

    async def whole() -> None:
        made: list[Worker] = []

        def worker(*of: Any, **more: Any) -> Worker:
            made.append(Worker(house, *of, **more))
            return made[-1]

        try:
            await asyncio.wait_for(work(worker), PATIENCE)
        finally:
            for one in made:
                await one.checkpoints.stop()

    asyncio.run(whole())


@pytest.fixture
def house(broker: Broker, tmp_path: Path) -> House:
    return House(broker, tmp_path, partitions=1)


def test_the_next_owner_goes_on_where_the_last_checkpoint_was(house: House) -> None:
    async def work(worker: Callable[..., Worker]) -> None:
        first, second = worker("first"), worker("second", generation=2)
        assert not await first.checkpoints.restore(0)
        first.learn(20)
        await first.checkpoints.write(0)
        assert first.group.committed[-1] == {(first.declarations, 0): 20}
        first.learn(5)
        assert await second.checkpoints.restore(0)
        assert second.position() == 20
        second.learn(5)
        assert second.partitions.engine(0).sizes() == first.partitions.engine(0).sizes()
        await second.checkpoints.write(0)
        (manifest,) = await second.manifests()  # the one of the term before is taken away
        assert (manifest.term, manifest.worker, manifest.inputs) == (Term(0, 2), "second", {first.declarations: 25})

    run(house, work)


def test_late_writes_of_an_earlier_owner_change_nothing(house: House) -> None:
    async def work(worker: Callable[..., Worker]) -> None:
        paused, heir, third = worker("paused", generation=1), worker("heir", generation=2), worker("third", generation=3)
        await paused.checkpoints.restore(0)
        paused.learn(10)
        await paused.checkpoints.write(0)
        await heir.checkpoints.restore(0)
        heir.learn(10)
        await heir.checkpoints.write(0)
        paused.learn(3)
        await paused.checkpoints.write(0)  # as a broker would let it that has not noticed yet
        assert await third.checkpoints.restore(0)
        assert third.position() == 20

    run(house, work)


def test_a_worker_that_the_broker_does_not_know_writes_no_manifest(house: House) -> None:
    async def work(worker: Callable[..., Worker]) -> None:
        one = worker("one")
        await one.checkpoints.restore(0)
        one.learn(10)
        await one.checkpoints.write(0)
        one.learn(10)
        for said in ("accepts", "is_member"):
            setattr(one.group, said, False)
            with pytest.raises(FencedError):
                await one.checkpoints.write(0)
            setattr(one.group, said, True)
        assert [manifest.inputs[one.declarations] for manifest in await one.manifests()] == [10]
        await one.checkpoints.write(0)
        assert [manifest.inputs[one.declarations] for manifest in await one.manifests()] == [20]

    run(house, work)


def test_the_manifest_waits_for_what_came_of_the_records(house: House) -> None:
    class Slow:
        """Acknowledges when told to."""

        def __init__(self) -> None:
            self.delivery: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def send(self, *_: Any) -> asyncio.Future[None]:
            return self.delivery

    async def work(worker: Callable[..., Worker]) -> None:
        one, producer = worker("one"), Slow()
        await one.checkpoints.restore(0)
        outbox = one.checkpoints.outboxes["declarations"] = Outbox(producer)
        one.learn(10)
        await outbox.post([Message("assessments", b"k", b"v", [])])
        writing = asyncio.create_task(one.checkpoints.write(0))
        await asyncio.sleep(0.5)
        assert not writing.done()
        assert await one.manifests() == []
        assert one.group.committed == []
        one.learn(5)  # the stream goes on
        producer.delivery.set_result(None)
        await outbox.settle()
        await writing
        assert [manifest.inputs[one.declarations] for manifest in await one.manifests()] == [10]
        assert one.group.committed == [{(one.declarations, 0): 10}]

    run(house, work)


def test_a_partition_that_stays_in_another_generation_is_written_anew(house: House) -> None:
    async def work(worker: Callable[..., Worker]) -> None:
        one = worker("one", generation=4)
        await one.checkpoints.restore(0)
        one.learn(10)
        await one.checkpoints.write(0)
        one.group.generation = 5
        one.checkpoints.renew(0)
        one.learn(1)
        await one.checkpoints.write(0)
        (manifest,) = await one.manifests()
        assert (manifest.term, manifest.inputs) == (Term(0, 5), {one.declarations: 11})
        other = worker("other", generation=6)
        assert await other.checkpoints.restore(0)
        assert other.position() == 11

    run(house, work)


def test_with_another_key_nothing_is_taken(house: House) -> None:
    async def work(worker: Callable[..., Worker]) -> None:
        one, other = worker("one", key=b"secret"), worker("other", generation=2, key=b"guess")
        await one.checkpoints.restore(0)
        one.learn(3)
        await one.checkpoints.write(0)
        assert not await other.checkpoints.restore(0)
        assert other.position() == 0
        assert other.metrics.registry.get_sample_value("tidewaiter_checkpoints_unusable_total", {"reason": "torn"}) == 1

    run(house, work)


def test_in_the_background_they_come_with_the_records_and_not_without(house: House) -> None:
    async def work(worker: Callable[..., Worker]) -> None:
        one = worker("one")
        await one.checkpoints.restore(0)
        background = asyncio.create_task(one.checkpoints.run())
        written = lambda: one.metrics.registry.get_sample_value("tidewaiter_checkpoints_total", {"result": "written"}) or 0  # noqa: E731
        for count in (1, 2):
            one.learn(5)
            while written() < count:
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.6)
            assert written() == count
        background.cancel()
        assert (one.metrics.registry.get_sample_value("tidewaiter_checkpoint_seconds_total") or 0) > 0.0

    run(house, work)


def test_one_that_is_hastened_does_not_wait_for_its_time_and_comes_once(house: House) -> None:
    async def work(worker: Callable[..., Worker]) -> None:
        one = worker("one", seconds=600.0)
        await one.checkpoints.restore(0)
        background = asyncio.create_task(one.checkpoints.run())
        one.learn(5)
        await asyncio.sleep(0.5)
        assert not one.group.committed
        one.checkpoints.hasten()
        while not one.group.committed:
            await asyncio.sleep(0.05)
        one.learn(5)
        await asyncio.sleep(0.5)
        assert one.group.committed == [{(one.declarations, 0): 5}]
        background.cancel()

    run(house, work)


def test_all_checkpoints_of_a_worker_together_keep_to_their_share() -> None:
    pace = Pace(share=0.03)
    assert pace.pause("0", 0.3) == pytest.approx(10.0)  # 0.3 s in 10 s are 3 %
    assert pace.pause("movements-0", 0.6) == pytest.approx(30.0)  # 0.3 and 0.6 s in 30 s
    assert pace.pause("0", 0.9) == pytest.approx(50.0)
