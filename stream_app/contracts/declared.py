"""What a declaration says of one of its containers: re-sent keyed by the container, so that it meets the container's movements."""

from typing import Any

from msgspec import Struct
from msgspec.json import Decoder, Encoder


class Declared(Struct, frozen=True, gc=False):
    """`gross_mass_kg` is the goods' of the whole declaration, None where it has several containers. `alert` is the declaration's alert as
    published, or what one would say of its leading item: its `revision` is 0 then."""

    equipment_id: str
    declaration_id: str
    version: int
    lodged_at: str
    lodged_epoch: float
    direction: str
    departure_country: str
    loading_location: str | None
    discharge_location: str | None
    vessel_imo: str | None
    seals: tuple[str, ...]
    gross_mass_kg: float | None
    alert: dict[str, Any]


encode_declared = Encoder().encode
decode_declared = Decoder(Declared).decode
"""Raises msgspec.DecodeError for what is no such record."""
