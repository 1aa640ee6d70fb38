"""A cargo movement as a typed event: what happened to one container, where, when, and since when that is known."""

from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any

from stream_app.contracts.check_digits import equipment_check_digit, vessel_check_digit
from stream_app.contracts.decode import DAY, Limits, epoch_seconds, parse, rfc3339
from stream_app.contracts.errors import Code, ContractError, Fault

SCHEMA = "movement.v1"
ACTUAL = "ACT"
MAX_PLANNED_DAYS = 180.0
"""How far ahead of its record a planned or estimated event may lie."""


@dataclass(slots=True)
class Movement:
    """One event of one container, `equipment_id` its record key. Times in seconds since 1970, masses in kg, None where nothing is said.

    `seals` are (number, source) as seen, () for none and None where nobody looked. `retracts` names the event that this one takes back.
    """

    event_id: str
    equipment_id: str
    event_type: str
    classifier: str
    occurred_at: str
    occurred_epoch: float
    recorded_epoch: float
    retracts: str | None
    laden: bool | None
    transshipment: bool
    location: str | None
    facility_type: str | None
    facility: str | None
    mode: str | None
    vessel_imo: str | None
    voyage: str | None
    carrier_id: str | None
    seals: tuple[tuple[str, str | None], ...] | None
    gross_mass_kg: float | None
    gross_mass_method: str | None
    tare_mass_kg: float | None
    iso_equipment_code: str | None
    control_result: str | None
    declaration_id: str | None
    transport_document: str | None


def decode_movement(body: bytes | None, limits: Limits, now: float) -> Movement:
    """A valid movement, or ContractError with every fault found. `now`: seconds since 1970, to judge its times by.

    Codes are interned, as those of declarations are.
    """
    document = parse(body, SCHEMA, limits)
    recorded = epoch_seconds(document, "recorded_at", limits, now)
    occurred = _occurred(document, limits, now, recorded)
    get = document.get
    place, call = get("facility") or {}, get("transport_call") or {}
    _refuse_wrong_check_digits(document["equipment_id"], call.get("vessel_imo"))
    location = place.get("un_location_code")
    return Movement(
        event_id=document["event_id"],
        equipment_id=document["equipment_id"],
        event_type=intern(document["event_type"]),
        classifier=intern(document["classifier"]),
        occurred_at=document["occurred_at"],
        occurred_epoch=occurred,
        recorded_epoch=recorded,
        retracts=get("retracted_event_id"),
        laden=_laden(get("empty_indicator")),
        transshipment=get("is_transshipment", False),
        location=location and intern(location),
        facility_type=place.get("type"),
        facility=place.get("code"),
        mode=call.get("mode"),
        vessel_imo=call.get("vessel_imo"),
        voyage=call.get("voyage"),
        carrier_id=get("carrier_id") or None,
        seals=_seals(get("seals")),
        gross_mass_kg=get("gross_mass_kg"),
        gross_mass_method=get("gross_mass_method"),
        tare_mass_kg=get("tare_mass_kg"),
        iso_equipment_code=get("iso_equipment_code"),
        control_result=get("control_result"),
        declaration_id=get("declaration_id"),
        transport_document=get("transport_document") or None,
    )


def _occurred(document: dict[str, Any], limits: Limits, now: float, recorded: float) -> float:
    """When it happened, which is not long after it was recorded; when it is to happen, within MAX_PLANNED_DAYS of that."""
    if document["classifier"] == ACTUAL or "retracted_event_id" in document:
        return epoch_seconds(document, "occurred_at", limits, now)
    try:
        at = rfc3339(document["occurred_at"])
    except (ValueError, OverflowError):
        raise ContractError(Fault("/occurred_at", Code.BAD_FORMAT, "is not a time that can be read")) from None
    if at > recorded + MAX_PLANNED_DAYS * DAY:
        raise ContractError(Fault("/occurred_at", Code.IN_FUTURE, f"is more than {MAX_PLANNED_DAYS:g} days after its record"))
    if at < recorded - limits.max_age_days * DAY:
        raise ContractError(Fault("/occurred_at", Code.TOO_OLD, f"is more than {limits.max_age_days:g} days before its record"))
    return at


def _laden(indicator: str | None) -> bool | None:
    return None if indicator is None else indicator == "LADEN"


def _seals(seals: list[dict[str, str]] | None) -> tuple[tuple[str, str | None], ...] | None:
    return None if seals is None else tuple([(seal["number"], seal.get("source")) for seal in seals])


def _refuse_wrong_check_digits(equipment_id: str, vessel_imo: str | None) -> None:
    faults = []
    if not _equipment_number(equipment_id):
        faults.append(Fault("/equipment_id", Code.BAD_FORMAT, "its check digit does not fit (ISO 6346, annex A)"))
    if vessel_imo is not None and not _vessel_number(vessel_imo):
        faults.append(Fault("/transport_call/vessel_imo", Code.BAD_FORMAT, "its check digit does not fit (IMO resolution A.1117(30))"))
    if faults:
        raise ContractError(*faults)


@lru_cache(65_536)  # a container is heard of some ten times a voyage, a ship with every container aboard
def _equipment_number(number: str) -> bool:
    return equipment_check_digit(number[:10]) == int(number[10])


@lru_cache(8_192)
def _vessel_number(number: str) -> bool:
    return vessel_check_digit(number[:6]) == int(number[6])
