"""What goes out: ids, receipts, dead letters, CloudEvents headers."""

import uuid

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.contracts.assessment import NAMESPACE, deterministic_id, encode
from stream_app.contracts.cloudevents import MAX_ATTRIBUTE, TYPES, UNKNOWN_SOURCE, envelope, headers, refuse_other_versions
from stream_app.contracts.dead_letter import MAX_MESSAGE, dead_letter_headers
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.receipt import receipt
from stream_app.contracts.schemas import pointer

printable = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(printable | st.integers(), min_size=1, max_size=5))
def test_ids_are_those_of_uuid5(parts: list[object]) -> None:
    assert deterministic_id(*parts) == str(uuid.uuid5(NAMESPACE, "\x1f".join(map(str, parts))))


def test_a_receipt_has_the_same_id_however_often_the_event_is_read() -> None:
    first = receipt("customs.declarations.v1", 3, 41, "e-1", "accepted")
    again = receipt("customs.declarations.v1", 3, 41, None, "duplicate")
    other = receipt("customs.declarations.v1", 3, 42, "e-1", "accepted")
    assert first.receipt_id == again.receipt_id != other.receipt_id


def test_a_rejected_receipt_carries_pointer_code_and_message() -> None:
    fault = Fault("/items/0/net_mass_kg", Code.OUT_OF_RANGE, "must be at least 0")
    body = orjson.loads(encode(receipt("t", 0, 7, "e-1", "rejected", [fault])))
    assert body == {
        "receipt_id": str(uuid.uuid5(NAMESPACE, "receipt\x1ft\x1f0\x1f7")),
        "topic": "t",
        "partition": 0,
        "offset": 7,
        "event_id": "e-1",
        "status": "rejected",
        "errors": [{"pointer": "/items/0/net_mass_kg", "code": "out_of_range", "message": "must be at least 0"}],
        "note": None,
    }


def test_a_dead_letter_keeps_the_original_headers_repeated_ones_too_and_in_their_order() -> None:
    original = [("trace", b"1"), ("ce_id", b"e-1"), ("trace", b"2"), ("trace", b"1"), ("raw", b"\xff\x00")]
    error = ContractError(Fault("/office", Code.MISSING_FIELD, "is required"))
    found = dead_letter_headers(original, "customs.declarations.v1", 2, 1_234, error, error.code)
    assert found[: len(original)] == original
    assert dict(found[len(original) :]) == {
        "__streams.errors.exception": b"stream_app.contracts.errors.ContractError",
        "__streams.errors.message": b"/office: is required",
        "__streams.errors.topic": b"customs.declarations.v1",
        "__streams.errors.partition": b"2",
        "__streams.errors.offset": b"1234",
        "tidewaiter.error.code": b"missing_field",
    }


def test_a_foreign_exceptions_text_stays_out_of_the_dead_letter() -> None:
    found = dead_letter_headers([], "t", 0, 0, ValueError("could not convert 'T-SECRET'"), Code.INTERNAL)
    assert b"SECRET" not in b" ".join(value for _, value in found)
    assert dict(found)["__streams.errors.exception"] == b"builtins.ValueError"


def test_the_message_of_a_dead_letter_is_bounded() -> None:
    error = ContractError(*[Fault(f"/items/{n}/net_mass_kg", Code.OUT_OF_RANGE, "must be at least 0") for n in range(500)])
    found = dict(dead_letter_headers([], "t", 0, 0, error, error.code))
    assert len(found["__streams.errors.message"]) == MAX_MESSAGE


@given(st.sampled_from(sorted(TYPES)), st.text("abcXYZ/.-:0123", min_size=1, max_size=80), st.text("abc-0123", min_size=1, max_size=80))
def test_cloudevents_headers_are_read_as_they_were_written(kind: str, source: str, event_id: str) -> None:
    written = headers(TYPES[kind], source, event_id, "2026-03-02T08:14:05Z", "T-1")
    event = envelope(written)
    assert event == (source, event_id, TYPES[kind], "1.0", None)
    refuse_other_versions(kind, event)
    assert dict(written)["ce_specversion"] == b"1.0"
    assert dict(written)["content-type"] == b"application/json"


def test_attributes_that_are_not_given_have_no_header() -> None:
    assert [name for name, _ in headers("t", "s", "i")] == ["ce_specversion", "ce_type", "ce_source", "ce_id", "content-type"]


def test_a_plain_record_has_an_unknown_source_and_is_not_refused() -> None:
    event = envelope([("trace", b"1"), ("content-type", b"application/json")])
    assert event == (UNKNOWN_SOURCE, None, None, None, None)
    refuse_other_versions("declarations", event)


@pytest.mark.parametrize("ce_type", [b"org.tidewaiter.customs.declaration.v2", b"org.tidewaiter.customs.outcome.v1", b"", b"\xff"])
def test_another_type_of_event_is_an_unknown_version(ce_type: bytes) -> None:
    with pytest.raises(ContractError) as caught:
        refuse_other_versions("declarations", envelope([("ce_type", ce_type)]))
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [(Code.UNKNOWN_VERSION, "")]
    assert "v2" not in str(caught.value)


@given(st.lists(st.tuples(st.sampled_from(["ce_id", "ce_source", "ce_type", "other"]), st.none() | st.binary(max_size=600)), max_size=6))
def test_any_headers_give_an_envelope_of_bounded_length(given_headers: list[tuple[str, bytes | None]]) -> None:
    event = envelope(given_headers)
    assert event.source
    assert all(len(value) <= MAX_ATTRIBUTE for value in event if value is not None)


@pytest.mark.parametrize(
    ("path", "text"),
    [([], ""), (["items", 0, "hs_code"], "/items/0/hs_code"), (["a/b", "m~n"], "/a~1b/m~0n"), (["~1"], "/~01"), ([""], "/")],
)
def test_pointers_are_those_of_rfc_6901(path: list[str | int], text: str) -> None:
    assert pointer(path) == text


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("ce_specversion", b"0.3", True),
        ("ce_specversion", b"1.0", False),
        ("ce_dataschema", b"https://tidewaiter.example/schemas/declaration.v2.schema.json", True),
        ("ce_dataschema", b"https://elsewhere.example/declaration.v1.schema.json", False),
    ],
)
def test_another_version_of_the_envelope_or_the_schema_is_refused(name: str, value: bytes, refused: bool) -> None:
    event = envelope([(name, value)])
    if refused:
        with pytest.raises(ContractError) as caught:
            refuse_other_versions("declarations", event)
        assert caught.value.code is Code.UNKNOWN_VERSION
    else:
        refuse_other_versions("declarations", event)
