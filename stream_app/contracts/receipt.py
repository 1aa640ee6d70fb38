"""The answer to a submitter for every event it sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stream_app.contracts.assessment import deterministic_id
from stream_app.contracts.errors import Fault

Status = Literal["accepted", "rejected", "duplicate"]


@dataclass
class Receipt:
    """Found again by (topic, partition, offset) or by the CloudEvents id. `note` says what became of an accepted outcome."""

    receipt_id: str
    topic: str
    partition: int
    offset: int
    event_id: str | None
    status: Status
    errors: list[dict[str, str]]
    note: str | None = None


def receipt(
    topic: str, partition: int, offset: int, event_id: str | None, status: Status, faults: Sequence[Fault] = (), note: str | None = None
) -> Receipt:
    """A receipt for the event at that place; its id is the same however often the event is read."""
    errors = [fault._asdict() for fault in faults]
    return Receipt(deterministic_id("receipt", topic, partition, offset), topic, partition, offset, event_id, status, errors, note)
