import time
from typing import Any

import msgspec
import pytest

from stream_app.agents.intake import Record
from stream_app.agents.partitions import Partitions
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from stream_app.engine.settings.learning import ChallengersSection
from stream_app.metrics import Metrics
from stream_app.state.errors import RefusedError
from stream_app.state.manifest import Manifest, Seal
from stream_app.state.packing import Packer, unpacked
from stream_app.state.shelf import Restored
from tests.support.instruments import outcome
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


TOPICS = ("declarations", "outcomes")


def learned(pipeline: Pipeline | None = None, challenger: Pipeline | None = None) -> Partitions:
    """One declaration in partition 3, of offset 6."""
    partitions = Partitions(pipeline or Pipeline(), challenger=challenger, worker_id="w")
    declaration = decode_declaration(encoded(plain_declaration("D-1")), Limits(), time.time())
    partitions.engine(3).process(declaration)
    partitions.advance(record(6, partition=3)._replace(timestamp=1_700_000_000.0))
    return partitions


def checkpoint(partitions: Partitions, **changes: Any) -> Restored:
    """Of partition 3, as it comes back."""
    packer = Packer(Seal())
    snapshot, about = partitions.taken(3, packer)
    packed = packer.pack(snapshot)
    made = Manifest(1, 3, about.partitions, 0, 1, *about[1:], 0.0, packed.entries, packed.small, packed.small_bytes)
    return Restored(msgspec.structs.replace(made, **changes), unpacked(made, packed.chunks.__getitem__))


def test_a_partition_goes_on_from_a_checkpoint() -> None:
    first, second = learned(), Partitions(Pipeline())
    second.adopt(3, checkpoint(first), TOPICS)
    assert second.position("declarations", 3) == 7
    assert second.reached("declarations", 3) == 1_700_000_000.0
    assert not second.is_next(record(6, partition=3))
    following = decode_declaration(encoded(plain_declaration("D-2")), Limits(), time.time())
    assert second.engine(3).process(following) == first.engine(3).process(following)


@pytest.mark.parametrize("changed", ["[profiles]\nhalf_life_days = 90", "[detectors.mass]\nenabled = false", "[p_values]\nwindow = 1000"])
def test_a_checkpoint_that_other_settings_learned_is_refused_with_both_models(changed: str) -> None:
    other = Partitions(parse_pipeline(changed))
    with pytest.raises(RefusedError, match="other settings") as refused:
        other.adopt(3, checkpoint(learned()), TOPICS)
    assert refused.value.code == "other_settings"
    assert Pipeline().version() in str(refused.value)
    assert not other.has(3)


@pytest.mark.parametrize(
    "changed",
    ["[selection]\nbudget = 0.05", "[severity]\nhigh = 0.005", "[detectors.mass]\nweight = 2", '[selection.offices]\n"30" = { per_day = 40 }'],
)
def test_settings_that_only_decide_go_on_from_it(changed: str) -> None:
    other = Partitions(parse_pipeline(changed))
    other.adopt(3, checkpoint(learned()), TOPICS)
    assert other.position("declarations", 3) == 7


def test_a_new_challenger_is_no_part_of_it_and_one_that_is_gone_is_left_out() -> None:
    champion_alone, both = learned(), learned(challenger=Pipeline())
    with pytest.raises(RefusedError, match="shadow"):
        Partitions(Pipeline(), challenger=Pipeline()).adopt(3, checkpoint(champion_alone), TOPICS)
    alone = Partitions(Pipeline())
    alone.adopt(3, checkpoint(both), TOPICS)
    assert alone.position("declarations", 3) == 7


def test_a_checkpoint_of_other_topics_or_of_parts_that_nobody_keeps_is_refused() -> None:
    partitions = Partitions(Pipeline())
    with pytest.raises(RefusedError, match="other input topics"):
        partitions.adopt(3, checkpoint(learned(), inputs={"elsewhere": 7}), TOPICS)
    found = checkpoint(learned())
    with pytest.raises(RefusedError, match="does not fit"):
        partitions.adopt(3, found._replace(snapshot=found.snapshot | {"live/extra": b"1"}), TOPICS)
    assert not partitions.has(3)


def test_forests_begin_anew_behind_a_checkpoint_and_it_is_told() -> None:
    pipeline, metrics = Pipeline(challengers=ChallengersSection(sample=1.0, trees=1)), Metrics()
    first, second = learned(pipeline), Partitions(pipeline)
    first.engine(3).learn_outcome(outcome("D-1", 0.0))
    second.adopt(3, checkpoint(first), TOPICS)
    first.report(metrics)
    value = metrics.registry.get_sample_value
    assert (value("tidewaiter_forest_items"), value("tidewaiter_forests_begun_anew", {"why": "restored"})) == (1, 0)
    second.report(metrics)
    assert (value("tidewaiter_forest_items"), value("tidewaiter_forests_begun_anew", {"why": "restored"})) == (0, 1)
    assert value("tidewaiter_forests", {"maturity": "cold"}) == 1
