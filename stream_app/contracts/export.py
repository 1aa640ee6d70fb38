"""A partner's export record as a typed event: one side of the mirror. Zero values and quantities read as missing (None)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from sys import intern

from stream_app.contracts.decode import Limits, epoch_seconds, parse
from stream_app.contracts.keys import mirror_key

SCHEMA = "export.v1"
YEAR_DIGITS = 4
YEAR_DAYS = 366.0
EDITIONS = (1988, 1992, 1996, 2002, 2007, 2012, 2017, 2022)
"""Of the Harmonized System: each holds from the first of January of its year."""


@dataclass(slots=True)
class Export:
    """One transaction, or the total of `period` ("2026-01" or "2026"). Money in `currency`, `exchange_rate` units of accounting currency for one."""

    export_id: str
    reporter_country: str
    partner_country: str
    origin_country: str
    re_export: bool
    hs_code: str
    hs_version: int
    exported_at: str
    exported_epoch: float
    period: str | None
    fob_value: float | None
    currency: str
    exchange_rate: float
    net_mass_kg: float | None
    supplementary_quantity: float | None
    supplementary_unit: str | None
    transport_mode: str | None
    ucr: str | None
    equipment_ids: tuple[str, ...]

    @property
    def mirror_key(self) -> str:
        """The record key: exporter and importer."""
        return mirror_key(self.reporter_country, self.partner_country)


def decode_export(body: bytes | None, limits: Limits, now: float) -> Export:
    """A valid export record, or ContractError with every fault found. `now`: seconds since 1970, to judge exported_at by."""
    document = parse(body, SCHEMA, limits)
    exported = epoch_seconds(document, "exported_at", limits, now)
    _check_period(document.get("period"), limits, now)
    get, reporter = document.get, intern(document["reporter_country"])
    return Export(
        export_id=document["export_id"],
        reporter_country=reporter,
        partner_country=intern(document["partner_country"]),
        origin_country=intern(get("origin_country", reporter)),
        re_export=get("re_export", False),
        hs_code=document["hs_code"],
        hs_version=int(get("hs_version") or edition(exported)),
        exported_at=document["exported_at"],
        exported_epoch=exported,
        period=get("period"),
        fob_value=document["fob_value"] or None,
        currency=document["currency"],
        exchange_rate=get("exchange_rate", 1.0),
        net_mass_kg=get("net_mass_kg") or None,
        supplementary_quantity=get("supplementary_quantity") or None,
        supplementary_unit=get("supplementary_unit"),
        transport_mode=get("transport_mode"),
        ucr=get("ucr"),
        equipment_ids=tuple(get("equipment_ids", ())),
    )


def _check_period(period: str | None, limits: Limits, now: float) -> None:
    """Its first day is held to the limits that exported_at is held to; a year that has those for its end begins a year before."""
    if period is not None:
        spare = Limits(max_age_days=limits.max_age_days + YEAR_DAYS, max_future_days=limits.max_future_days)
        epoch_seconds({"period": f"{period}-01T00:00:00Z" if len(period) > YEAR_DIGITS else f"{period}-01-01T00:00:00Z"}, "period", spare, now)


def edition(epoch: float) -> int:
    """The edition of the Harmonized System in force at a time, seconds since 1970."""
    year = datetime.fromtimestamp(epoch, UTC).year
    return max((one for one in EDITIONS if one <= year), default=EDITIONS[0])
