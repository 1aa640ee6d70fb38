"""A worker that was stopped, or killed, goes on as if nothing had been: the same scores, nothing lost, nothing learned twice."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.outcome import decode_outcome
from stream_app.engine.engine import Engine
from stream_app.settings import load_pipeline
from tests.integration.conftest import Service
from tests.support.service_events import bodies, encoded, plain_declaration, recent_world
from tests.support.service_worker import PATIENCE, House, Reader, Sender, Worker

pytestmark = pytest.mark.broker

REFUSED = plain_declaration("REFUSED-BY-TYPE", importer_id="T-REFUSED")
KILLED = 4_000


def uninterrupted(events: Iterable[tuple[str, bytes]]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """The items as one engine assesses them that never stopped, by (declaration, version)."""
    engine, limits, now = Engine(load_pipeline()), Limits(), time.time()
    found = {}
    for kind, body in events:
        if kind == "outcomes":
            engine.learn_outcome(decode_outcome(body, limits, now))
            continue
        assessment = engine.process(decode_declaration(body, limits, now)).assessment
        found[assessment.declaration_id, assessment.version] = orjson.loads(orjson.dumps(assessment.items))
    return found


@dataclass
class Run:
    """What was sent to a house, in its order, and all that came of it. `besides` counts records that teach nothing: repeated and refused ones."""

    house: House
    sender: Sender
    reader: Reader
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    besides: int = 0
    restored: float = 0.0
    _answered: set[tuple[str, int]] = field(default_factory=set)
    _looked_at: int = 0

    def answered(self) -> int:
        """Records that have a receipt."""
        receipts = self.reader.documents(self.house.catalogue["receipts"].name)
        self._answered |= {(r["topic"], r["offset"]) for r in receipts[self._looked_at :]}
        self._looked_at = len(receipts)
        return len(self._answered)

    def send(self, kind: str, values: list[bytes]) -> None:
        self.sender.events(kind, values)
        self.sent += [(kind, value) for value in values]

    def send_besides(self, kind: str, value: bytes, of: list[tuple[str, bytes]]) -> None:
        self.sender.raw(kind, value, b"T", of)
        self.besides += 1

    def await_receipts(self, seconds: float = PATIENCE) -> None:
        """Every record that was sent has its receipt."""
        expected = len(self.sent) + self.besides
        self.reader.until(self.house.catalogue["receipts"].name, lambda _: self.answered() >= expected, seconds)
        assert self.answered() == expected

    def documents(self, alias: str) -> list[dict[str, Any]]:
        return self.reader.documents(self.house.catalogue[alias].name)

    def statuses(self, event_id: str) -> list[tuple[str, str | None]]:
        return [(r["status"], r["note"]) for r in self.documents("receipts") if r["event_id"] == event_id]


def phases(run: Run, world: tuple[Any, ...], size: int) -> None:
    """The world a piece at a time, waiting for the receipts of each: so both topics are read in the order in which they were sent."""
    for start in range(0, len(world), size):
        for kind in ("declarations", "outcomes"):
            if values := bodies(world[start : start + size], kind):
                run.send(kind, values)
                run.await_receipts()


@pytest.fixture(scope="module")
def runs(fleet: dict[str, Service]) -> Iterator[tuple[Run, Run]]:
    """(stopped by SIGTERM in between, killed in mid-stream): both have seen the end of their world."""
    stopped, killed = (Run(fleet[name].house, fleet[name].sender, fleet[name].reader) for name in ("stopped", "killed"))
    world = recent_world(31, 900)
    _before(stopped, world[: len(world) // 2])
    assert fleet["stopped"].worker.stop() == 0
    _kill_in_mid_stream(killed, fleet["killed"].worker)
    with stopped.house.worker() as second, killed.house.worker() as heir:
        _after(stopped, second.await_ready(), world[len(world) // 2 :])
        heir.await_ready()
        killed.await_receipts()
        for run in (stopped, killed):
            run.reader.settle()
        yield stopped, killed


def _before(run: Run, world: tuple[Any, ...]) -> None:
    phases(run, world, 150)
    wrong_type = headers(TYPES["declarations"].replace("v1", "v9"), "test", "refused-by-type")
    run.send_besides("declarations", encoded(REFUSED), wrong_type)
    run.await_receipts()


def _after(run: Run, worker: Worker, world: tuple[Any, ...]) -> None:
    """First what the worker must remember from before, then the rest of the world."""
    run.restored = worker.metric("tidewaiter_restore_seconds")
    firsts = {kind: next(value for sent, value in run.sent if sent == kind) for kind in ("declarations", "outcomes")}
    for kind, value in firsts.items():
        run.send_besides(kind, value, [("ce_id", f"{kind}-again".encode())])
    run.sender.raw("declarations", encoded(REFUSED), b"T", headers(TYPES["declarations"], "test", "mended"))
    run.sent.append(("declarations", encoded(REFUSED)))
    phases(run, world, 150)


def _kill_in_mid_stream(run: Run, victim: Worker) -> None:
    run.send("declarations", bodies(recent_world(32, KILLED, outcomes=False), "declarations"))
    run.reader.until(run.house.catalogue["assessments"].name, lambda records: len(records) > KILLED // 4)
    victim.kill()


def test_after_a_restart_the_scores_are_those_of_a_worker_that_never_stopped(runs: tuple[Run, Run]) -> None:
    run, _ = runs
    found = {(a["declaration_id"], a["version"]): a["items"] for a in run.documents("assessments")}
    expected = uninterrupted(run.sent)
    assert found.keys() == expected.keys()
    assert [key for key in expected if found[key] != expected[key]] == []
    assert any(item["scores"]["non_compliance"] is not None for items in expected.values() for item in items)


def test_a_clean_stop_repeats_nothing(runs: tuple[Run, Run]) -> None:
    run, _ = runs
    ids = [assessment["assessment_id"] for assessment in run.documents("assessments")]
    assert len(ids) == len(set(ids)) == sum(kind == "declarations" for kind, _ in run.sent)


def test_events_sent_before_the_restart_are_recognised_when_they_come_again(runs: tuple[Run, Run]) -> None:
    run, _ = runs
    assert run.statuses("declarations-again") == [("duplicate", None)]
    assert run.statuses("outcomes-again") == [("duplicate", "repeated")]


def test_what_was_refused_for_its_type_before_the_restart_has_not_been_learned_by_restoring(runs: tuple[Run, Run]) -> None:
    run, _ = runs
    assert run.statuses("refused-by-type") == [("rejected", None)]
    assert run.statuses("mended") == [("accepted", None)]


def test_the_restore_is_measured_and_quick(runs: tuple[Run, Run]) -> None:
    assert 0.0 < runs[0].restored < 15.0


def test_after_a_kill_in_mid_stream_every_declaration_has_its_assessment(runs: tuple[Run, Run]) -> None:
    _, run = runs
    offsets = {assessment["source"]["offset"] for assessment in run.documents("assessments")}
    assert offsets == set(range(len(run.sent)))


def test_what_a_kill_repeats_is_the_same_to_the_last_digit(runs: tuple[Run, Run]) -> None:
    _, run = runs
    expected = uninterrupted(run.sent)
    assert len(run.documents("assessments")) >= len(expected)
    for assessment in run.documents("assessments"):
        assert assessment["items"] == expected[assessment["declaration_id"], assessment["version"]]
    pairs = {(assessment["assessment_id"], assessment["source"]["offset"]) for assessment in run.documents("assessments")}
    assert len(pairs) == len(expected)
    receipts = {(r["receipt_id"], r["offset"], r["status"]) for r in run.documents("receipts")}
    assert len(receipts) == len(expected)
