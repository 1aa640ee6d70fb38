"""A worker that refuses almost everything stops, and loses nothing by it."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.conftest import Service
from tests.support.service_events import bodies, recent_world
from tests.support.service_worker import PATIENCE, House, Worker, documents

pytestmark = pytest.mark.broker


@dataclass
class Stopped:
    """A house whose worker has tripped, and what was sent to it."""

    house: House
    worker: Worker
    good: list[bytes]
    bad: int
    exit_code: int
    reason: str
    committed: int


def run_into(house: House, worker: Worker, records: list[bytes]) -> Stopped:
    with house.sender() as sender:
        sender.events("declarations", records)
    code = worker.process.wait(PATIENCE)
    reasons = [line["reason"] for line in worker.log_lines() if line["event"] == "worker stops"]
    good = [record for record in records if record != b"{}"]
    assert len(reasons) == 1, worker.log_text()
    return Stopped(house, worker, good, len(records) - len(good), code, reasons[0], house.committed("declarations")[0] or 0)


@pytest.fixture(scope="module")
def stopped(fleet: dict[str, Service]) -> dict[str, Stopped]:
    """By the limit that stopped it: 20 in a row, or 5 % of 200."""
    good = bodies(recent_world(5, 400, outcomes=False), "declarations")
    records = {
        "in_a_row": [*good[:100], *[b"{}"] * 21, *good[100:200]],
        # Among the last 200 records, the 208th sees its tenth bad one and the 209th the eleventh: more than 5 %.
        "share": [b"{}" if number % 19 == 18 else good[number] for number in range(300)],
    }
    return {name: run_into(fleet[name].house, fleet[name].worker, records[name]) for name in records}


@pytest.mark.parametrize(
    ("name", "limit"), [("in_a_row", "20 records refused in a row"), ("share", "of the last 200 records refused, more than 5.00%")]
)
def test_it_stops_with_exit_code_1_and_a_message_that_names_the_topic_and_the_limit(stopped: dict[str, Stopped], name: str, limit: str) -> None:
    found = stopped[name]
    assert found.exit_code == 1
    assert limit in found.reason
    assert f"[breaker] {name}" in found.reason
    assert found.house.catalogue["declarations"].name in found.reason
    assert "dead-letter topic" in found.reason


@pytest.mark.parametrize("name", ["in_a_row", "share"])
def test_what_was_answered_is_committed_and_nothing_behind_it(stopped: dict[str, Stopped], name: str) -> None:
    """The next start goes on behind the record that tripped it: no dead letter is written twice, and none is skipped."""
    tripping = {"in_a_row": 120, "share": 208}[name]
    assert stopped[name].committed == tripping + 1


def test_started_again_under_other_limits_it_goes_on_where_it_had_come_and_nothing_is_lost(stopped: dict[str, Stopped]) -> None:
    with stopped["in_a_row"].house.worker() as one, stopped["share"].house.worker() as other:
        one.await_ready()
        other.await_ready()
        for found in stopped.values():
            house = found.house
            with house.reader("assessments", "receipts", "declarations_dlq") as reader:
                total = len(found.good) + found.bad
                receipts = reader.until(house.catalogue["receipts"].name, lambda r, n=total: len(_offsets(r)) >= n)
                reader.settle()
                assert _offsets(receipts) == set(range(total))
                assessed = {
                    document["source"]["offset"]: document["assessment_id"]
                    for document in documents(reader.records[house.catalogue["assessments"].name])
                }
                assert len(assessed) == len(set(assessed.values())) == len(found.good)
                letters = reader.records[house.catalogue["declarations_dlq"].name]
                assert len({dict(letter.headers)["__streams.errors.offset"] for letter in letters}) == found.bad


def _offsets(receipts: list[Any]) -> set[int]:
    return {receipt["offset"] for receipt in documents(receipts)}
