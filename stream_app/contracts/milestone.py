"""A step of a consignment's clearance as a typed event: what a Time Release Study counts (WCO TRS Guide, version 3, 2018)."""

from dataclasses import dataclass
from sys import intern

from stream_app.contracts.decode import Limits, epoch_seconds, parse

SCHEMA = "milestone.v1"

MILESTONES = {
    "T0": "arrival",
    "T1": "discharge",
    "T2": "temporary storage",
    "T3": "lodging",
    "T4": "acceptance",
    "T5": "payment",
    "T6": "document check",
    "T7": "request to another agency",
    "T8": "consent of other agencies",
    "T9": "presentation for inspection",
    "T10": "inspection result",
    "T11": "release",
    "T12": "gate-out",
}
"""Steps in their usual order, each with its short name."""

CARRIER, OPERATOR, TRADER, CUSTOMS, OTHER_AGENCY = ACTORS = ("carrier", "operator", "trader", "customs", "other_agency")
"""Whose time it can be."""

USUAL_ACTOR = {
    **dict.fromkeys(MILESTONES, CUSTOMS),
    **dict.fromkeys(("T3", "T5", "T7", "T9", "T12"), TRADER),
    "T1": CARRIER,
    "T2": OPERATOR,
    "T8": OTHER_AGENCY,
}
"""Whose time the way to a step is, unless the event says otherwise."""


@dataclass(slots=True)
class Milestone:
    """One step, one time. `occurred_epoch` in seconds since 1970; `actor`: whose time the way to this step was."""

    declaration_id: str
    trader_id: str | None
    milestone: str
    occurred_at: str
    occurred_epoch: float
    office: str
    officer_ref: str | None
    lane: str | None
    transport_mode: str | None
    trader_class: str | None
    actor: str
    cancelled: bool

    @property
    def step(self) -> int:
        """0 for T0 to 12 for T12."""
        return int(self.milestone[1:])


def decode_milestone(body: bytes | None, limits: Limits, now: float) -> Milestone:
    """A valid milestone, or ContractError with every fault found. `now`: seconds since 1970, to judge occurred_at by."""
    document = parse(body, SCHEMA, limits)
    occurred = epoch_seconds(document, "occurred_at", limits, now)
    get, milestone = document.get, intern(document["milestone"])
    return Milestone(
        declaration_id=document["declaration_id"],
        trader_id=get("trader_id"),
        milestone=milestone,
        occurred_at=document["occurred_at"],
        occurred_epoch=occurred,
        office=intern(document["office"]),
        officer_ref=get("officer_ref"),
        lane=get("lane"),
        transport_mode=get("transport_mode"),
        trader_class=get("trader_class"),
        actor=get("actor") or USUAL_ACTOR[milestone],
        cancelled=get("cancelled", False),
    )
