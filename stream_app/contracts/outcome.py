"""The feedback as a typed event: what a control found, or what an officer answered to an alert."""

from dataclasses import dataclass

from stream_app.contracts.decode import Limits, epoch_seconds, parse

SCHEMA = "outcome.v1"
CONFIRMED, VALUABLE, FALSE_POSITIVE = "confirmed_risk", "valuable", "false_positive"
"""An officer's answers to an alert."""


@dataclass(frozen=True, slots=True)
class SeizedGoods:
    """Goods that a control seized: what a CEN-style record says of them beside their declaration. `quantity` in `unit`."""

    commodity_group: str
    concealment: str | None = None
    detection_method: str | None = None
    quantity: float | None = None
    unit: str | None = None
    value: float | None = None


@dataclass(slots=True)
class Outcome:
    """What a control found on one goods item, or on all of them (`item_number` None). An answer names its alert instead."""

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
    alert_id: str | None = None
    answer: str | None = None
    duty_difference: float | None = None
    """Reassessed less declared, in `currency`."""
    currency: str | None = None
    officer_ref: str | None = None
    seizure: SeizedGoods | None = None


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
        irregular=document.get("result") == "irregular" or document.get("answer") == CONFIRMED,
        critical=document.get("critical", False),
        decided_at=document["decided_at"],
        decided_epoch=decided,
        alert_id=document.get("alert_id"),
        answer=document.get("answer"),
        duty_difference=document.get("duty_difference"),
        currency=document.get("currency"),
        officer_ref=document.get("officer_ref"),
        seizure=SeizedGoods(**document["seizure"]) if "seizure" in document else None,
    )
