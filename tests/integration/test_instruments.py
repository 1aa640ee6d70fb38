"""Milestones, seizures and partners' exports through a running worker: receipts, dead letters, indicators, and what they do to an assessment."""

from typing import Any

import orjson
import pytest

from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.keys import record_key
from stream_app.contracts.schemas import schema
from tests.integration.conftest import MIRRORED, Service
from tests.support.goods import item_document
from tests.support.service_events import encoded, plain_declaration, today
from tests.support.service_worker import eventually

pytestmark = pytest.mark.broker
DAY = 24.0


@pytest.fixture(scope="module")
def running(fleet: dict[str, Service]) -> Service:
    """A worker that mirrors CN."""
    return fleet["instruments"]


def send(service: Service, alias: str, document: dict[str, Any]) -> dict[str, Any]:
    """Sends one event and returns its receipt."""
    given = headers(TYPES[alias], "clearance-7", f"{alias}-id")
    place = service.sender.raw(alias, encoded(document), record_key(document).encode(), given)
    (receipt,) = service.receipts_of(alias, [place])[place]
    return receipt


def told(service: Service, name: str) -> list[dict[str, Any]]:
    """The indicators of that name, once there is one."""
    wanted = f'"{name}"'.encode()
    service.reader.until(service.topic("indicators"), lambda found: any(wanted in record.value for record in found))
    return [one for one in service.documents("indicators") if one["name"] == name]


def milestone(number: str, name: str, days_ago: float, **fields: Any) -> dict[str, Any]:
    document = {"declaration_id": number, "trader_id": "T-1", "milestone": name, "occurred_at": today(days_ago * DAY), "office": "NL000510"}
    return {**document, "officer_ref": "O-9", **fields}


SEIZURE = {
    "case_id": "C-1", "seized_at": today(3 * DAY), "commodity_group": "drugs", "hs_code": "080390", "origin_country": "EC",
    "departure_country": "EC", "conveyance": "vessel",
}  # fmt: skip


def export(number: int, days_ago: float) -> dict[str, Any]:
    return {
        "export_id": f"E-{number}", "reporter_country": "CN", "partner_country": "NL", "hs_code": "610910", "exported_at": today(days_ago * DAY),
        "fob_value": 4_000.0, "currency": "EUR", "net_mass_kg": 100.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("alias", "document", "pointer", "code"),
    [
        ("milestones", {**milestone("M-0", "T0", 1.0), "milestone": "T13"}, "/milestone", "not_allowed"),
        ("seizures", {**SEIZURE, "vessel_name": "ZZQXSECRET"}, "", "unknown_field"),
        ("exports", {**export(0, 1.0), "fob_value": "ZZQXSECRET"}, "/fob_value", "wrong_type"),
    ],
)
def test_a_record_at_fault_gets_a_receipt_and_a_dead_letter(running: Service, alias: str, document: dict[str, Any], pointer: str, code: str) -> None:
    receipt = send(running, alias, document)
    assert (receipt["status"], receipt["errors"][0]["pointer"], receipt["errors"][0]["code"]) == ("rejected", pointer, code)
    assert "ZZQXSECRET" not in orjson.dumps(receipt).decode()
    letters = running.reader.until(running.topic(f"{alias}_dlq"), lambda found: bool(found))
    assert [letter.value for letter in letters] == [encoded(document)]
    assert dict(letters[0].headers)["tidewaiter.error.code"].decode() == code


def test_milestones_are_answered_and_the_office_figures_are_told_at_the_next_week(running: Service) -> None:
    for number in range(3):
        for name, days_ago in (("T0", 13.0), ("T4", 12.9), ("T6", 12.8), ("T11", 12.7), ("T12", 12.6)):
            assert send(running, "milestones", milestone(f"M-{number}", name, days_ago))["status"] == "accepted"
    send(running, "milestones", milestone("M-9", "T0", 0.1))
    (cancelled,) = told(running, "cancellations")
    assert [fault for one in running.documents("indicators") for fault in schema("indicator.v1").faults(one)] == []
    assert (cancelled["kind"], cancelled["subject"]["by"], cancelled["subject"]["of"], cancelled["n"]) == ("performance", "office", "NL000510", 3.0)
    assert cancelled["value"] == 0.0


def probability(service: Service, number: str, **changes: Any) -> float | None:
    """P(irregular) that a new declaration gets."""
    send(service, "declarations", plain_declaration(number, **changes))
    topic = service.topic("assessments")
    service.reader.until(topic, lambda records: any(number.encode() in record.value for record in records))
    (found,) = [one for one in service.documents("assessments") if one["declaration_id"] == number]
    return found["items"][0]["scores"]["non_compliance"]  # type: ignore[no-any-return]


def test_a_seizure_is_told_and_raises_what_comes_on_its_route(running: Service) -> None:
    assert send(running, "seizures", SEIZURE)["status"] == "accepted"
    (found,) = told(running, "seizure_risk")
    assert (found["kind"], found["subject"]["of"], found["n"]) == ("seizures", "08/EC/EC/vessel", 1.0)
    assert b"C-1" not in encoded(found)
    bananas = {"departure_country": "EC", "items": [item_document(hs_code="080390", origin_country="EC")]}
    assert probability(running, "S-OTHER") is None
    tries = iter(range(100))
    assert eventually(lambda: probability(running, f"S-{next(tries)}", **bananas) is not None)


def test_a_gap_to_the_partners_exports_is_told_and_raises_what_its_trader_declares_next(running: Service) -> None:
    """2,000 were declared where 4,000 were exported, a hundred days ago: that month speaks (again) a day after such a late record."""
    assert send(running, "exports", export(1, 100.0))["status"] == "accepted"
    send(running, "declarations", plain_declaration("G-1", lodged_at=today(100 * DAY)))
    assert eventually(lambda: running.worker.metric("tidewaiter_events_total", topic="imports", result="accepted") >= 1)
    send(running, "declarations", plain_declaration("G-2", lodged_at=today(-1.5 * DAY)))
    (found,) = told(running, "mirror_gap")
    assert (found["subject"]["of"], found["value"]) == ("CN/610910", -2_000.0)
    assert b"T-1" not in encoded(found)
    tries = iter(range(100))
    assert eventually(lambda: probability(running, f"G-AFTER-{next(tries)}") is not None)
    assert probability(running, "G-ANOTHER", importer_id="T-2") is None


def test_what_the_worker_sent_to_itself_has_no_receipt(running: Service) -> None:
    running.reader.settle()
    assert running.topic("imports") not in {receipt["topic"] for receipt in running.documents("receipts")}


def test_the_instruments_are_in_the_metrics(running: Service) -> None:
    assert eventually(lambda: running.worker.metric("tidewaiter_seizure_cases") == 1.0, every=0.5)
    assert running.worker.metric("tidewaiter_priors", source="mirror") == 1.0
    assert running.worker.metric("tidewaiter_mirror_gaps", **{"class": "under_valued"}) == 1.0
    assert running.worker.metric("tidewaiter_keys_held", table="journeys") == 1.0, "three are over, one has just arrived"
    assert running.worker.metric("tidewaiter_releases") == 3.0
    assert running.worker.metric("tidewaiter_release_hours", statistic="median") == pytest.approx(0.3 * DAY, rel=0.01)
    assert running.worker.metric("tidewaiter_performance_ratio", figure="cancellations") == 0.0


def test_a_worker_that_was_killed_knows_all_of_it_again(running: Service) -> None:
    cells = running.worker.metric("tidewaiter_keys_held", table="mirror_cells")
    assert cells >= 2.0
    inputs = {running.topic(alias) for alias in ("exports", "imports")}
    written = lambda: all(sum(filter(None, running.house.committed(alias))) > 0 for alias in ("exports", "imports"))  # noqa: E731
    assert eventually(written, every=1.0), "offsets go behind a checkpoint of the mirror"
    running.worker.kill()
    with running.house.worker(MIRRORED) as again:
        again.await_ready()
        restored = [line["inputs"] for line in again.log_lines() if line["event"] == "checkpoint restored"]
        assert any(known.keys() == inputs for known in restored), "its lanes' too"
        assert eventually(lambda: again.metric("tidewaiter_seizure_cases") == 1.0, every=0.5)
        assert again.metric("tidewaiter_keys_held", table="journeys") == 1.0
        assert again.metric("tidewaiter_keys_held", table="mirror_cells") == cells
        assert again.metric("tidewaiter_priors", source="mirror") == 1.0
        assert again.metric("tidewaiter_mirror_gaps", **{"class": "under_valued"}) == 1.0
