"""CloudEvents 1.0 in Kafka binary mode: the body is ours, the attributes are headers (CloudEvents Kafka protocol binding, section 3.2)."""

from collections.abc import Sequence
from typing import NamedTuple

from stream_app.contracts.errors import Code, ContractError, Fault

TYPES = {
    "declarations": "org.tidewaiter.customs.declaration.v1",
    "outcomes": "org.tidewaiter.customs.outcome.v1",
    "movements": "org.tidewaiter.customs.movement.v1",
    "milestones": "org.tidewaiter.customs.milestone.v1",
    "exports": "org.tidewaiter.customs.export.v1",
    "seizures": "org.tidewaiter.customs.seizure.v1",
    "watchlists": "org.tidewaiter.customs.watchlist.v1",
    "suppressions": "org.tidewaiter.customs.suppression.v1",
}
"""Topic alias -> ce_type of the events that integrators send to it."""

SCHEMAS = {
    "declarations": "declaration.v1.schema.json",
    "outcomes": "outcome.v1.schema.json",
    "movements": "movement.v1.schema.json",
    "milestones": "milestone.v1.schema.json",
    "exports": "export.v1.schema.json",
    "seizures": "seizure.v1.schema.json",
    "watchlists": "watchlist.v1.schema.json",
    "suppressions": "suppression.v1.schema.json",
}
"""Topic alias -> what a ce_dataschema, where there is one, must end in."""

RESULT_TYPES = {
    "assessments": "org.tidewaiter.risk.assessment.v1",
    "alerts": "org.tidewaiter.risk.alert.v1",
    "shadow_alerts": "org.tidewaiter.risk.alert.v1",
    "movement_assessments": "org.tidewaiter.risk.movement_assessment.v1",
    "movement_alerts": "org.tidewaiter.risk.movement_alert.v1",
    "indicators": "org.tidewaiter.risk.indicator.v1",
    "receipts": "org.tidewaiter.customs.receipt.v1",
}
"""Topic alias -> ce_type of what the service answers."""

INTERNAL_TYPES = {
    "imports": "org.tidewaiter.customs.declaration.v1",
    "gaps": "org.tidewaiter.gap.v1",
    "declared": "org.tidewaiter.internal.declared_container.v1",
    "contradictions": "org.tidewaiter.internal.contradiction.v1",
}
"""And of what it sends to itself."""

UNKNOWN_SOURCE = "unknown"
MAX_ATTRIBUTE = 256


class Envelope(NamedTuple):
    """What the headers of an input event say; a plain Kafka record without CloudEvents headers says nothing."""

    source: str
    event_id: str | None
    event_type: str | None
    spec_version: str | None = None
    data_schema: str | None = None


def headers(event_type: str, source: str, event_id: str, time: str | None = None, subject: str | None = None) -> list[tuple[str, bytes]]:
    """The headers of one event; `time` as RFC 3339. (source, event_id) must be unique among different events."""
    attributes = {"ce_specversion": "1.0", "ce_type": event_type, "ce_source": source, "ce_id": event_id, "ce_time": time, "ce_subject": subject}
    given = [(name, value.encode()) for name, value in attributes.items() if value is not None]
    return [*given, ("content-type", b"application/json")]


def envelope(given: Sequence[tuple[str, bytes | None]]) -> Envelope:
    """The attributes that matter here, cut to a bounded length; never raises, so that even a refused event has a source."""
    found = {name: (value or b"")[:MAX_ATTRIBUTE].decode("utf-8", "replace") for name, value in given if name.startswith("ce_")}
    return Envelope(
        found.get("ce_source") or UNKNOWN_SOURCE,
        found.get("ce_id") or None,
        found.get("ce_type"),
        found.get("ce_specversion"),
        found.get("ce_dataschema"),
    )


def refuse_other_versions(kind: str, event: Envelope) -> None:
    """Raises ContractError for an event that says of itself that it is not the version which topic `kind` takes."""
    if event.spec_version not in (None, "1.0"):
        raise ContractError(Fault("", Code.UNKNOWN_VERSION, "ce_specversion must be 1.0"))
    if event.event_type not in (None, TYPES[kind]):
        raise ContractError(Fault("", Code.UNKNOWN_VERSION, f"ce_type must be {TYPES[kind]}"))
    if event.data_schema is not None and not event.data_schema.endswith(SCHEMAS[kind]):
        raise ContractError(Fault("", Code.UNKNOWN_VERSION, f"ce_dataschema must end in {SCHEMAS[kind]}"))
