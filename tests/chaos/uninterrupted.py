"""The run that nothing interrupts: the service's handlers over what the input topics hold, one partition after the other, without Kafka."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from typing import Any

from stream_app.agents.breaker import RefusalBreaker
from stream_app.agents.declarations import Declarations
from stream_app.agents.intake import Handler, Intake, Record
from stream_app.agents.outcomes import Outcomes
from stream_app.agents.partitions import Partitions
from stream_app.brokers.topics import Catalogue
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.settings.intake import Breaker
from stream_app.metrics import Metrics
from stream_app.state.manifest import Entry, Manifest, Seal
from stream_app.state.packing import Packed, Packer
from tests.support.ledger import ORIGINS, Ledger

NEVER = Breaker(in_a_row=1_000_000, share=1.0)
INPUTS = ("declarations", "outcomes")


@dataclass
class Uninterrupted:
    """What should have come out, and what should have been learned, by partition. `behind`: records that the checkpoints do not have."""

    ledger: Ledger
    states: dict[int, Packed]
    behind: int = 0


Offsets = Mapping[str, int]
"""The next one, by topic."""


def uninterrupted(
    records: Iterable[Any], pipeline: Pipeline, catalogue: Catalogue, count: int, checkpoints: Mapping[int, Offsets] | None = None
) -> Uninterrupted:
    """`records`: all of the input topics, as kafka-python gives them; of `count` partitions. A partition's state is the one at its checkpoint, where
    one is given: a worker that could not hand over in time is no fault, for the next one goes on from there. One engine at a time is in memory."""
    found = Uninterrupted(Ledger(), {})
    by_partition: dict[int, list[Record]] = {}
    for record in records:
        by_partition.setdefault(record.partition, []).append(_record(record))
    for number, held in sorted(by_partition.items()):
        found.states[number] = _partition(number, held, pipeline, catalogue, count, found.ledger)
        had = [record for record in held if checkpoints is None or record.offset < checkpoints[number].get(record.topic, 0)]
        if len(had) < len(held):
            found.behind += len(held) - len(had)
            found.states[number] = _partition(number, had, pipeline, catalogue, count, Ledger())
    return found


def _record(record: Any) -> Record:
    return Record(record.topic, record.partition, record.offset, record.timestamp / 1000.0, record.key, record.value, list(record.headers))


def _partition(number: int, records: list[Record], pipeline: Pipeline, catalogue: Catalogue, count: int, ledger: Ledger) -> Packed:
    partitions, metrics, limits = Partitions(pipeline), Metrics(), pipeline.record_limits()
    partitions.count = count
    handlers: dict[str, Handler] = {"declarations": Declarations(partitions, limits, metrics), "outcomes": Outcomes(partitions, limits, metrics)}
    topics = {catalogue[kind].name: Intake(kind, handlers[kind], catalogue, metrics, RefusalBreaker(kind, NEVER)) for kind in INPUTS}
    outputs = {catalogue[alias].name: alias for alias in ORIGINS}
    for record in _in_their_order(records, list(topics)):
        for message in topics[record.topic].process(record):
            if message.topic in outputs:
                ledger.add(outputs[message.topic], message.value, message.headers)
        partitions.advance(record)
    packer = Packer(Seal())
    return packer.pack(partitions.taken(number, packer)[0])


def _in_their_order(records: list[Record], topics: list[str]) -> Iterator[Record]:
    """Each topic's by offset, the topics' by the time they were sent: outcomes behind the declarations that were there before them."""
    queues = [sorted((record for record in records if record.topic == topic), key=lambda record: record.offset) for topic in topics]
    return merge(*queues, key=lambda record: record.timestamp)


def parts_that_differ(found: Manifest | None, expected: Packed) -> list[str]:
    """Paths of learned state that are not what they should be, to the byte; "everything" where nothing was found."""
    if found is None:
        return ["everything"]
    here, wanted = _by_path(found.entries), _by_path(expected.entries)
    differ = [path for path in sorted(here.keys() | wanted.keys()) if here.get(path) != wanted.get(path)]
    return differ + ["small parts"] * (found.small != expected.small)


def _by_path(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.path: entry for entry in entries}
