"""Typed events of the instruments, with what a test does not care about filled in."""

from typing import Any

from stream_app.contracts.assessment import encode
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.export import Export, decode_export
from stream_app.contracts.indicator import moment
from stream_app.contracts.milestone import Milestone, decode_milestone
from stream_app.contracts.outcome import Outcome, decode_outcome
from stream_app.contracts.seizure import Seizure, decode_seizure
from tests.support.goods import declaration_document, decode

HOUR = 3_600.0
DAY = 86_400.0
START = 1_772_323_200.0  # 2026-03-01T00:00:00Z, a Sunday


def milestone(declaration_id: str, name: str, hours: float, **fields: Any) -> Milestone:
    """A step `hours` after START."""
    at = START + hours * HOUR
    document = {"declaration_id": declaration_id, "milestone": name, "occurred_at": moment(at), "office": "NL000510", **fields}
    return decode_milestone(encode(document), Limits(), at)


def journey(declaration_id: str, steps: dict[str, float], **fields: Any) -> list[Milestone]:
    """Steps in the order in which they happened."""
    return [milestone(declaration_id, name, hours, **fields) for name, hours in sorted(steps.items(), key=lambda step: step[1])]


def export(export_id: str, days: float, **fields: Any) -> Export:
    """A record of CN's exports to NL, `days` after START."""
    at = START + days * DAY
    document = {
        "export_id": export_id, "reporter_country": "CN", "partner_country": "NL", "hs_code": "610910", "exported_at": moment(at),
        "fob_value": 1_000.0, "currency": "EUR", "net_mass_kg": 100.0, **fields,
    }  # fmt: skip
    return decode_export(encode(document), Limits(), at)


def seizure(case_id: str, days: float, **fields: Any) -> Seizure:
    """A case of drugs in bananas by sea from EC, `days` after START."""
    at = START + days * DAY
    document = {
        "case_id": case_id, "seized_at": moment(at), "commodity_group": "drugs", "hs_code": "080390", "origin_country": "EC",
        "departure_country": "EC", "conveyance": "vessel", **fields,
    }  # fmt: skip
    return decode_seizure(encode(document), Limits(), at)


def outcome(declaration_id: str, hours: float, **fields: Any) -> Outcome:
    """A compliant physical control, `hours` after START."""
    at = START + hours * HOUR
    document = {
        "outcome_id": f"R-{declaration_id}", "declaration_id": declaration_id, "trader_id": "T-1", "control_type": "physical",
        "result": "compliant", "decided_at": moment(at), **fields,
    }  # fmt: skip
    return decode_outcome(encode(document), Limits(), at)


def lodged(declaration_id: str, hours: float, items: list[dict[str, Any]] | None = None, **fields: Any) -> Declaration:
    """A declaration of T-shirts from CN, `hours` after START."""
    at = START + hours * HOUR
    return decode(declaration_document(declaration_id, items, lodged_at=moment(at), **fields), at)
