"""A control outcome as a typed event: the feedback from inspections."""

from dataclasses import dataclass

from stream_app.contracts.decode import Limits, epoch_seconds, parse

SCHEMA = "outcome.v1"


@dataclass(slots=True)
class Outcome:
    """What a control found on one goods item, or on all of them (`item_number` None)."""

    outcome_id: str
    declaration_id: str
    trader_id: str
    item_number: int | None
    control_type: str
    selection_reason: str
    irregular: bool
    critical: bool
    decided_at: str
    decided_epoch: float


def decode_outcome(body: bytes | None, limits: Limits, now: float) -> Outcome:
    """A valid outcome, or ContractError with every fault found."""
    document = parse(body, SCHEMA, limits)
    number = document.get("item_number")
    decided = epoch_seconds(document, "decided_at", limits, now)
    return Outcome(
        outcome_id=document["outcome_id"],
        declaration_id=document["declaration_id"],
        trader_id=document["trader_id"],
        item_number=None if number is None else int(number),
        control_type=document["control_type"],
        selection_reason=document.get("selection_reason", "unknown"),
        irregular=document["result"] == "irregular",
        critical=document.get("critical", False),
        decided_at=document["decided_at"],
        decided_epoch=decided,
    )
