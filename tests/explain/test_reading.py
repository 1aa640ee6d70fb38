"""Files of alerts: one document or one a line, and what is said of those that are no alert."""

import io
from collections.abc import Callable

import orjson
import pytest

from stream_app.contracts.assessment import Alert, encode
from stream_app.explain.reading import Given, read_alerts

Made = Callable[..., Alert]


def read(body: bytes) -> list[Given]:
    return list(read_alerts(io.BytesIO(body)))


def test_one_alert_over_many_lines_is_read_whole(made: Made) -> None:
    (given,) = read(b"\n" + orjson.dumps(made(), option=orjson.OPT_INDENT_2))
    assert given.alert == made()


def test_one_alert_a_line_is_read_line_by_line_and_a_bad_line_is_told_by_its_number(made: Made) -> None:
    good, bad = encode(made()), encode(made(version=0))
    given = read(b"\n".join([good, b"", bad, b"{", good]))
    assert [(one.line, one.alert is not None) for one in given] == [(1, True), (3, False), (4, False), (5, True)]
    assert [(fault.pointer, fault.code) for fault in given[1].faults] == [("/version", "out_of_range")]
    assert given[2].faults[0].code == "not_json"


@pytest.mark.parametrize(("body", "code"), [(b"", "empty"), (b" \n\n", "empty"), (b"alert", "not_json"), (b"[]", "wrong_type"), (b"7", "wrong_type")])
def test_a_file_without_an_alert_is_a_fault(body: bytes, code: str) -> None:
    (given,) = read(body)
    assert given.alert is None
    assert given.faults[0].code == code


def test_a_fault_deep_inside_has_its_pointer(made: Made) -> None:
    document = orjson.loads(encode(made()))
    del document["reasons"][1]["path"][0]["n"]
    (given,) = read(orjson.dumps(document))
    assert [fault.pointer for fault in given.faults] == ["/reasons/1/path/0/n"]


def test_what_a_later_release_adds_is_passed_over(made: Made) -> None:
    document = orjson.loads(encode(made())) | {"mood": "good"}
    document["reasons"][0]["smell"] = {"of": ["fish"]}
    (given,) = read(orjson.dumps(document))
    assert given.alert == made()


def test_an_alert_cannot_command_the_terminal(made: Made) -> None:
    (given,) = read(encode(made(declaration_id="A\x1b[2J\x07B")))
    assert given.alert is not None
    assert given.alert.declaration_id == "A�[2J�B"


def test_a_document_larger_than_any_alert_is_refused() -> None:
    (given,) = read(b"{\n" + b" " * 2_000_000)
    assert given.faults[0].code == "too_large"
