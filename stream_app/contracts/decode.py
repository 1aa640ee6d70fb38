"""What declarations and outcomes share on the way in: size, JSON, version, schema, plausible time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.schemas import schema

DAY = 86_400.0
_SECONDS = {f"{second:02}Z": float(second) for second in range(60)}
MINUTES = 4_096
"""Of recent records, whose times are remembered to the minute."""
THOROUGH_BYTES = 65_536
"""Of a larger body only the first fault is told."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service takes, beyond the schema."""

    max_record_bytes: int = 1_048_576
    max_age_days: float = 3_650.0
    max_future_days: float = 2.0


def parse(body: bytes | None, name: str, limits: Limits) -> dict[str, Any]:
    """The JSON object in `body`, valid against schema `name`.

    Raises ContractError for a tombstone (None), an empty or oversized body, anything but JSON (NaN included), or a broken schema.
    """
    if body is None:
        raise ContractError(Fault("", Code.TOMBSTONE, "a record without a value means nothing on this topic"))
    if not body.strip():
        raise ContractError(Fault("", Code.EMPTY, "the body is empty"))
    if len(body) > limits.max_record_bytes:
        raise ContractError(Fault("", Code.TOO_LARGE, f"the body is larger than {limits.max_record_bytes} bytes"))
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ContractError(Fault("", Code.NOT_JSON, f"not JSON at line {error.lineno}, column {error.colno}")) from None
    if faults := schema(name).faults(document, every=len(body) <= THOROUGH_BYTES):
        # Another version is the reason for all the rest.
        raise ContractError(*sorted(faults, key=lambda fault: fault.code is not Code.UNKNOWN_VERSION))
    return document  # type: ignore[no-any-return]  # the schema has just said that it is an object


def rfc3339(text: str) -> float:
    """Seconds since 1970. Raises ValueError or OverflowError. RFC 3339 allows a lower-case t and z, Python does not."""
    if text[16:17] == ":" and (seconds := _SECONDS.get(text[17:])) is not None:
        return _minute(text[:17]) + seconds
    return datetime.fromisoformat(text.upper()).timestamp()


@lru_cache(MINUTES)
def _minute(text: str) -> float:
    """As `rfc3339`, of what comes before the seconds: records that follow one another share it."""
    return datetime.fromisoformat(f"{text}00Z").timestamp()


def epoch_seconds(document: Mapping[str, Any], field: str, limits: Limits, now: float) -> float:
    """The time in `field`, in seconds since 1970; raises ContractError outside the span [now - max_age, now + max_future]."""
    try:
        at = rfc3339(document[field])
    except (ValueError, OverflowError):  # the schema's date-time has a leap second and a year 0; Python has not
        raise ContractError(Fault(f"/{field}", Code.BAD_FORMAT, "is not a time that can be read")) from None
    if at < now - limits.max_age_days * DAY:
        raise ContractError(Fault(f"/{field}", Code.TOO_OLD, f"is more than {limits.max_age_days:g} days ago"))
    if at > now + limits.max_future_days * DAY:
        raise ContractError(Fault(f"/{field}", Code.IN_FUTURE, f"is more than {limits.max_future_days:g} days ahead"))
    return at
