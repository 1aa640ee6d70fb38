"""What the verdicts go by sees what it is there to see."""

from typing import Any, NamedTuple

import orjson
import pytest

from stream_app.brokers.topics import Catalogue
from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import parse_pipeline
from stream_app.state.manifest import Manifest, Seal
from stream_app.state.packing import Packed, Packer
from tests.chaos.records import EVERY, poisoned
from tests.chaos.uninterrupted import Uninterrupted, parts_that_differ, uninterrupted
from tests.support.broker import TOPICS_FILE
from tests.support.ledger import Ledger, difference
from tests.support.service_events import encoded, plain_declaration

PLACE = {"topic": "in", "partition": 1, "offset": 7}
CATALOGUE = Catalogue.load(TOPICS_FILE)
SMALL = parse_pipeline("[non_compliance]\nmax_keys = 1000\n[critical]\nmax_keys = 1000\n[feedback]\nkeep_items = 2048\nmax_patterns = 80\n")


def assessed(*outputs: tuple[str, int]) -> Ledger:
    """Assessments of one record: an id, and a score that is all there is in the body."""
    ledger = Ledger()
    for event_id, score in outputs:
        ledger.add("assessments", orjson.dumps({"source": PLACE, "score": score}), [("ce_id", event_id.encode())])
    return ledger


def test_the_same_output_again_is_no_difference() -> None:
    again = assessed(("A", 1), ("A", 1))
    assert difference(again, assessed(("A", 1))) == (0, 0, 0, 0)
    assert again.repeated == 1


def test_an_output_that_is_missing_is_lost_and_one_too_many_is_invented() -> None:
    assert difference(Ledger(), assessed(("A", 1))) == (1, 0, 0, 0)
    assert difference(assessed(("A", 1)), Ledger()) == (0, 1, 0, 0)


def test_a_repetition_with_another_score_or_another_id_is_seen() -> None:
    assert difference(assessed(("A", 1), ("A", 2)), assessed(("A", 1))) == (0, 0, 1, 0)
    assert difference(assessed(("A", 1), ("B", 1)), assessed(("A", 1))) == (0, 0, 0, 1)


def test_a_receipt_and_a_dead_letter_belong_to_the_record_that_they_answer() -> None:
    ledger = Ledger()
    ledger.add("receipts", orjson.dumps(PLACE | {"status": "rejected"}), [("ce_id", b"r")])
    why = [("__streams.errors.topic", b"in"), ("__streams.errors.partition", b"1"), ("__streams.errors.offset", b"7")]
    ledger.add("declarations_dlq", None, why)
    place = ("in", 1, 7)
    assert ledger.answered["in"] == 1
    assert ledger.outputs["receipts"].keys() == ledger.outputs["declarations_dlq"].keys() == {place}


class Sent(NamedTuple):
    """A record as kafka-python gives it."""

    offset: int
    value: bytes
    topic: str = CATALOGUE["declarations"].name
    partition: int = 0
    timestamp: int = 1_780_000_000_000
    key: bytes = b"T-1"
    headers: Any = tuple(headers(TYPES["declarations"], "test", "e"))


@pytest.fixture(scope="module")
def run() -> Uninterrupted:
    declared = [encoded(plain_declaration(f"D-{number}", lodged_at="2026-05-28T12:00:00+00:00")) for number in range(5)]
    return uninterrupted([Sent(offset, value) for offset, value in enumerate([*declared, b"{"])], SMALL, CATALOGUE, 1)


def test_a_checkpoint_is_compared_with_the_state_behind_the_records_that_it_has(run: Uninterrupted) -> None:
    declared = [encoded(plain_declaration(f"D-{number}", lodged_at="2026-05-28T12:00:00+00:00")) for number in range(5)]
    records, topic = [Sent(offset, value) for offset, value in enumerate([*declared, b"{"])], CATALOGUE["declarations"].name
    short = uninterrupted(records, SMALL, CATALOGUE, 1, {0: {topic: 4}})
    assert (run.behind, short.behind) == (0, 2)
    assert difference(short.ledger, run.ledger) == (0, 0, 0, 0)
    assert short.states[0] != run.states[0]
    first_four = uninterrupted(records[:4], SMALL, CATALOGUE, 1)
    assert short.states[0] == first_four.states[0]


def test_the_uninterrupted_run_answers_every_record(run: Uninterrupted) -> None:
    assert {alias: len(held) for alias, held in run.ledger.outputs.items() if alias != "alerts"} == {
        "assessments": 5,
        "receipts": 6,
        "declarations_dlq": 1,
        "outcomes_dlq": 0,
    }


def test_state_that_learned_one_record_more_differs(run: Uninterrupted) -> None:
    once = manifest(run.states[0])
    assert parts_that_differ(once, run.states[0]) == []
    assert parts_that_differ(None, run.states[0]) == ["everything"]
    packer = Packer(Seal())
    assert parts_that_differ(once, packer.pack(packer.taken(Engine(SMALL), "live"))) != []


def manifest(state: Packed) -> Manifest:
    return Manifest(1, 0, 1, 0, 1, "w", "m", {}, {}, {}, 0.0, state.entries, state.small, state.small_bytes)


def test_one_record_in_a_hundred_is_poison_and_the_others_stay_in_their_order() -> None:
    good = [(b"T", str(number).encode()) for number in range(990)]
    sent = poisoned(good)
    assert [event for event in sent if event in set(good)] == good
    assert len(sent) == 1_000
    assert all(sent[number] not in set(good) for number in range(EVERY - 1, 1_000, EVERY))
