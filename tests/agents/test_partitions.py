import time

from stream_app.agents.intake import Record
from stream_app.agents.partitions import Partitions
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.engine.pipeline import Pipeline
from stream_app.metrics import Metrics
from tests.support.service_events import encoded, plain_declaration


def record(offset: int, topic: str = "declarations", partition: int = 0) -> Record:
    return Record(topic, partition, offset, 0.0, None, None, [])


def test_every_partition_has_an_engine_of_its_own_and_keeps_it() -> None:
    partitions = Partitions(Pipeline())
    assert partitions.engine(0) is partitions.engine(0)
    assert partitions.engine(0) is not partitions.engine(1)


def test_a_record_that_was_read_is_not_next_again_and_gaps_are_passed_over() -> None:
    partitions = Partitions(Pipeline())
    assert partitions.is_next(record(0))
    partitions.advance(record(7))
    assert not partitions.is_next(record(7))
    assert not partitions.is_next(record(3))
    assert partitions.is_next(record(8))
    assert partitions.is_next(record(100))


def test_positions_are_of_a_topic_and_a_partition() -> None:
    partitions = Partitions(Pipeline())
    partitions.advance(record(7))
    assert partitions.position("declarations", 0) == 8
    assert partitions.position("outcomes", 0) == partitions.position("declarations", 1) == 0
    assert partitions.is_next(record(0, "outcomes"))


def test_partitions_of_others_are_forgotten_and_ours_kept() -> None:
    partitions = Partitions(Pipeline())
    mine, theirs = partitions.engine(0), partitions.engine(1)
    for number in (0, 1):
        partitions.advance(record(5, partition=number))
    partitions.keep_only([0])
    assert partitions.engine(0) is mine
    assert partitions.position("declarations", 0) == 6
    assert partitions.engine(1) is not theirs
    assert partitions.position("declarations", 1) == 0


def test_a_forgotten_partition_starts_anew() -> None:
    partitions = Partitions(Pipeline())
    engine = partitions.engine(0)
    partitions.advance(record(5))
    partitions.advance(record(5, "outcomes"))
    partitions.forget(0)
    assert partitions.engine(0) is not engine
    assert partitions.position("declarations", 0) == partitions.position("outcomes", 0) == 0


def test_sizes_are_summed_over_the_partitions() -> None:
    partitions, metrics = Partitions(Pipeline()), Metrics()
    for number in range(3):
        declaration = decode_declaration(encoded(plain_declaration(f"D-{number}")), Limits(), time.time())
        partitions.engine(number % 2).process(declaration)
    partitions.report(metrics)
    assert metrics.registry.get_sample_value("tidewaiter_keys_held", {"table": "awaiting_outcome"}) == 3
    assert metrics.registry.get_sample_value("tidewaiter_partitions_assigned") == 2
