"""What a container's alert says of a declaration: sent on keyed by the declaration, whose containers may be in different partitions."""

from typing import Any

from msgspec import Struct
from msgspec.json import Decoder, Encoder


class Contradiction(Struct, frozen=True, gc=False):
    """`finding_id` is the container alert's id; with `standing` false that alert was withdrawn. `alert` is the declaration's own as it was published,
    or what one would say of its leading item, with `revision` 0; None where the container no longer knows its declaration."""

    declaration_id: str
    version: int
    finding_id: str
    typology: str
    standing: bool
    score: float = 0.0
    severity: str = "low"
    lane: str = "green"
    reasons: list[dict[str, Any]] = []
    alert: dict[str, Any] | None = None


encode_contradiction = Encoder().encode
decode_contradiction = Decoder(Contradiction).decode
"""Raises msgspec.DecodeError for what is no such record."""
