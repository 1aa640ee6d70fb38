"""What can be wrong with an input event.

    ContractError            the record is at fault: dead letter and receipt, then the next record

`Code` is short and fixed: it labels metrics, receipts and dead letters. Messages never contain the rejected value.
"""

from enum import StrEnum
from typing import NamedTuple


class Code(StrEnum):
    """Why a record was refused; one code a fault, the first one names the dead letter."""

    EMPTY = "empty"
    TOMBSTONE = "tombstone"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    UNKNOWN_VERSION = "unknown_version"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    BAD_FORMAT = "bad_format"
    NOT_ALLOWED = "not_allowed"
    TOO_MANY = "too_many"
    REPEATED_ITEM = "repeated_item"
    TOO_OLD = "too_old"
    IN_FUTURE = "in_future"
    DUPLICATE = "duplicate"
    STALE_VERSION = "stale_version"
    INTERNAL = "internal"


def placed(pointer: str | None, message: str) -> str:
    """A fault's message behind its place; "" and None are the whole record, which needs none."""
    return f"{pointer}: {message}" if pointer else message


class Fault(NamedTuple):
    """One thing wrong. `pointer` is an RFC 6901 JSON pointer into the record; "" is the whole record."""

    pointer: str
    code: Code
    message: str

    def __str__(self) -> str:
        """Where and what, for people."""
        return placed(self.pointer, self.message)


class ContractError(Exception):
    """The record breaks its contract; `faults` has at least one entry, the first found first."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults

    @property
    def code(self) -> Code:
        return self.faults[0].code
