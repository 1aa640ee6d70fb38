"""From findings to alerts and assessments of movements: ids, documents, lanes."""

from datetime import UTC, datetime

from stream_app.contracts.assessment import deterministic_id
from stream_app.contracts.declared import Declared
from stream_app.contracts.movement_assessment import Evidence
from stream_app.detectors.movements.steps import Step


def rfc3339_utc(at: float) -> str:
    """Whole seconds, in UTC."""
    return datetime.fromtimestamp(round(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def evidence(steps: list[Step], declared: list[Declared]) -> list[Evidence]:
    """The documents that a finding rests on: declarations, then events."""
    lodged = [Evidence("declaration", one.declaration_id, one.lodged_at, str(one.version), one.departure_country) for one in declared]
    return lodged + [Evidence("movement", step.event_id, rfc3339_utc(step.at), step.type, step.location) for step in steps]


def alert_id(equipment_id: str, event_id: str, typology: str) -> str:
    """The same again after a restart, a replay, and in whatever order the events came."""
    return deterministic_id("movement alert", equipment_id, event_id, typology)


def lane(severity: str | None, standing: bool = True) -> str:
    """Red, a physical control, from severity high on; green where nothing stands."""
    if severity is None or not standing:
        return "green"
    return "red" if severity in ("high", "critical") else "yellow"
