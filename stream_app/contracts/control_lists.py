"""Watchlists and suppressions as typed events: entries of two compacted topics, each with an owner, a reason and an end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stream_app.contracts.decode import DAY, Limits, parse, rfc3339
from stream_app.contracts.errors import Code, ContractError, Fault

PARTY_FIELDS = ("trader_id", "declarant_id", "seller_id", "consignee_id", "carrier_id", "equipment_id")
"""Criteria that name somebody or something; an entry with none of them is a rule on goods and routes."""

MANDATORY = ("watchlist", "rule")

MAX_DAYS = 730.0
"""How far ahead an entry may end, unless pipeline.toml says otherwise."""

Criteria = Mapping[str, frozenset[str]]
"""Field -> values, any of which matches; all fields must. An hs_prefix matches the codes that begin with it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What both lists share. Times in seconds since 1970; it holds from `valid_from` until before `expires_at`, by the record's event time."""

    entry_id: str
    owner: str
    reason: str
    criteria: Criteria
    valid_from: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class WatchEntry(Entry):
    """What it matches is controlled, in `lane`."""

    lane: str

    @property
    def kind(self) -> str:
        """watchlist: names a party or a container; rule: names goods, places, procedures only."""
        return MANDATORY[not any(field in self.criteria for field in PARTY_FIELDS)]


@dataclass(frozen=True, slots=True)
class Suppression(Entry):
    """What it matches is not selected by score. `typologies`: only alerts of these; empty: of any."""

    typologies: frozenset[str]


def decode_watch_entry(body: bytes | None, key: bytes | None, limits: Limits, now: float, max_days: float = MAX_DAYS) -> WatchEntry:
    """A valid entry of the watchlist, or ContractError with what is wrong. `max_days`: how far from `now` it may end."""
    document = parse(body, "watchlist.v1", limits)
    return WatchEntry(**_common(document, key, now, max_days), lane=document["lane"])


def decode_suppression(body: bytes | None, key: bytes | None, limits: Limits, now: float, max_days: float = MAX_DAYS) -> Suppression:
    """A valid suppression, or ContractError with what is wrong."""
    document = parse(body, "suppression.v1", limits)
    return Suppression(**_common(document, key, now, max_days), typologies=frozenset(document.get("typologies", ())))


def entry_key(key: bytes | None) -> str:
    """The entry that a tombstone takes away. Raises ContractError where it names none."""
    if not key:
        raise ContractError(Fault("", Code.TOMBSTONE, "a record without a value takes an entry away, and needs its entry_id as the key"))
    return key.decode("utf-8", "replace")


def _common(document: dict[str, Any], key: bytes | None, now: float, max_days: float) -> dict[str, Any]:
    if (key or b"").decode("utf-8", "replace") != document["entry_id"]:
        # Compaction keeps the last record of a key, and a tombstone has nothing else: under another key an entry would never end.
        raise ContractError(Fault("/entry_id", Code.NOT_ALLOWED, "must be the record's key too"))
    begins = _epoch(document, "valid_from") if "valid_from" in document else 0.0
    ends = _epoch(document, "expires_at")
    if ends <= begins:
        raise ContractError(Fault("/expires_at", Code.OUT_OF_RANGE, "must be after valid_from"))
    if ends > now + max_days * DAY:
        raise ContractError(Fault("/expires_at", Code.IN_FUTURE, f"is more than {max_days:g} days ahead"))
    criteria = {field: frozenset(values) for field, values in document["criteria"].items()}
    return {
        "entry_id": document["entry_id"],
        "owner": document["owner"],
        "reason": document["reason"],
        "criteria": criteria,
        "valid_from": begins,
        "expires_at": ends,
    }


def _epoch(document: dict[str, Any], field: str) -> float:
    try:
        return rfc3339(document[field])
    except (ValueError, OverflowError):
        raise ContractError(Fault(f"/{field}", Code.BAD_FORMAT, "is not a time that can be read")) from None
