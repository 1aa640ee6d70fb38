"""One record in, everything to produce for it out; with the real engine behind it."""

import gc
import logging
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from stream_app.agents.breaker import BreakerTrippedError, RefusalBreaker
from stream_app.agents.declarations import Declarations
from stream_app.agents.intake import Answer, Intake, LatestTime, Record, judged_at
from stream_app.agents.outbox import Message
from stream_app.agents.outcomes import Outcomes
from stream_app.agents.partitions import Partitions
from stream_app.brokers.topics import Catalogue
from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.decode import Limits
from stream_app.contracts.schemas import schema
from stream_app.detectors.features import Features
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.settings.intake import Breaker
from stream_app.metrics import Metrics
from stream_app.operations import configure_logging
from tests.support.broker import TOPICS_FILE
from tests.support.service_events import encoded, plain_declaration, plain_outcome

CATALOGUE = Catalogue.load(TOPICS_FILE)


class Desk:
    """Both intakes over the engines of one worker. Records are put in with rising offsets."""

    def __init__(self, breaker: Breaker | None = None) -> None:
        self.metrics = Metrics()
        self.partitions = Partitions(Pipeline())
        handlers: dict[str, Any] = {
            "declarations": Declarations(self.partitions, Limits(), self.metrics),
            "outcomes": Outcomes(self.partitions, Limits(), self.metrics),
        }
        self.intakes = {
            kind: Intake(kind, handler, CATALOGUE, self.metrics, RefusalBreaker(kind, breaker or Breaker())) for kind, handler in handlers.items()
        }
        self.offset = -1

    def put(self, kind: str, value: bytes | None, given: list[tuple[str, bytes]] | None = None, key: bytes | None = b"T-1") -> dict[str, Any]:
        """What came out, by the topic's alias; receipts as documents."""
        self.offset += 1
        messages = self.intakes[kind].process(Record(CATALOGUE[kind].name, 2, self.offset, time.time(), key, value, given or []))
        aliases = {topic.name: alias for alias, topic in CATALOGUE.items()}
        found: dict[str, Any] = {aliases[message.topic]: message for message in messages}
        assert len(found) == len(messages)
        receipt: Message = found["receipts"]
        return found | {"receipt": orjson.loads(receipt.value or b"")}

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


class BrokenDetector:
    """Raises at every turn, with a value in its text."""

    stage = 1
    keys_held = keys_forgotten = 0

    def score_one(self, x: Features) -> float:
        raise ZeroDivisionError(f"cannot judge {x.declaration.trader_id}")

    learn_one = explain_one = score_one


def test_a_good_declaration_gives_an_assessment_and_an_accepted_receipt() -> None:
    desk = Desk()
    out = desk.put("declarations", encoded(plain_declaration("D-1")), headers(TYPES["declarations"], "clearance", "id-1"))
    assert out.keys() == {"assessments", "receipts", "receipt"}
    assert schema("assessment.v1").faults(orjson.loads(out["assessments"].value)) == []
    assert (out["assessments"].key, out["receipts"].key) == (b"D-1", b"clearance")
    receipt = out["receipt"]
    assert (receipt["status"], receipt["event_id"], receipt["topic"], receipt["partition"], receipt["offset"]) == (
        "accepted", "id-1", CATALOGUE["declarations"].name, 2, 0,
    )  # fmt: skip
    assert desk.count("tidewaiter_events_total", topic="declarations", result="accepted") == 1


def test_the_same_record_read_twice_gives_results_with_the_same_ids() -> None:
    first, second = (Desk().put("declarations", encoded(plain_declaration("D-1"))) for _ in range(2))
    for alias in ("assessments", "receipts"):
        assert dict(first[alias].headers)["ce_id"] == dict(second[alias].headers)["ce_id"]


def test_a_refused_record_gives_a_dead_letter_and_a_receipt() -> None:
    desk = Desk()
    given = [("a", b"1"), ("a", b"2")]
    out = desk.put("declarations", b"{", given, key=None)
    letter = out["declarations_dlq"]
    assert (letter.key, letter.value, letter.original) == (None, b"{", True)
    assert list(letter.headers[:2]) == given
    assert dict(letter.headers)["__streams.errors.offset"] == b"0"
    assert out["receipt"]["status"] == "rejected"
    assert desk.count("tidewaiter_dead_letters_total", topic="declarations", reason="not_json") == 1


def test_a_failure_of_our_own_is_answered_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")

    def fail(record: Record, now: float) -> Answer:
        raise RuntimeError("quotes SECRET")

    intake = Intake("declarations", fail, CATALOGUE, Metrics(), RefusalBreaker("t", Breaker()))
    letter, receipt = intake.process(Record("t", 0, 0, time.time(), None, b"{}", []))
    why = dict(letter.headers)
    assert why["tidewaiter.error.code"] == b"internal"
    assert why["__streams.errors.exception"] == b"builtins.RuntimeError"
    written = capsys.readouterr().err
    for text in (repr(letter.headers), repr(receipt), written):
        assert "SECRET" not in text
    line = orjson.loads(written)
    assert line["exception"] == "RuntimeError"
    assert any("in fail" in frame for frame in line["traceback"])


def test_duplicates_do_not_trip_the_breaker() -> None:
    desk = Desk(Breaker(in_a_row=2, window=10))
    for _ in range(30):
        out = desk.put("declarations", encoded(plain_declaration("D-1")))
    assert out["receipt"]["status"] == "duplicate"


def test_the_refusal_that_trips_the_breaker_is_answered_and_seen_in_its_metric() -> None:
    desk = Desk(Breaker(in_a_row=2))
    for _ in range(2):
        desk.put("declarations", b"{")
    assert desk.intakes["declarations"].tripped is None
    assert desk.put("declarations", b"{")["receipt"]["status"] == "rejected"
    assert isinstance(desk.intakes["declarations"].tripped, BreakerTrippedError)
    assert desk.count("tidewaiter_breaker_tripped", topic="declarations") == 1


def test_an_outcome_is_learned_by_the_engine_of_its_partition() -> None:
    desk = Desk()
    desk.put("declarations", encoded(plain_declaration("D-1")))
    out = desk.put("outcomes", encoded(plain_outcome("R-1", "D-1")))
    assert (out["receipt"]["status"], out["receipt"]["note"]) == ("accepted", "learned")
    assert desk.put("outcomes", encoded(plain_outcome("R-1", "D-1")))["receipt"]["status"] == "duplicate"
    assert desk.partitions.engine(2).heads.non_compliance.outcomes == 1
    assert desk.partitions.engine(0).heads.non_compliance.outcomes == 0


def test_a_detector_that_raises_is_marked_counted_and_logged_once_and_the_others_vote(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    desk = Desk()
    panel = desk.partitions.engine(2).panel
    panel.detectors["mass"] = BrokenDetector()  # type: ignore[assignment]
    names = set(panel.detectors)
    for number in range(5):
        (item,) = orjson.loads(desk.put("declarations", encoded(plain_declaration(f"D-{number}")))["assessments"].value)["items"]
        assert item["failed"] == ["mass"]
        assert item["p_values"].keys() == names - {"mass"}
    assert desk.count("tidewaiter_detector_failures_total", detector="mass") >= 5
    written = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [line for line in written if line["event"] == "detector failed"]
    assert (line["detector"], line["exception"]) == ("mass", "ZeroDivisionError")
    assert any("in score_one" in frame for frame in line["traceback"])
    assert "T-1" not in repr(written)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Any:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    assert Path(TOPICS_FILE).is_file()


@pytest.mark.parametrize(
    ("sent_days_from_now", "judged_days_from_now"),
    [(-3.0, -3.0), (+3_650.0, 0.0), (-20_000.0, 0.0)],
    ids=["when it was sent", "a producer's clock far ahead", "a producer without timestamps"],
)
def test_times_are_judged_as_of_sending_unless_the_producers_clock_is_plainly_wrong(sent_days_from_now: float, judged_days_from_now: float) -> None:
    now, day = time.time(), 86_400.0
    record = Record("t", 0, 0, now + sent_days_from_now * day, None, b"", [])
    assert judged_at(record) == pytest.approx(now + judged_days_from_now * day, abs=5.0)


def test_a_clock_that_is_set_back_does_not_make_what_is_sent_now_come_from_the_future() -> None:
    said = iter([1_000_000.0, 1_000_060.0, 400_000.0, 1_000_120.0])
    latest = LatestTime(lambda: next(said))
    assert [latest() for _ in range(4)] == [1_000_000.0, 1_000_060.0, 1_000_060.0, 1_000_120.0]


def test_what_is_read_ahead_gives_what_it_gives_in_its_turn() -> None:
    """Good ones, one at fault, a tombstone and a repeated one; records that never get their turn are forgotten."""
    bodies = [encoded(plain_declaration(f"D-{number}")) for number in range(3)]
    values = [*bodies, b"{", None, bodies[0]]
    records = [Record(CATALOGUE["declarations"].name, 2, offset, time.time(), b"T-1", value, []) for offset, value in enumerate(values)]
    ahead, plain = Desk().intakes["declarations"], Desk().intakes["declarations"]
    ahead.read([*records, records[0]._replace(offset=99)])
    assert [ahead.process(record) for record in records] == [plain.process(record) for record in records]
    ahead.read([])
    assert ahead.process(records[1]._replace(offset=100)) == plain.process(records[1]._replace(offset=100))


def test_an_intake_that_cannot_read_ahead_is_not_asked_to() -> None:
    desk = Desk()
    record = Record(CATALOGUE["outcomes"].name, 2, 0, time.time(), b"T-1", b"{", [])
    desk.intakes["outcomes"].read([record])
    letter, receipt = desk.intakes["outcomes"].process(record)
    assert letter.value == b"{"
    assert orjson.loads(receipt.value or b"")["status"] == "rejected"


def test_a_refused_record_that_was_read_ahead_is_not_held_until_the_collector_of_cycles_comes() -> None:
    desk, body = Desk(), b"no JSON" * 100
    record = Record(CATALOGUE["declarations"].name, 2, 0, time.time(), b"T-1", body, [])
    gc.disable()
    try:
        held_before = sys.getrefcount(body)
        desk.intakes["declarations"].read([record])
        messages = desk.intakes["declarations"].process(record)
        assert [message.value for message in messages if message.original] == [body]
        del messages
        assert sys.getrefcount(body) == held_before
    finally:
        gc.enable()
