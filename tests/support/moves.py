"""Invented movements for the tests: one plain document to change."""

from typing import Any

import orjson

from stream_app.contracts.decode import Limits
from stream_app.contracts.movement import Movement, decode_movement

EQUIPMENT = "CSQU3054383"  # the worked example of ISO 6346
VESSEL = "9074729"
NOW = 1_772_668_800.0  # 2026-03-05T00:00:00Z, by `date -u -d 2026-03-05 +%s`


def movement_document(event_id: str = "E-1", **changes: Any) -> dict[str, Any]:
    """A laden container discharged at Rotterdam, as JSON. A change to None leaves the property out."""
    document = {
        "event_id": event_id,
        "equipment_id": EQUIPMENT,
        "event_type": "DISC",
        "classifier": "ACT",
        "occurred_at": "2026-03-02T08:00:00Z",
        "recorded_at": "2026-03-02T08:05:00Z",
        "empty_indicator": "LADEN",
        "facility": {"type": "POTE", "un_location_code": "NLRTM"},
        "transport_call": {"mode": "VESSEL", "vessel_imo": VESSEL, "voyage": "2609W"},
        "carrier_id": "C-1",
    }
    return {name: value for name, value in (document | changes).items() if value is not None}


def moved(event_id: str = "E-1", **changes: Any) -> Movement:
    """The same, read."""
    return decode_movement(orjson.dumps(movement_document(event_id, **changes)), Limits(), NOW)
