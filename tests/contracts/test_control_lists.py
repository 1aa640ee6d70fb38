"""Entries of the watchlist and the suppressions, from bytes."""

from typing import Any

import orjson
import pytest

from stream_app.contracts.control_lists import Suppression, WatchEntry, decode_suppression, decode_watch_entry, entry_key
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError

NOW = 1_772_668_800.0  # 2026-03-05T00:00:00Z
SECRET = "T-SECRET"


def document(**changes: Any) -> dict[str, Any]:
    plain = {
        "entry_id": "W-1",
        "lane": "red",
        "owner": "targeting",
        "reason": "a case",
        "criteria": {"trader_id": [SECRET], "hs_prefix": ["61", "6205"]},
        "expires_at": "2026-03-06T00:00:00Z",
    }
    return {name: value for name, value in (plain | changes).items() if value is not None}


def decoded(key: bytes | None = b"W-1", **changes: Any) -> WatchEntry:
    return decode_watch_entry(orjson.dumps(document(**changes)), key, Limits(), NOW)


def fault(key: bytes | None = b"W-1", **changes: Any) -> tuple[str, Code]:
    """Place and code of the first."""
    with pytest.raises(ContractError) as caught:
        decoded(key, **changes)
    assert SECRET not in str(caught.value)
    return caught.value.faults[0].pointer, caught.value.code


def test_an_entry_is_read_with_its_criteria_and_its_times() -> None:
    entry = decoded(valid_from="2026-03-05T01:00:00+01:00")
    assert entry == WatchEntry(
        entry_id="W-1",
        owner="targeting",
        reason="a case",
        criteria={"trader_id": frozenset({SECRET}), "hs_prefix": frozenset({"61", "6205"})},
        valid_from=NOW,
        expires_at=NOW + 86_400.0,
        lane="red",
    )
    assert decoded().valid_from == 0.0, "holds at once"


def test_a_suppression_may_name_typologies() -> None:
    body = document(lane=None, typologies=["mass", "unit_value"])
    entry = decode_suppression(orjson.dumps(body), b"W-1", Limits(), NOW)
    assert isinstance(entry, Suppression)
    assert entry.typologies == {"mass", "unit_value"}
    del body["typologies"]
    assert decode_suppression(orjson.dumps(body), b"W-1", Limits(), NOW).typologies == frozenset()


@pytest.mark.parametrize("key", [None, b"", b"W-2", b"\xff"])
def test_an_entry_under_another_key_is_refused_since_nothing_could_take_it_away(key: bytes | None) -> None:
    assert fault(key) == ("/entry_id", Code.NOT_ALLOWED)


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"owner": None}, "/owner", Code.MISSING_FIELD),
        ({"reason": ""}, "/reason", Code.OUT_OF_RANGE),
        ({"expires_at": None}, "/expires_at", Code.MISSING_FIELD),
        ({"lane": "green"}, "/lane", Code.NOT_ALLOWED),
        ({"criteria": {}}, "/criteria", Code.BAD_FORMAT),
        ({"criteria": {"trader_id": []}}, "/criteria/trader_id", Code.OUT_OF_RANGE),
        ({"criteria": {"trader": [SECRET]}}, "/criteria", Code.UNKNOWN_FIELD),
        ({"criteria": {"hs_prefix": ["6"]}}, "/criteria/hs_prefix/0", Code.BAD_FORMAT),
        ({"schema_version": 2}, "/schema_version", Code.UNKNOWN_VERSION),
        ({"expires_at": "2026-03-05"}, "/expires_at", Code.BAD_FORMAT),
        ({"valid_from": "2026-03-06T00:00:00Z"}, "/expires_at", Code.OUT_OF_RANGE),
        ({"expires_at": "2029-03-06T00:00:00Z"}, "/expires_at", Code.IN_FUTURE),
    ],
)
def test_what_is_wrong_is_told_with_its_place(changes: dict[str, Any], place: str, code: Code) -> None:
    assert fault(**changes) == (place, code)


def test_an_entry_may_have_ended_already_since_the_topic_is_read_from_its_beginning() -> None:
    assert decoded(expires_at="2020-01-01T00:00:00Z").expires_at < NOW


def test_a_tombstone_names_its_entry_by_the_key_or_is_at_fault() -> None:
    assert entry_key(b"W-1") == "W-1"
    for key in (None, b""):
        with pytest.raises(ContractError) as caught:
            entry_key(key)
        assert caught.value.code is Code.TOMBSTONE
