"""What a simulated world yields: events as they would be sent, and the truth about what was injected."""

from typing import Literal, NamedTuple

Kind = Literal["declarations", "outcomes", "movements", "milestones", "exports", "seizures"]


class Truth(NamedTuple):
    declaration_id: str
    item_number: int
    scheme: str


class ContainerTruth(NamedTuple):
    """`at`: when the scheme began, RFC 3339 in UTC."""

    equipment_id: str
    scheme: str
    at: str


class Controlled(NamedTuple):
    """What controls a declaration, and when that is decided, epoch seconds."""

    control_type: str
    decided_at: int


class Event(NamedTuple):
    """`at` is epoch seconds and equals lodged_at, decided_at, recorded_at, occurred_at, exported_at or seized_at; `key` is the record key;
    `value` is the JSON document.

    `truth` names the injected items, on the first version of a declaration only; an amendment leaves them as they are. That of a
    container is on the first of its events.
    """

    at: float
    kind: Kind
    key: str
    value: bytes
    truth: tuple[Truth | ContainerTruth, ...]
