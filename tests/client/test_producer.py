import json

import pytest

from stream_app.brokers.topics import Catalogue
from stream_app.client.producer import EventProducer, event_key
from tests.support.broker import PATIENCE, Broker
from tests.support.service import EchoService

BODY = b'{"direction": "import", "importer_id": "T-1"}'


@pytest.mark.broker
def test_an_event_carries_its_cloudevents_headers(broker: Broker, topics: Catalogue) -> None:
    with (
        EchoService(broker.connection, topics) as service,
        EventProducer(broker.connection, topics, "declarations", source="urn:acme") as producer,
    ):
        placed = producer.send(BODY, "T-1", "id-1", time="2026-03-02T08:14:05Z", subject="D-1").get(PATIENCE)
        (record,) = service.await_records(1)
    assert (record.value, record.key) == (BODY, b"T-1")
    assert (record.topic, record.partition, record.offset) == (placed.topic, placed.partition, placed.offset)
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_type": b"org.tidewaiter.customs.declaration.v1",
        "ce_source": b"urn:acme",
        "ce_id": b"id-1",
        "ce_time": b"2026-03-02T08:14:05Z",
        "ce_subject": b"D-1",
        "content-type": b"application/json",
    }


@pytest.mark.broker
def test_what_was_sent_is_delivered_when_the_block_ends(broker: Broker, topics: Catalogue) -> None:
    with EventProducer(broker.connection, topics, "outcomes") as producer:
        deliveries = [producer.send(BODY, f"T-{n}", str(n)) for n in range(100)]
    assert all(delivery.get(0).offset >= 0 for delivery in deliveries)


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"direction": "import", "importer_id": "I", "exporter_id": "E", "declarant_id": "D"}, "I"),
        ({"direction": "export", "importer_id": "I", "exporter_id": "E", "declarant_id": "D"}, "E"),
        ({"direction": "import", "exporter_id": "E", "declarant_id": "D"}, "D"),
        ({"trader_id": "T", "declaration_id": "X"}, "T"),
        ({}, ""),
    ],
)
def test_the_key_is_the_trader(document: dict[str, str], key: str) -> None:
    assert event_key(json.dumps(document).encode()) == key


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b'"text"', b"NaN"])
def test_a_body_that_is_no_object_has_an_empty_key(body: bytes) -> None:
    assert event_key(body) == ""
