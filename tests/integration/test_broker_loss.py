"""One broker of three is killed in mid-stream: everything that was accepted is answered, and learned from once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from tests.integration.test_restart import uninterrupted
from tests.support.apache_kafka import ApacheKafka
from tests.support.service_events import bodies, recent_world
from tests.support.service_worker import House, Reader, eventually

pytestmark = pytest.mark.broker

SENT = 4_000


def leader(house: House, name: str) -> int:
    """The node that leads partition 0 of a topic."""
    with KafkaAdminClient(**house.connection.kafka_python()) as admin:
        partitions = eventually(lambda: admin.describe_topics([name])[0]["partitions"])  # none, where a node has not heard of it yet
    return int(partitions[0]["leader_id"])


@dataclass
class Outputs:
    """What came of the declarations of one partition."""

    house: House
    reader: Reader

    def of(self, alias: str) -> list[dict[str, Any]]:
        return self.reader.documents(self.house.catalogue[alias].name)

    def until_assessed(self, count: int) -> None:
        self.reader.until(self.house.catalogue["assessments"].name, lambda records: len(records) >= count)

    def until_answered(self, offsets: set[int]) -> None:
        self.reader.until(self.house.catalogue["receipts"].name, lambda _: {r["offset"] for r in self.of("receipts")} >= offsets)


@pytest.mark.parametrize("topic", ["declarations", "__consumer_offsets"], ids=["leader of the declarations", "coordinator of the group"])
def test_a_broker_killed_in_mid_stream_loses_nothing_and_nothing_is_learned_twice(apache_quorum: ApacheKafka, tmp_path: Path, topic: str) -> None:
    house = House(apache_quorum, tmp_path, replication_factor=3)
    names = {alias: house.catalogue[alias].name for alias in house.catalogue}
    with house.sender() as sender, house.reader("declarations", "assessments", "receipts") as reader, house.worker() as worker:
        outputs = Outputs(house, reader)
        worker.await_ready()
        victim = leader(house, names.get(topic, topic))
        world = bodies(recent_world(61, SENT, outcomes=False), "declarations")
        places = [sender.later("declarations", body) for body in world[: SENT // 2]]
        outputs.until_assessed(SENT // 8)
        apache_quorum.kill(victim)
        assessed_before = len(outputs.of("assessments"))
        places += [sender.later("declarations", body) for body in world[SENT // 2 :]]
        accepted = {place()[1] for place in places}
        outputs.until_answered(accepted)
        reader.settle()

        assert assessed_before < SENT // 2  # it was in mid-stream
        assert len(accepted) == SENT
        assert worker.process.poll() is None, worker.log_text()
        log = {record.offset: record.value for record in reader.records[names["declarations"]]}
        assert log.keys() >= accepted
        expected = uninterrupted(("declarations", log[offset]) for offset in sorted(log))
        assessments = outputs.of("assessments")
        assert {(a["declaration_id"], a["version"]) for a in assessments} == expected.keys()
        for assessment in assessments:
            assert assessment["items"] == expected[assessment["declaration_id"], assessment["version"]]
        by_offset = {(a["source"]["offset"], a["assessment_id"]) for a in assessments}
        assert len(by_offset) == len({offset for offset, _ in by_offset}) == len({name for _, name in by_offset}) == SENT
        receipts = {(r["offset"], r["receipt_id"], r["status"]) for r in outputs.of("receipts")}
        assert len(receipts) == len({offset for offset, _, _ in receipts}) == len(log)
