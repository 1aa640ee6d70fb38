"""An office's capacity a day holds over all partitions together: the worker asks the broker how many there are."""

import pytest

from tests.integration.conftest import Service
from tests.support.goods import item_document
from tests.support.service_events import encoded, plain_declaration, today

pytestmark = pytest.mark.broker

USUAL, ODD = 60, 30


def test_two_partitions_divide_an_office_s_capacity_a_day(fleet: dict[str, Service]) -> None:
    service = fleet["capacity"]
    lodged = today()  # one moment for all: no midnight in between
    keys = [b"T-%d" % number for number in range(8)]
    places = set()
    for number in range(USUAL + ODD):
        items = [item_document(customs_value=2_000.0 + 50 * (number % 7) if number < USUAL else 2.0 + number)]
        for key in keys:
            name = f"{key.decode()}-{number}"
            body = encoded(plain_declaration(name, items=items, importer_id=key.decode(), lodged_at=lodged))
            places.add(service.sender.later("declarations", body, key))
    partitions = {place()[0] for place in places}
    assert partitions == {0, 1}
    topic = service.topic("assessments")
    service.reader.until(topic, lambda records: len(records) >= (USUAL + ODD) * len(keys))
    selected = [document for document in service.documents("assessments") if document["alerted"]]
    assert all(document["items"][0]["selection"]["reason"] == "score:anomaly" for document in selected)
    by_partition = [sum(document["source"]["partition"] == number for document in selected) for number in (0, 1)]
    assert by_partition == [1, 2], "three a day: one and two"
