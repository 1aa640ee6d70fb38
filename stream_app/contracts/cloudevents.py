"""CloudEvents 1.0 in Kafka binary mode: the body is ours, the attributes are headers (CloudEvents Kafka protocol binding, section 3.2)."""

TYPES = {"declarations": "org.tidewaiter.customs.declaration.v1", "outcomes": "org.tidewaiter.customs.outcome.v1"}
"""Topic alias -> ce_type of the events that integrators send to it."""


def headers(event_type: str, source: str, event_id: str, time: str | None = None, subject: str | None = None) -> list[tuple[str, bytes]]:
    """The headers of one event; `time` as RFC 3339. (source, event_id) must be unique among different events."""
    attributes = {"ce_specversion": "1.0", "ce_type": event_type, "ce_source": source, "ce_id": event_id, "ce_time": time, "ce_subject": subject}
    given = [(name, value.encode()) for name, value in attributes.items() if value is not None]
    return [*given, ("content-type", b"application/json")]
