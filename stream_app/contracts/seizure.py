"""A seizure record without anybody's name, as administrations share them in the WCO's Customs Enforcement Network (CEN)."""

from dataclasses import dataclass
from sys import intern

from stream_app.contracts.decode import Limits, epoch_seconds, parse

SCHEMA = "seizure.v1"

CONVEYANCES = {"1": "vessel", "2": "rail", "3": "road_vehicle", "4": "aircraft", "5": "mail", "7": "pipeline", "8": "vessel"}
"""Modes of transport (UN/ECE Recommendation 19; its first digit) as conveyances of a seizure. Others are not known."""


@dataclass(slots=True)
class Seizure:
    """One case. `hs_code` has two to ten digits; `seized_epoch` in seconds since 1970; what is not known is None."""

    case_id: str
    reporter_country: str | None
    seized_at: str
    seized_epoch: float
    commodity_group: str
    hs_code: str
    origin_country: str | None
    departure_country: str | None
    transit_countries: tuple[str, ...]
    destination_country: str | None
    conveyance: str | None
    concealment: str | None
    detection_method: str | None
    office: str | None
    quantity: float | None
    unit: str | None
    value: float | None
    currency: str | None
    cancelled: bool

    @property
    def chapter(self) -> str:
        """HS chapter, two digits."""
        return self.hs_code[:2]


def decode_seizure(body: bytes | None, limits: Limits, now: float) -> Seizure:
    """A valid seizure record, or ContractError with every fault found. `now`: seconds since 1970, to judge seized_at by."""
    document = parse(body, SCHEMA, limits)
    seized = epoch_seconds(document, "seized_at", limits, now)
    get = document.get
    return Seizure(
        case_id=document["case_id"],
        reporter_country=get("reporter_country"),
        seized_at=document["seized_at"],
        seized_epoch=seized,
        commodity_group=intern(document["commodity_group"]),
        hs_code=document["hs_code"],
        origin_country=get("origin_country"),
        departure_country=get("departure_country"),
        transit_countries=tuple(get("transit_countries", ())),
        destination_country=get("destination_country"),
        conveyance=get("conveyance"),
        concealment=get("concealment"),
        detection_method=get("detection_method"),
        office=get("office"),
        quantity=get("quantity"),
        unit=get("unit"),
        value=get("value"),
        currency=get("currency"),
        cancelled=get("cancelled", False),
    )


def conveyance_of(transport_mode: str) -> str | None:
    """What carries a declaration's goods; None where the mode does not say, as for national codes of letters."""
    return CONVEYANCES.get(transport_mode[:1])
