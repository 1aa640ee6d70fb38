"""What is refused, with exactly which code and where. The record's own values never come back in a message."""

import time
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_app.contracts.dead_letter import dead_letter_headers
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.outcome import decode_outcome
from tests.support.goods import NOW, declaration_document, item_document

LIMITS = Limits()
OUTCOME = {
    "outcome_id": "INSP-1",
    "declaration_id": "26NL000001",
    "trader_id": "T-1",
    "item_number": 1,
    "control_type": "physical",
    "selection_reason": "risk",
    "result": "irregular",
    "finding_codes": ["VALUE"],
    "critical": False,
    "duty_difference": 12.5,
    "currency": "EUR",
    "officer_ref": "O-1",
    "decided_at": "2026-03-03T10:00:00Z",
}


def refused(body: bytes | None, limits: Limits = LIMITS) -> list[tuple[Code, str]]:
    """(code, pointer) of every fault."""
    with pytest.raises(ContractError) as caught:
        decode_declaration(body, limits, NOW)
    assert caught.value.code is caught.value.faults[0].code
    return [(fault.code, fault.pointer) for fault in caught.value.faults]


def refused_document(**changes: Any) -> list[tuple[Code, str]]:
    return refused(orjson.dumps(declaration_document(**changes)))


def test_a_tombstone_is_refused_as_one() -> None:
    assert refused(None) == [(Code.TOMBSTONE, "")]


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t "])
def test_an_empty_body_is_refused_as_one(body: bytes) -> None:
    assert refused(body) == [(Code.EMPTY, "")]


@pytest.mark.parametrize("body", [b"not json", b"{", b"\xff\xfe", b'{"a":1}{"a":2}', b'"\\ud800"', b"{'a':1}", b"[" * 5_000])
def test_what_is_not_json_is_refused_as_a_whole(body: bytes) -> None:
    assert refused(body) == [(Code.NOT_JSON, "")]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400"])
def test_numbers_that_json_has_not_are_no_json(number: bytes) -> None:
    body = orjson.dumps(declaration_document()).replace(b"2000.0", number)
    assert number in body
    assert refused(body) == [(Code.NOT_JSON, "")]


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"text"', b"true"])
def test_json_that_is_no_object_has_the_wrong_type(body: bytes) -> None:
    assert refused(body) == [(Code.WRONG_TYPE, "")]


def test_a_body_of_two_megabytes_is_too_large_and_is_not_even_parsed() -> None:
    assert refused(b"{" + b" " * 2_000_000 + b"}") == [(Code.TOO_LARGE, "")]


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    body = orjson.dumps(declaration_document())
    decode_declaration(body, Limits(max_record_bytes=len(body)), NOW)
    assert refused(body, Limits(max_record_bytes=len(body) - 1)) == [(Code.TOO_LARGE, "")]


@pytest.mark.parametrize(
    "name",
    ["declaration_id", "version", "direction", "lodged_at", "office", "procedure", "declarant_id", "departure_country", "transport_mode", "currency"],
)
def test_a_missing_field_is_named_by_its_own_pointer(name: str) -> None:
    assert refused_document(**{name: None}) == [(Code.MISSING_FIELD, f"/{name}")]


def test_a_missing_field_of_an_item_is_named_by_its_own_pointer() -> None:
    items = [item_document(1), item_document(2, hs_code=None)]
    assert refused_document(items=items) == [(Code.MISSING_FIELD, "/items/1/hs_code")]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"version": "1"}, "/version"),
        ({"version": 1.5}, "/version"),
        ({"version": True}, "/version"),
        ({"office": 510}, "/office"),
        ({"items": "none"}, "/items"),
        ({"items": [item_document(), 3]}, "/items/1"),
        ({"items": [item_document(net_mass_kg="12")]}, "/items/0/net_mass_kg"),
    ],
)
def test_a_wrong_type_is_named_by_its_pointer(changes: dict[str, Any], pointer: str) -> None:
    assert refused_document(**changes) == [(Code.WRONG_TYPE, pointer)]


def test_null_is_a_wrong_type_and_not_a_missing_value() -> None:
    body = orjson.dumps(declaration_document() | {"seller_id": None})
    assert refused(body) == [(Code.WRONG_TYPE, "/seller_id")]


@pytest.mark.parametrize("version", [2, "1", "v1", 0])
def test_another_version_of_the_contract_is_unknown(version: object) -> None:
    assert refused_document(schema_version=version) == [(Code.UNKNOWN_VERSION, "/schema_version")]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"direction": "transit"}, Code.NOT_ALLOWED, "/direction"),
        ({"office": "a b"}, Code.BAD_FORMAT, "/office"),
        ({"office": "NL000510\n"}, Code.BAD_FORMAT, "/office"),
        ({"departure_country": "cn"}, Code.BAD_FORMAT, "/departure_country"),
        ({"declaration_id": ""}, Code.BAD_FORMAT, "/declaration_id"),
        ({"version": 0}, Code.OUT_OF_RANGE, "/version"),
        ({"version": 1_000}, Code.OUT_OF_RANGE, "/version"),
        ({"exchange_rate": 0}, Code.OUT_OF_RANGE, "/exchange_rate"),
        ({"exchange_rate": -1.1}, Code.OUT_OF_RANGE, "/exchange_rate"),
        ({"declarant_id": ""}, Code.OUT_OF_RANGE, "/declarant_id"),
        ({"importer_id": "T" * 65}, Code.OUT_OF_RANGE, "/importer_id"),
        ({"items": [item_document(net_mass_kg=-0.001)]}, Code.OUT_OF_RANGE, "/items/0/net_mass_kg"),
        ({"items": [item_document(hs_code="61091")]}, Code.BAD_FORMAT, "/items/0/hs_code"),
        ({"items": [item_document(hs_code="61091000000")]}, Code.BAD_FORMAT, "/items/0/hs_code"),
        ({"containers": [{"equipment_id": "MSKU492817"}]}, Code.BAD_FORMAT, "/containers/0/equipment_id"),
        ({"lodged_at": "yesterday"}, Code.BAD_FORMAT, "/lodged_at"),
        ({"lodged_at": "2026-03-02T08:14:05"}, Code.BAD_FORMAT, "/lodged_at"),
        ({"lodged_at": "2026-02-30T08:14:05Z"}, Code.BAD_FORMAT, "/lodged_at"),
    ],
)
def test_a_value_outside_its_range_or_form_is_named_by_its_pointer(changes: dict[str, Any], code: Code, pointer: str) -> None:
    assert refused_document(**changes) == [(code, pointer)]


def test_no_items_are_too_few() -> None:
    body = orjson.dumps(declaration_document() | {"items": []})
    assert refused(body) == [(Code.OUT_OF_RANGE, "/items")]


def test_ten_thousand_items_are_too_many_and_the_first_fault_says_so() -> None:
    # Bare items: ten thousand of them stay under the limit on bytes, so that it is their number which is refused.
    bare = {"hs_code": "610910", "origin_country": "CN", "net_mass_kg": 1, "customs_value": 1}
    numbered_again = [bare | {"item_number": index % 999 + 1} for index in range(10_000)]
    assert refused_document(items=numbered_again) == [(Code.TOO_MANY, "/items")]
    assert refused_document(items=[bare | {"item_number": index + 1} for index in range(10_000)])[0] == (Code.TOO_MANY, "/items")


def test_a_record_with_thousands_of_faults_lists_twenty() -> None:
    assert len(refused_document(items=[{"item_number": 0}] * 900)) == 20


def test_repeated_item_numbers_are_refused() -> None:
    items = [item_document(1), item_document(2), item_document(1)]
    assert refused_document(items=items) == [(Code.REPEATED_ITEM, "/items")]


def test_a_date_of_twenty_years_ago_is_too_old() -> None:
    assert refused_document(lodged_at="2006-03-02T08:14:05Z") == [(Code.TOO_OLD, "/lodged_at")]


def test_a_date_three_days_ahead_is_in_the_future() -> None:
    assert refused_document(lodged_at="2026-03-08T00:00:00Z") == [(Code.IN_FUTURE, "/lodged_at")]


@pytest.mark.parametrize(
    ("lodged_at", "code"),
    [
        # NOW is 2026-03-05T00:00:00Z: two days ahead of it, and 3,650 days before it (which is 2016-03-07, for three leap days).
        ("2026-03-07T00:00:00Z", None),
        ("2026-03-07T00:00:01Z", Code.IN_FUTURE),
        ("2026-03-07T09:00:00+09:00", None),
        ("2016-03-07T00:00:00Z", None),
        ("2016-03-06T23:59:59Z", Code.TOO_OLD),
    ],
)
def test_the_span_of_accepted_times_ends_to_the_second(lodged_at: str, code: Code | None) -> None:
    body = orjson.dumps(declaration_document(lodged_at=lodged_at))
    if code is None:
        decode_declaration(body, LIMITS, NOW)
    else:
        assert refused(body) == [(code, "/lodged_at")]


@pytest.mark.parametrize("lodged_at", ["2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z"])
def test_times_that_the_schema_knows_and_the_computer_does_not_are_refused(lodged_at: str) -> None:
    assert refused_document(lodged_at=lodged_at) == [(Code.BAD_FORMAT, "/lodged_at")]


def test_an_unknown_field_is_answered_with_the_known_one_that_it_resembles() -> None:
    with pytest.raises(ContractError) as caught:
        decode_declaration(orjson.dumps(declaration_document() | {"importer": "T-1"}), LIMITS, NOW)
    (fault,) = caught.value.faults
    assert (fault.code, fault.pointer) == (Code.UNKNOWN_FIELD, "")
    assert "importer_id" in fault.message


def test_an_unknown_field_of_an_item_points_to_the_item() -> None:
    items = [item_document(1), item_document(2) | {"zzzzqqqq": 1}]
    with pytest.raises(ContractError) as caught:
        decode_declaration(orjson.dumps(declaration_document(items=items)), LIMITS, NOW)
    assert caught.value.faults == (Fault("/items/1", Code.UNKNOWN_FIELD, "1 unknown property"),)


def test_every_fault_of_a_record_is_told_at_once() -> None:
    items = [item_document(net_mass_kg=-1)]
    assert sorted(refused_document(office=None, currency="euro", items=items)) == [
        (Code.BAD_FORMAT, "/currency"),
        (Code.MISSING_FIELD, "/office"),
        (Code.OUT_OF_RANGE, "/items/0/net_mass_kg"),
    ]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"result": "maybe"}, Code.NOT_ALLOWED, "/result"),
        ({"decided_at": "2006-03-03T10:00:00Z"}, Code.TOO_OLD, "/decided_at"),
        ({"decided_at": "2027-03-03T10:00:00Z"}, Code.IN_FUTURE, "/decided_at"),
        ({"trader_id": ""}, Code.OUT_OF_RANGE, "/trader_id"),
        ({"finding_codes": ["A"] * 21}, Code.TOO_MANY, "/finding_codes"),
        ({"item_number": "1"}, Code.WRONG_TYPE, "/item_number"),
    ],
)
def test_outcomes_are_refused_in_the_same_way(changes: dict[str, Any], code: Code, pointer: str) -> None:
    with pytest.raises(ContractError) as caught:
        decode_outcome(orjson.dumps(OUTCOME | changes), LIMITS, NOW)
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [(code, pointer)]


def test_a_refusal_takes_less_than_half_a_second_whatever_the_size_of_the_text() -> None:
    body = orjson.dumps(declaration_document() | {"office": "x" * 1_000_000})
    started = time.perf_counter()
    assert refused(body) == [(Code.BAD_FORMAT, "/office")]
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps(declaration_document() | {f"k{number}": 1 for number in range(60_000)}),
        orjson.dumps(declaration_document() | {"items": [1] * 200_000}),
        orjson.dumps(declaration_document() | {"items": [{"a": 1}] * 100_000}),
    ],
    ids=["60,000 unknown properties", "200,000 items of a wrong type", "100,000 empty items"],
)
def test_a_record_made_of_faults_slows_nothing(body: bytes) -> None:
    started = time.perf_counter()
    assert len(refused(body)) <= 20
    assert time.perf_counter() - started < 1.0


def test_a_wrong_type_is_told_in_plain_words() -> None:
    with pytest.raises(ContractError) as caught:
        decode_declaration(orjson.dumps(declaration_document() | {"items": [1]}), LIMITS, NOW)
    assert caught.value.faults[0].message == "must be of type object"


MARKER = "Zq7MARKERq7Z"
NUMBER = 918273645.125
FULL = declaration_document(
    items=[item_document(1, description="goods", preference="100", procedure="40", goods_use="1", supplementary_unit="NAR", package_type="CT")],
    schema_version=1,
    declaration_type="A",
    payment_method="E",
    exporter_id="X-1",
    seller_id="S-1",
    consignee_id="A-1",
    carrier_id="C-1",
    destination_country="NL",
    transport_document="BL-1",
    containers=[{"equipment_id": "MSKU4928179", "seals": [{"number": "S1"}]}],
)


def places(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of everything in a JSON document, containers included."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for name, child in children for place in places(child, (*path, name)))]


def replaced(node: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    copy = node.copy()
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


MARKERS = st.sampled_from(
    [MARKER, MARKER * 200, NUMBER, -NUMBER, [MARKER], {MARKER: MARKER}, {MARKER: NUMBER}, [[NUMBER]], f" {MARKER}\n", f"2026-03-02T08:14:05{MARKER}"]
)


def told(error: ContractError) -> str:
    added = dead_letter_headers([], "customs.declarations.v1", 0, 0, error, error.code)
    return "\n".join([str(error), *(" ".join(fault) for fault in error.faults), *(f"{name} {value.decode()}" for name, value in added)])


@given(st.sampled_from(places(FULL)), MARKERS, st.sampled_from(["replace", "beside"]))
@settings(max_examples=300, deadline=None)
def test_no_message_and_no_dead_letter_header_repeats_a_rejected_value(place: tuple[str | int, ...], marker: Any, how: str) -> None:
    document = replaced(FULL, place, marker if how == "replace" else {MARKER: marker})
    try:
        decode_declaration(orjson.dumps(document), LIMITS, NOW)
    except ContractError as error:
        assert MARKER not in told(error)
        assert "918273645" not in told(error)


@given(st.sampled_from(places(OUTCOME)), MARKERS)
@settings(max_examples=100, deadline=None)
def test_no_message_repeats_a_rejected_value_of_an_outcome(place: tuple[str | int, ...], marker: Any) -> None:
    try:
        decode_outcome(orjson.dumps(replaced(OUTCOME, place, marker)), LIMITS, NOW)
    except ContractError as error:
        assert MARKER not in told(error)
        assert "918273645" not in told(error)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused_and_never_raise_anything_else(body: bytes) -> None:
    with pytest.raises(ContractError):
        decode_declaration(body, LIMITS, NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(places(FULL)), json_values)
@settings(max_examples=300, deadline=None)
def test_any_json_in_any_place_is_read_or_refused_and_never_raises_anything_else(place: tuple[str | int, ...], value: Any) -> None:
    try:
        decode_declaration(orjson.dumps(replaced(FULL, place, value)), LIMITS, NOW)
    except ContractError as error:
        assert error.faults
