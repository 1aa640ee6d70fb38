"""Records of the lists: judged for the answer, taken in for the engines, read whole by a worker that starts."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream_app.agents.breaker import RefusalBreaker
from stream_app.agents.intake import Intake, Record
from stream_app.agents.lists import ListEntries, ListReader
from stream_app.agents.outbox import Message
from stream_app.agents.places import Places
from stream_app.brokers.topics import Catalogue
from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError
from stream_app.engine.selection import ControlLists
from stream_app.engine.settings.intake import Breaker
from stream_app.engine.settings.selection import Lists
from stream_app.metrics import Metrics
from tests.support.broker import PATIENCE, TOPICS_FILE, Broker
from tests.support.service_worker import House, eventually

CATALOGUE = Catalogue.load(TOPICS_FILE)
SETTINGS = Lists(max_entries=3)


def entry(entry_id: str, **changes: Any) -> bytes:
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    document = {"entry_id": entry_id, "owner": "o", "reason": "r", "lane": "red", "criteria": {"trader_id": ["T-1"]}, "expires_at": ends}
    return orjson.dumps(document | changes)


def record(key: bytes | None, value: bytes | None, offset: int = 0) -> Record:
    return Record("customs.watchlists.v1", 0, offset, time.time(), key, value, [])


def entries() -> tuple[ListEntries, ControlLists]:
    lists = ControlLists(SETTINGS.max_entries)
    return ListEntries("watchlists", lists, Limits(), SETTINGS), lists


def test_judging_an_entry_changes_nothing_and_taking_it_does() -> None:
    found, lists = entries()
    one = record(b"W-1", entry("W-1"))
    assert found(one, one.timestamp).status == "accepted"
    assert len(lists.watchlist) == 0
    found.take(one, one.timestamp)
    assert len(lists.watchlist) == 1
    gone = record(b"W-1", None)
    assert found(gone, gone.timestamp).status == "accepted"
    found.take(gone, gone.timestamp)
    assert len(lists.watchlist) == 0


def test_what_is_refused_is_not_taken_and_leaves_what_was_there() -> None:
    found, lists = entries()
    found.take(record(b"W-1", entry("W-1")), time.time())
    for bad in (record(b"W-1", b"{"), record(b"W-1", entry("W-1", lane="green")), record(b"W-2", entry("W-1")), record(None, None)):
        with pytest.raises(ContractError):
            found(bad, bad.timestamp)
        found.take(bad, bad.timestamp)
    assert len(lists.watchlist) == 1


def test_a_full_list_refuses_and_says_so() -> None:
    found, lists = entries()
    for number in range(SETTINGS.max_entries):
        found.take(record(b"W-%d" % number, entry(f"W-{number}")), time.time())
    with pytest.raises(ContractError) as caught:
        found(record(b"W-9", entry("W-9")), time.time())
    assert caught.value.code is Code.TOO_MANY
    found.take(record(b"W-9", entry("W-9")), time.time())
    assert len(lists.watchlist) == SETTINGS.max_entries


def full() -> tuple[ListEntries, ControlLists]:
    found, lists = entries()
    for number in range(SETTINGS.max_entries):
        found.take(record(b"W-%d" % number, entry(f"W-{number}"), number), time.time())
    return found, lists


def judged(found: ListEntries, one: Record) -> list[Message]:
    return Intake("watchlists", found, CATALOGUE, Metrics(), RefusalBreaker("watchlists", Breaker())).process(one)


def test_an_entry_that_found_no_room_is_taken_off_its_topic_so_that_it_does_not_act_after_a_restart_when_another_has_gone() -> None:
    found, _ = full()
    late, gone = record(b"W-9", entry("W-9"), 3), record(b"W-0", None, 5)
    letter, put_back, receipt = judged(found, late)
    assert orjson.loads(receipt.value or b"")["errors"][0]["code"] == "too_many"
    assert (letter.topic, letter.value) == (CATALOGUE["watchlists_dlq"].name, late.value)
    assert (put_back.topic, put_back.key, put_back.value) == (late.topic, b"W-9", None)
    (receipt,) = judged(found, record(put_back.key, put_back.value, 4)._replace(headers=list(put_back.headers)))
    assert orjson.loads(receipt.value or b"")["status"] == "accepted", "the service takes its own word"
    # What compaction leaves of the topic, as a worker that starts reads it: the last record of every key.
    again, lists = entries()
    left = [record(b"W-1", entry("W-1"), 1), record(b"W-2", entry("W-2"), 2), record(put_back.key, put_back.value, 4), gone]
    for one in left:
        again.take(one, time.time())
    assert len(lists.watchlist) == 2


@pytest.mark.parametrize("bad", [b"{", entry("W-1", criteria={"trader_id": [f"T-{number}" for number in range(5_000)]}), entry("W-2")])
def test_a_refused_change_is_replaced_by_what_holds_or_compaction_would_take_the_entry_away(bad: bytes) -> None:
    found, _ = full()
    changed = record(b"W-1", entry("W-1", lane="blue"), 3)
    judged(found, changed)  # and not read yet by the reader, which is behind
    letter, put_back, receipt = judged(found, record(b"W-1", bad, 4))
    assert (letter.topic, orjson.loads(receipt.value or b"")["status"]) == (CATALOGUE["watchlists_dlq"].name, "rejected")
    assert (put_back.topic, put_back.key, put_back.value) == (changed.topic, b"W-1", changed.value)


def test_what_the_service_said_itself_is_not_said_again() -> None:
    found, _ = full()
    own = headers(TYPES["watchlists"], "tidewaiter", "1")
    letter, _ = judged(found, record(b"W-1", b"{", 3)._replace(headers=list(own)))
    assert letter.topic == CATALOGUE["watchlists_dlq"].name


def test_an_entry_that_was_taken_away_is_not_put_back() -> None:
    found, _ = full()
    judged(found, record(b"W-1", None, 3))
    assert len(judged(found, record(b"W-1", b"{", 4))) == 2


def test_what_every_worker_left_out_is_refused_even_if_room_came_before_it_was_judged() -> None:
    found, lists = full()
    late = record(b"W-9", entry("W-9"), 3)
    found.take(late, time.time())
    found.take(record(b"W-0", None, 4), time.time())
    assert len(lists.watchlist) == 2
    with pytest.raises(ContractError) as caught:
        found(late, time.time())
    assert caught.value.code is Code.TOO_MANY
    assert found(record(b"W-9", entry("W-9"), 5), time.time()).status == "accepted"


def test_every_change_of_a_list_is_told_and_what_changes_nothing_is_not() -> None:
    told: list[int] = []
    lists = ControlLists(SETTINGS.max_entries)
    found = ListEntries("watchlists", lists, Limits(), SETTINGS, lambda: told.append(len(lists.watchlist)))
    for one in (record(b"W-1", entry("W-1")), record(b"W-2", b"{"), record(b"W-1", None)):
        found.take(one, time.time())
    assert told == [1, 0]


def test_places_know_what_was_read() -> None:
    places = Places()
    assert places.is_next(record(b"k", None, 0))
    places.advance(record(b"k", None, 4))
    assert not places.is_next(record(b"k", None, 4))
    assert places.is_next(record(b"k", None, 5))
    assert places.position("customs.watchlists.v1", 0) == 5
    assert places.position("customs.watchlists.v1", 1) == 0


@pytest.mark.broker
def test_a_reader_has_caught_up_when_all_partitions_are_read_and_then_follows(broker: Broker, tmp_path: Path) -> None:
    house = House(broker, tmp_path, partitions=2)
    lists = ControlLists(1_000)
    readers = {house.catalogue[kind].name: ListEntries(kind, lists, Limits(), Lists()) for kind in ("watchlists", "suppressions")}

    async def run() -> None:
        reader = ListReader(house.connection.aiokafka(), readers, 50)
        await asyncio.wait_for(reader.caught_up(), PATIENCE)
        assert (len(lists.watchlist), len(lists.suppressions)) == (199, 1)
        sender.raw("watchlists", None, b"W-1")
        assert await asyncio.to_thread(eventually, lambda: len(lists.watchlist) == 198)
        watching = asyncio.ensure_future(reader.watch())
        await asyncio.sleep(0)
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching

    with house.sender() as sender:
        for number in range(200):
            sender.raw("watchlists", entry(f"W-{number}"), b"W-%d" % number)
        sender.raw("watchlists", None, b"W-0")
        sender.raw("watchlists", b"not json", b"W-1")
        sender.raw("suppressions", entry("S-1", lane="red"), b"S-1")
        suppression = orjson.loads(entry("S-1"))
        del suppression["lane"]
        sender.raw("suppressions", orjson.dumps(suppression), b"S-1")
        asyncio.run(run())


@pytest.mark.broker
def test_a_reader_that_fails_says_so_to_who_waits_for_it() -> None:
    reader = ListReader({"bootstrap_servers": "127.0.0.1:1"}, {"t": entries()[0]}, 50)
    with pytest.raises(Exception, match="bootstrap"):
        asyncio.run(asyncio.wait_for(reader.caught_up(), PATIENCE))
