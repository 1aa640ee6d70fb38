"""A declaration and its goods items, as typed events. Empty strings and zero measures read as missing (None): real systems send both."""

from dataclasses import dataclass
from sys import intern
from typing import Any

import orjson

from stream_app.contracts.decode import Limits, epoch_seconds, parse
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.keys import trader_key

SCHEMA = "declaration.v1"
UNKNOWN_SUBMITTER = "unknown"
READABLE_BYTES = 1 << 20


@dataclass(slots=True)
class GoodsItem:
    """WCO GovernmentAgencyGoodsItem. Masses in kg, money in the declaration's currency, None where it is missing."""

    item_number: int
    hs_code: str
    origin_country: str
    preference: str | None
    procedure: str | None
    goods_use: str | None
    net_mass_kg: float | None
    gross_mass_kg: float | None
    supplementary_quantity: float | None
    packages: int | None
    customs_value: float | None
    duty_rate_percent: float | None
    duty_amount: float | None
    supplementary_unit: str | None = None


@dataclass(slots=True)
class Declaration:
    """One version of one declaration; `lodged_epoch` in seconds since 1970, `trader_id` is the record key."""

    declaration_id: str
    version: int
    direction: str
    lodged_at: str
    lodged_epoch: float
    office: str
    procedure: str
    declarant_id: str
    trader_id: str
    seller_id: str | None
    consignee_id: str | None
    carrier_id: str | None
    transport_mode: str
    departure_country: str
    currency: str
    exchange_rate: float
    equipment_ids: tuple[str, ...]
    items: list[GoodsItem]
    seals: tuple[tuple[str, ...], ...] = ()
    """Numbers by container, in the order of `equipment_ids`."""
    loading_location: str | None = None
    discharge_location: str | None = None
    vessel_imo: str | None = None
    ucr: str | None = None


def decode_declaration(body: bytes | None, limits: Limits, now: float) -> Declaration:
    """A valid declaration, or ContractError with every fault found. `now`: seconds since 1970, to judge lodged_at by.

    Codes are interned: tables look them up some fifty times an item, and equal strings are then one.
    """
    document = parse(body, SCHEMA, limits)
    lodged = epoch_seconds(document, "lodged_at", limits, now)
    items = [_item(item, document) for item in document["items"]]
    _refuse_repeated_items(items)
    get = document.get
    return Declaration(
        declaration_id=document["declaration_id"],
        version=int(document["version"]),  # 1.0 is an integer to JSON Schema
        direction=document["direction"],
        lodged_at=document["lodged_at"],
        lodged_epoch=lodged,
        office=intern(document["office"]),
        procedure=intern(document["procedure"]),
        declarant_id=document["declarant_id"],
        trader_id=trader_key(document),
        seller_id=get("seller_id") or None,
        consignee_id=get("consignee_id") or None,
        carrier_id=get("carrier_id") or None,
        transport_mode=intern(document["transport_mode"]),
        departure_country=intern(document["departure_country"]),
        currency=document["currency"],
        exchange_rate=get("exchange_rate", 1.0),
        equipment_ids=tuple([one["equipment_id"] for one in get("containers", ())]),
        items=items,
        seals=tuple([tuple([seal["number"] for seal in one.get("seals", ())]) for one in get("containers", ())]),
        loading_location=get("loading_location"),
        discharge_location=get("discharge_location"),
        vessel_imo=get("vessel_imo"),
        ucr=get("ucr") or None,
    )


def submitter_of(body: bytes | None) -> str:
    """The declarant of a declaration that was refused; UNKNOWN_SUBMITTER where it cannot be read that far."""
    try:
        name: Any = orjson.loads(body)["declarant_id"] if body is not None and len(body) <= READABLE_BYTES else None
    except (orjson.JSONDecodeError, LookupError, TypeError):
        name = None
    return name if isinstance(name, str) and 0 < len(name) <= 64 else UNKNOWN_SUBMITTER


def _item(item: dict[str, Any], header: dict[str, Any]) -> GoodsItem:
    get = item.get
    return GoodsItem(
        item_number=int(item["item_number"]),
        hs_code=item["hs_code"],
        origin_country=intern(item["origin_country"]),
        preference=get("preference"),
        procedure=intern(get("procedure") or header["procedure"]),
        goods_use=get("goods_use"),
        net_mass_kg=item["net_mass_kg"] or None,
        gross_mass_kg=get("gross_mass_kg") or None,
        supplementary_quantity=get("supplementary_quantity") or None,
        packages=get("packages") or None,
        customs_value=item["customs_value"] or None,
        duty_rate_percent=get("duty_rate_percent"),
        duty_amount=get("duty_amount"),
        supplementary_unit=get("supplementary_unit"),
    )


def _refuse_repeated_items(items: list[GoodsItem]) -> None:
    if len({item.item_number for item in items}) < len(items):
        raise ContractError(Fault("/items", Code.REPEATED_ITEM, "item_number must be unique in the declaration"))
