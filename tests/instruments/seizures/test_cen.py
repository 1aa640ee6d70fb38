"""Outcomes with a seizure as CEN-style records, and an attempt to make every nominal field leak."""

import csv
import dataclasses
import io
from typing import Any

import jsonschema_rs
import orjson
import pytest

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.outcome import Outcome
from stream_app.contracts.schemas import schema
from stream_app.contracts.seizure import decode_seizure
from stream_app.instruments.seizures.cen import FIELDS, as_csv, cen_record
from tests.support.goods import item_document
from tests.support.instruments import START, lodged, outcome

GOODS = {"commodity_group": "tobacco", "concealment": "in_goods", "detection_method": "scanner", "quantity": 180_000, "unit": "NAR", "value": 90_000}
LEAK = "LEAKS0"
KEY = b"a secret of this administration"


def seized(**fields: Any) -> Outcome:
    return outcome("D-1", 30.5, **{"result": "irregular", "item_number": 2, "currency": "EUR", "seizure": GOODS, **fields})


def declaration(**fields: Any) -> Declaration:
    items = [item_document(), item_document(2, hs_code="2402209000", origin_country="AE")]
    return lodged("D-1", 0.0, items, **{"departure_country": "GR", **fields})


def test_the_record_has_the_goods_the_route_and_the_method_and_no_more() -> None:
    found = cen_record(declaration(), seized(), KEY, "NL")
    assert found is not None
    assert found.pop("case_id")
    assert found == {
        "reporter_country": "NL",
        "seized_at": "2026-03-02T00:00:00Z",
        "commodity_group": "tobacco",
        "hs_code": "240220",
        "origin_country": "AE",
        "departure_country": "GR",
        "conveyance": "vessel",
        "concealment": "in_goods",
        "detection_method": "scanner",
        "quantity": 180_000,
        "unit": "NAR",
        "value": 90_000,
        "currency": "EUR",
    }


def test_an_outcome_without_a_seizure_gives_none() -> None:
    assert cen_record(declaration(), outcome("D-1", 1.0), KEY) is None


def test_what_is_exported_can_be_read_in_by_another_administration() -> None:
    body = orjson.dumps(cen_record(declaration(), seized(), KEY, "NL"))
    case = decode_seizure(body, Limits(), START + 40 * 3_600)
    assert (case.chapter, case.departure_country, case.quantity) == ("24", "GR", 180_000)


def text_fields(kind: str) -> list[str]:
    """Every top-level text property of an input that takes any text, so that it could hold a name."""
    properties = schema(kind).document["properties"]
    free = [name for name, rule in properties.items() if rule.get("type") == "string" and "format" not in rule]
    return [name for name in free if "pattern" not in rule_of(properties, name) or matches(properties[name]["pattern"])]


def rule_of(properties: dict[str, Any], name: str) -> dict[str, Any]:
    return properties[name]  # type: ignore[no-any-return]


def matches(pattern: str) -> bool:
    return bool(jsonschema_rs.is_valid({"type": "string", "pattern": pattern}, LEAK))


def test_no_field_of_a_declaration_or_outcome_that_could_hold_a_name_leaks() -> None:
    """Every text field of both, with a text that must not come out again: those of the schemas, and those of the typed events."""
    declared = declaration(
        **{name: f"{LEAK}" for name in text_fields("declaration.v1") if name not in ("declaration_id",)},
        containers=[{"equipment_id": "MSKU4928179", "seals": [{"number": LEAK}]}],
    )
    found = seized(**{name: LEAK for name in text_fields("outcome.v1") if name not in ("declaration_id",)}, finding_codes=[LEAK])
    assert {"importer_id", "exporter_id", "seller_id", "consignee_id", "carrier_id", "declarant_id", "transport_document", "ucr", "office"} <= set(
        text_fields("declaration.v1")
    )
    assert {"outcome_id", "trader_id", "officer_ref"} <= set(text_fields("outcome.v1"))
    record = cen_record(declared, found, KEY, "NL")
    assert record is not None
    for told in (orjson.dumps(record).decode(), as_csv([record])):
        assert LEAK not in told
        assert "MSKU4928179" not in told
        assert "D-1" not in told


def test_a_nominal_value_put_into_any_field_of_the_typed_event_stays_there() -> None:
    """Whatever a later version of the event holds: of the strings only codes of goods, countries and transport come through."""
    declared, found = declaration(), seized()
    allowed = {"departure_country", "transport_mode", "currency"}
    for event, keep in ((declared, allowed), (found, {"currency"})):
        for field in dataclasses.fields(event):
            if isinstance(getattr(event, field.name), str) and field.name not in keep:
                setattr(event, field.name, LEAK)
    record = cen_record(declared, found, KEY)
    assert record is not None
    assert LEAK not in orjson.dumps(record).decode()


def test_only_listed_fields_exist_and_the_schema_of_seizures_knows_all_of_them() -> None:
    record = cen_record(declaration(), seized(), KEY, "NL")
    assert record is not None
    assert set(record) <= set(FIELDS) <= set(schema("seizure.v1").document["properties"])


@pytest.mark.parametrize("field", ["name", "trader_id", "importer_id", "vessel_name", "transport_document", "officer_ref"])
def test_a_seizure_record_that_names_somebody_is_refused_on_the_way_in(field: str) -> None:
    record = cen_record(declaration(), seized(), KEY, "NL")
    assert schema("seizure.v1").faults({**(record or {}), field: "somebody"})


def test_csv_has_a_column_a_field_and_a_line_a_case() -> None:
    record = cen_record(declaration(), seized(), KEY, "NL")
    assert record is not None
    (line,) = csv.DictReader(io.StringIO(as_csv([record])))
    assert list(line) == list(FIELDS)
    assert (line["hs_code"], line["quantity"]) == ("240220", "180000")
