"""Declarations and their containers' movements through a running worker, whichever comes first: one alert, and the declaration's own revised."""

import time
from typing import Any

import pytest

from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.contracts.schemas import schema
from tests.integration.conftest import Service
from tests.support.service_events import encoded, plain_declaration
from tests.support.service_worker import eventually
from tests.support.voyages import Document, equipment, voyage

pytestmark = pytest.mark.broker

DAY = 86_400.0
HONEST = range(1, 161)
"""Two partitions have half of them each: contradictions say nothing before 50 cases."""
STEPS = 5
"""Of a voyage, up to the discharge: there the seal is looked at."""


def recent(number: int) -> list[Document]:
    """It was discharged in the last days."""
    return voyage(number, time.time() - 45 * DAY)[:STEPS]


def send(service: Service, alias: str, documents: list[tuple[bytes, str, Document]]) -> None:
    """(key, id, body) each; all of them are answered when this returns."""
    given = [(key, encoded(body), headers(TYPES[alias], "test", name)) for key, name, body in documents]
    places = [service.sender.later(alias, body, key, said) for key, body, said in given]
    receipts = service.receipts_of(alias, [place() for place in places])
    assert {receipt["status"] for found in receipts.values() for receipt in found} == {"accepted"}


def move(service: Service, numbers: list[int]) -> None:
    events = [event for number in numbers for event in recent(number)]
    send(service, "movements", [(event["equipment_id"].encode(), event["event_id"], event) for event in events])


def declare(service: Service, seals: dict[int, str]) -> None:
    """A declaration each that names the container, and this seal on it."""
    documents = []
    for number, seal in seals.items():
        container = {"equipment_id": equipment(number), "seals": [{"number": seal}]}
        documents.append((b"T-1", f"e-{number}", plain_declaration(f"JOINED-{number}", containers=[container])))
    send(service, "declarations", documents)


@pytest.fixture(scope="module")
def joined(fleet: dict[str, Service]) -> Service:
    """Honest declarations, each met by its container's movements."""
    found = fleet["joins"]
    declare(found, {number: f"SEAL{number}" for number in HONEST})
    assert eventually(lambda: found.worker.metric("tidewaiter_events_total", topic="declared") >= len(HONEST))
    move(found, list(HONEST))
    return found


@pytest.mark.parametrize(("number", "declared_first"), [(901, True), (902, False)])
def test_a_declaration_that_its_container_contradicts_is_raised(joined: Service, number: int, declared_first: bool) -> None:
    steps: list[Any] = [lambda: declare(joined, {number: "OTHER"}), lambda: move(joined, [number])]
    for step in steps if declared_first else steps[::-1]:
        step()

    def own() -> list[Document]:
        return [one for one in joined.documents("alerts") if one["declaration_id"] == f"JOINED-{number}"]

    def contradicted() -> list[Document]:
        return [one for one in own() if any(reason["code"] == "seal_mismatch" for reason in one["reasons"])]

    joined.reader.until(joined.topic("alerts"), lambda _: bool(contradicted()))
    assert contradicted()
    assert [schema("alert.v1").faults(one) for one in own()] == [[]] * len(own())
    assert len({one["alert_id"] for one in own()}) == 1
    assert [one["revision"] for one in own()] == list(range(1, len(own()) + 1))
    joined.reader.until(joined.topic("movement_alerts"), lambda _: bool(of_container(joined, number)))
    alert = of_container(joined, number)[0]
    assert schema("movement_alert.v1").faults(alert) == []
    assert alert["declaration_ids"] == [f"JOINED-{number}"]
    assert {one["document"] for one in alert["evidence"]} == {"declaration", "movement"}


def test_what_agrees_raises_nothing(joined: Service) -> None:
    containers = {equipment(number) for number in HONEST}
    assert [one for one in joined.documents("movement_alerts") if one["typology"] == "seal_mismatch" and one["equipment_id"] in containers] == []


def of_container(service: Service, number: int) -> list[Document]:
    return [one for one in service.documents("movement_alerts") if (one["equipment_id"], one["typology"]) == (equipment(number), "seal_mismatch")]
