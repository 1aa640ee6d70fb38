"""Checkpoints on a real broker: torn by a kill, handed over, fenced. Whatever happens, every declaration is learned from once, in its order."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.engine.engine import Engine
from stream_app.settings import load_pipeline
from stream_app.state.manifest import MANIFEST, Key, Manifest, Seal
from stream_app.state.shelf import Shelf
from tests.support.broker import Broker
from tests.support.service_events import bodies, recent_world
from tests.support.service_worker import PATIENCE, House, Reader, Sender, Worker, eventually

pytestmark = pytest.mark.broker

OFTEN = {"TIDEWAITER_CHECKPOINT_SECONDS": "0.3", "TIDEWAITER_CHECKPOINT_SHARE": "1"}
SESSION = 3.0
"""Seconds. Tansu joins a group in about twice half of it."""


@dataclass
class Site:
    """A house, what was sent to it, and all that came of it."""

    house: House
    sender: Sender
    reader: Reader
    stack: ExitStack
    sent: int = 0
    shelves: dict[int, Shelf] = field(default_factory=dict)
    _looked_at: int = 0

    def worker(self, name: str, before: Sequence[str] = (), **more: str) -> Worker:
        settings = {"TIDEWAITER_WORKER_ID": name, "TIDEWAITER_SESSION_TIMEOUT_SECONDS": str(SESSION), **OFTEN, **more}
        return self.stack.enter_context(self.house.worker(before=before, **settings))

    def send(self, values: list[bytes]) -> None:
        """Each to the partition of its trader, all to the first where there is one."""
        waiting = []
        for value in values:
            trader = orjson.loads(value).get("importer_id") or "T"
            waiting.append(self.sender.later("declarations", value, trader.encode(), headers(TYPES["declarations"], "test", f"e-{self.sent}")))
            self.sent += 1
        for place in waiting:
            place()

    def records(self, alias: str) -> list[Any]:
        found: list[Any] = self.reader.records[self.house.catalogue[alias].name]
        return found

    def assessed(self) -> set[tuple[int, int]]:
        return {(a["source"]["partition"], a["source"]["offset"]) for a in self.assessments()}

    def assessments(self) -> list[dict[str, Any]]:
        return self.reader.documents(self.house.catalogue["assessments"].name)

    def until_assessed(self, count: int, seconds: float = PATIENCE) -> None:
        self.reader.until(self.house.catalogue["assessments"].name, lambda _: len(self.assessed()) >= count, seconds)
        assert len(self.assessed()) >= count

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        def looked() -> Any:
            self.reader.poll()
            return condition()

        found = eventually(looked, seconds)
        assert found
        return found

    def shelf(self, partition: int = 0) -> Shelf:
        """What the checkpoint topic holds, as far as it was read."""
        self.reader.poll()
        records = self.records("checkpoints")
        for record in records[self._looked_at :]:
            self.shelves.setdefault(record.partition, Shelf(record.partition, Seal())).put(record.key, record.value)
        self._looked_at = len(records)
        return self.shelves.setdefault(partition, Shelf(partition, Seal()))

    def manifests(self, partition: int = 0) -> list[Manifest]:
        """The latest term first."""
        return [found for found in self.shelf(partition).checkpoints() if isinstance(found, Manifest)]

    def learned(self, partition: int = 0) -> int:
        """Declarations that the last checkpoint has."""
        found = self.manifests(partition)
        return found[0].inputs[self.house.catalogue["declarations"].name] if found else 0

    def expected(self) -> dict[tuple[int, int], Any]:
        """By place, the items as one engine a partition assesses them that never stopped."""
        engines: dict[int, Engine] = {}
        found = {}
        for record in sorted(self.records("declarations"), key=lambda record: (record.partition, record.offset)):
            if record.partition not in engines:
                engines[record.partition] = Engine(load_pipeline())
            assessment = engines[record.partition].process(decode_declaration(record.value, Limits(), time.time())).assessment
            found[record.partition, record.offset] = assessment.assessment_id, orjson.loads(orjson.dumps(assessment.items))
        return found

    def check(self) -> None:
        """Nothing is lost, nothing learned twice: every assessment, repeated ones too, is that of the engine that never stopped."""
        self.reader.settle()
        expected, places = self.expected(), self.assessed()
        assert len(expected) == self.sent
        assert places == expected.keys()
        wrong = [
            (a["source"]["partition"], a["source"]["offset"])
            for a in self.assessments()
            if expected[a["source"]["partition"], a["source"]["offset"]] != (a["assessment_id"], a["items"])
        ]
        assert wrong == []


def open_site(broker: Broker, folder: Path, partitions: int) -> Iterator[Site]:
    house = House(broker, folder, partitions)
    with ExitStack() as stack:
        sender, reader = stack.enter_context(house.sender()), stack.enter_context(house.reader("assessments", "declarations", "checkpoints"))
        yield Site(house, sender, reader, stack)


@pytest.fixture
def site(broker: Broker, tmp_path: Path) -> Iterator[Site]:
    """One partition."""
    yield from open_site(broker, tmp_path, 1)


@pytest.fixture
def pair(broker: Broker, tmp_path: Path) -> Iterator[Site]:
    """Two partitions."""
    yield from open_site(broker, tmp_path, 2)


def chunks_behind_the_manifest(site: Site) -> int:
    """Chunks on the topic, not taken away, that came after the last manifest: a checkpoint under way, or torn."""
    site.shelf()
    behind: set[Key] = set()
    for record in site.records("checkpoints"):
        key = Key.decoded(record.key)
        if key is None:
            continue
        if key.what == MANIFEST:
            behind.clear()
        elif record.value is not None:
            behind.add(key)
        else:
            behind.discard(key)
    return len(behind)


TORN = """
import asyncio, os, runpy, sys
from stream_app.state.manifest import MANIFEST
from stream_app.state.topic import CheckpointTopic

write = CheckpointTopic.write

async def torn(self, partition, records):
    records = list(records)
    if os.path.exists(os.environ["TEAR"]) and any(key.what == MANIFEST for key, _ in records):
        await asyncio.sleep(3_600)
    await write(self, partition, records)

CheckpointTopic.write = torn
sys.argv = ["tidewaiter", *sys.argv[4:]]
runpy.run_module("stream_app", run_name="__main__")
"""
"""In front of a worker's command: once the file is there, every checkpoint stops between its chunks and its manifest."""


def test_a_checkpoint_torn_by_a_kill_is_not_restored_and_the_last_whole_one_is(site: Site, tmp_path: Path) -> None:
    world = bodies(recent_world(41, 1_500, outcomes=False), "declarations")
    tear = tmp_path / "tear"
    site.send(world[:600])
    worker = site.worker("first", before=(sys.executable, "-c", TORN), TEAR=str(tear)).await_ready()
    site.until_assessed(600)
    site.until(lambda: site.learned() == 600)
    tear.touch()
    site.send(world[600:])
    site.until(lambda: chunks_behind_the_manifest(site) > 0)
    worker.kill()
    site.reader.settle()
    assert chunks_behind_the_manifest(site) > 0
    assert site.learned() == 600
    second = site.worker("first").await_ready()
    restored = [line["inputs"] for line in second.log_lines() if line["event"] == "checkpoint restored"]
    declarations = site.house.catalogue["declarations"].name
    assert [inputs[declarations] for inputs in restored if declarations in inputs] == [600]  # the containers' are another checkpoint
    site.until_assessed(site.sent)
    site.check()
    site.until(lambda: site.learned() == site.sent)
    assert chunks_behind_the_manifest(site) == 0  # what was torn is taken away


def test_offsets_wait_for_the_checkpoint_that_a_worker_told_to_stop_leaves(site: Site) -> None:
    world = bodies(recent_world(42, 1_200, outcomes=False), "declarations")
    site.send(world[:900])
    seldom = {"TIDEWAITER_CHECKPOINT_SECONDS": "600"}
    first = site.worker("first", **seldom).await_ready()
    site.until_assessed(900)
    time.sleep(2.0)  # Faust commits every second
    assert site.house.committed("declarations") == [None]
    assert first.stop() == 0
    assert site.house.committed("declarations") == [900]
    site.until(lambda: site.learned() == 900)
    second = site.worker("first", **seldom).await_ready()
    read_again = [line["topics"] for line in second.log_lines() if line["event"] == "state restored from the log"]
    assert site.house.catalogue["declarations"].name not in {topic for topics in read_again for topic in topics}
    site.send(world[900:])
    site.until_assessed(1_200)
    site.check()
    assert len(site.assessments()) == 1_200


def test_a_partition_goes_to_another_worker_and_back_with_all_that_was_learned(pair: Site) -> None:
    world = bodies(recent_world(45, 1_500, outcomes=False), "declarations")
    pair.send(world[:500])
    first = pair.worker("first").await_ready()
    pair.until_assessed(500)
    second = pair.worker("second")
    pair.send(world[500:700])
    second.await_ready()
    assert eventually(lambda: second.metric("tidewaiter_partitions_assigned") + first.metric("tidewaiter_partitions_assigned") >= 1)
    pair.send(world[700:1_000])
    pair.until_assessed(1_000)
    assert second.stop() == 0
    pair.send(world[1_000:])
    pair.until_assessed(1_500)
    pair.check()


def test_a_worker_paused_past_its_session_cannot_write_over_its_successor(pair: Site) -> None:
    world = bodies(recent_world(46, 1_600, outcomes=False), "declarations")
    paused = pair.worker("paused").await_ready()
    pair.send(world[:400])
    pair.until_assessed(400)
    heir = pair.worker("heir").await_ready()
    pair.send(world[400:600])
    pair.until_assessed(600)
    pair.send(world[600:700])
    os.kill(paused.process.pid, signal.SIGSTOP)  # with records in hand, and a checkpoint due
    pair.send(world[700:1_000])
    pair.until_assessed(1_000)
    pair.until(lambda: pair.learned(0) + pair.learned(1) == 1_000)
    assert {pair.manifests(number)[0].worker for number in (0, 1)} == {"heir"}
    os.kill(paused.process.pid, signal.SIGCONT)
    pair.send(world[1_000:1_300])
    pair.until_assessed(1_300)
    # Tansu never lets a group go on whose leader dies between joining and sharing out: the kill waits until both have their partition
    assert eventually(lambda: [each.metric("tidewaiter_partitions_assigned") for each in (paused, heir)] == [1, 1])
    os.kill(heir.process.pid, signal.SIGKILL)
    pair.send(world[1_300:])
    pair.until_assessed(1_600)
    pair.check()
