"""Watchlist and suppressions through a running worker: an entry acts on the next declaration, and what is wrong with one is answered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from stream_app.contracts.schemas import schema
from tests.integration.conftest import Service
from tests.support.broker import Broker
from tests.support.service_events import encoded, plain_declaration
from tests.support.service_worker import House, eventually

pytestmark = pytest.mark.broker


def entry(entry_id: str, days: float = 30.0, **changes: Any) -> dict[str, Any]:
    """On the watchlist for so many days from now."""
    ends = (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")
    document = {"entry_id": entry_id, "lane": "red", "owner": "targeting", "reason": "SECRETWORD in a case", "expires_at": ends}
    return {name: value for name, value in (document | {"criteria": {"trader_id": ["T-LISTED"]}} | changes).items() if value is not None}


def send_entry(service: Service, document: dict[str, Any], alias: str = "watchlists", key: bytes | None = None) -> tuple[int, int]:
    return service.sender.raw(alias, encoded(document), key or document["entry_id"].encode())


def held(service: Service, count: int, which: str = "watchlists") -> bool:
    return bool(eventually(lambda: service.worker.metric("tidewaiter_list_entries", list=which) == count))


def assessed(service: Service, declaration_id: str, **changes: Any) -> dict[str, Any]:
    """The only item of what the service says of 100 kg of T-shirts."""
    service.sender.raw("declarations", encoded(plain_declaration(declaration_id, **changes)), b"T-1")

    def found() -> list[dict[str, Any]]:
        return [document for document in service.documents("assessments") if document["declaration_id"] == declaration_id]

    service.reader.until(service.topic("assessments"), lambda _: bool(found()))
    (document,) = found()
    assert schema("assessment.v1").faults(document) == []
    return document["items"][0]


@pytest.fixture(scope="module")
def lists(fleet: dict[str, Service]) -> Service:
    return fleet["lists"]


def test_an_entry_acts_on_the_next_declaration_until_it_is_taken_away(lists: Service) -> None:
    before = assessed(lists, "BEFORE", importer_id="T-LISTED")
    assert (before["lane"], before["selection"]["reason"]) == ("green", None)

    send_entry(lists, entry("W-1"))
    assert held(lists, 1)
    during = assessed(lists, "DURING", importer_id="T-LISTED")
    assert (during["lane"], during["selection"]["reason"], during["selection"]["watchlist_entry"]) == ("red", "mandatory:watchlist", "W-1")
    assert during["selection"]["propensity"] == 1.0
    assert assessed(lists, "OTHER", importer_id="T-OTHER")["selection"]["reason"] is None
    assert lists.worker.metric("tidewaiter_selected_items_total", reason="mandatory:watchlist", lane="red") == 1

    lists.sender.raw("watchlists", None, b"W-1")
    assert held(lists, 0)
    assert assessed(lists, "AFTER", importer_id="T-LISTED")["selection"]["reason"] is None


def test_the_alert_names_the_entry_and_never_what_the_list_says_of_it(lists: Service) -> None:
    send_entry(lists, entry("W-2", criteria={"trader_id": ["T-NAMED"]}))
    assert held(lists, 1)
    assessed(lists, "NAMED", importer_id="T-NAMED")
    topic = lists.topic("alerts")
    lists.reader.until(topic, lambda records: any(orjson.loads(record.value)["declaration_id"] == "NAMED" for record in records))
    (record,) = [record for record in lists.reader.records[topic] if orjson.loads(record.value)["declaration_id"] == "NAMED"]
    alert = orjson.loads(record.value)
    assert schema("alert.v1").faults(alert) == []
    assert (alert["typology"], alert["lane"], alert["selection"]["watchlist_entry"]) == ("watchlist", "red", "W-2")
    assert alert["reasons"]
    assert b"SECRETWORD" not in record.value
    lists.sender.raw("watchlists", None, b"W-2")
    assert held(lists, 0)


def test_every_entry_gets_its_receipt_and_a_bad_one_its_dead_letter(lists: Service) -> None:
    good = send_entry(lists, entry("S-1", lane=None), "suppressions")
    bad = {
        "not_json": lists.sender.raw("suppressions", b"{", b"S-2"),
        "missing_field": send_entry(lists, entry("S-3", lane=None, owner=None), "suppressions"),
        "unknown_field": send_entry(lists, entry("S-4"), "suppressions"),
        "not_allowed": send_entry(lists, entry("S-5", lane=None), "suppressions", key=b"S-6"),
        "in_future": send_entry(lists, entry("S-7", lane=None, days=5_000), "suppressions"),
    }
    receipts = lists.receipts_of("suppressions", [good, *bad.values()])
    assert [receipt["status"] for receipt in receipts[good]] == ["accepted"]
    assert {code: receipts[place][0]["errors"][0]["code"] for code, place in bad.items()} == {code: code for code in bad}
    letters = lists.reader.until(lists.topic("suppressions_dlq"), lambda records: len(records) >= len(bad))
    assert sorted(record.offset for record in letters) == list(range(len(bad)))
    assert held(lists, 1, "suppressions")


def test_a_refused_change_is_replaced_on_its_topic_by_the_entry_that_holds(lists: Service) -> None:
    send_entry(lists, document := entry("W-3"))
    assert held(lists, 1)
    place = lists.sender.raw("watchlists", b"{", b"W-3")
    assert [receipt["status"] for receipt in lists.receipts_of("watchlists", [place])[place]] == ["rejected"]
    said = [encoded(document), b"{", encoded(document)]
    with lists.house.reader("watchlists") as reader:
        found = reader.until(lists.topic("watchlists"), lambda records: sum(record.key == b"W-3" for record in records) >= len(said))
    assert [record.value for record in found if record.key == b"W-3"] == said
    lists.sender.raw("watchlists", None, b"W-3")
    assert held(lists, 0)


def test_a_worker_that_starts_knows_the_entries_before_its_first_declaration(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(broker, tmp_path_factory.mktemp("late"))
    with house.sender() as sender, house.reader("assessments", "receipts") as reader:
        for number in range(50):
            listed = entry(f"W-{number}", criteria={"trader_id": [f"T-{number}"]})
            sender.raw("watchlists", encoded(listed), listed["entry_id"].encode())
        for number in range(50):
            sender.raw("declarations", encoded(plain_declaration(f"D-{number}", importer_id=f"T-{number}")), b"T")
        with house.worker() as worker:
            topic = house.catalogue["assessments"].name
            reader.until(topic, lambda records: len(records) >= 50)
            entries = [document["items"][0]["selection"]["watchlist_entry"] for document in reader.documents(topic)]
            assert sorted(entries, key=str) == sorted((f"W-{number}" for number in range(50)), key=str), worker.log_text()
