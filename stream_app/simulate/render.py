"""From the day's columns to documents as schemas/declaration.v1.schema.json has them. The only loops over declarations and items are here."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stream_app.simulate.columns import NONE, Consignments, Headers, Ints, Items
from stream_app.simulate.commodities import Tariff
from stream_app.simulate.containers import Free, containers
from stream_app.simulate.countries import CODES, CURRENCIES, OFFICES, PREFERENCES
from stream_app.simulate.dirt import HEADER_FIELDS_MISSING, ITEM_FIELDS_MISSING, drop_fields, soil_columns
from stream_app.simulate.freight import carrier
from stream_app.simulate.parties import pseudonyms
from stream_app.simulate.rhythm import UTC_OFFSET, UTC_OFFSET_S
from stream_app.simulate.world import Today, World

Document = dict[str, Any]
MOST_AMOUNT = 1e13  # maximum of the schema


def local_times(epoch_s: Ints) -> list[str]:
    """RFC 3339 in local time, without UTC_OFFSET."""
    return np.datetime_as_string((epoch_s + UTC_OFFSET_S).astype("datetime64[s]")).tolist()  # type: ignore[no-any-return]


def timestamps(epoch_s: Ints) -> list[str]:
    """RFC 3339 in local time."""
    return [text + UTC_OFFSET for text in local_times(epoch_s)]


def epochs(texts: Sequence[str]) -> Ints:
    """Seconds since 1970 of such timestamps."""
    return np.array([text[:19] for text in texts], "datetime64[s]").astype(np.int64) - UTC_OFFSET_S


def declaration_ids(headers: Headers, year: int, first_serial: int) -> list[str]:
    """Two digits of the year the world began, office and a number that runs through the whole world: unique, and silent about who lodged it."""
    return [f"{year % 100:02d}{OFFICES[office]}{serial:010d}" for serial, office in enumerate(headers.office.tolist(), first_serial)]


def _item(tariff: Tariff, number: int, code: int, origin: int, preference: int, net: float, gross: float, quantity: float, packages: int,
          value: float, rate: float, duty: float, export: bool) -> Document:  # fmt: skip
    item: Document = {
        "item_number": number,
        "hs_code": tariff.codes[code],
        "description": tariff.descriptions[code],
        "origin_country": CODES[origin],
        "net_mass_kg": net,
        "gross_mass_kg": gross,
        "packages": packages,
        "package_type": tariff.package_types[code],
        "customs_value": value,
    }
    if quantity:
        item["supplementary_quantity"] = quantity
        item["supplementary_unit"] = tariff.units[code]
    if not export:
        item["preference"] = PREFERENCES[preference]
        item["duty_rate_percent"] = rate
        item["duty_amount"] = duty
    return item


def _items(world: World, today: Today, items: Items, headers: Headers, starts: Ints) -> list[Document]:
    soil_columns(today.rng, items)
    rates = world.market.eur_per_unit()[headers.currency[items.declaration]]
    value = np.round(items.value_eur / rates, 2)
    columns = (
        np.arange(len(value)) - starts[items.declaration] + 1,
        items.commodity,
        items.origin,
        items.preference,
        items.net_mass_kg,
        items.gross_mass_kg,
        items.quantity,
        items.packages,
        np.minimum(value, MOST_AMOUNT),
        items.duty_percent,
        np.round(value * items.duty_percent / 100, 2),
        headers.export[items.declaration],
    )
    tariff = world.market.tariff
    documents = [_item(tariff, *values) for values in zip(*(column.tolist() for column in columns), strict=True)]
    drop_fields(today.rng, documents, ITEM_FIELDS_MISSING)
    return documents


def _parties(headers: Headers) -> tuple[list[str], ...]:
    consignees = pseudonyms("A", headers.consignee)
    return (
        pseudonyms("T", headers.trader),
        pseudonyms("D", headers.declarant),
        pseudonyms("S", headers.seller),
        [name if known else "" for name, known in zip(consignees, (headers.consignee != NONE).tolist(), strict=True)],
    )


def _header(declaration_id: str, lodged_at: str, trader: str, declarant: str, seller: str, consignee: str, office: int, mode: int, departure: int,
            destination: int, currency: int, rate: float, export: bool, low_value: bool, draw: int) -> Document:  # fmt: skip
    by = carrier(mode, draw)
    header: Document = {
        "declaration_id": declaration_id,
        "version": 1,
        "direction": "export" if export else "import",
        "declaration_type": "H7" if low_value else "B1" if export else "H1",
        "lodged_at": lodged_at,
        "office": OFFICES[office],
        "procedure": "10" if export else "40" if draw % 25 else "42",
        "declarant_id": declarant,
        "exporter_id" if export else "importer_id": trader,
        "carrier_id": f"C-{by}",
        "transport_mode": str(mode),
        "departure_country": CODES[departure],
        "destination_country": CODES[destination],
        "transport_document": f"{by}{draw}",
        "currency": CURRENCIES[currency],
        "exchange_rate": rate,
    }
    if consignee:
        header["consignee_id"] = consignee
    if not export:
        header["seller_id"] = seller
    return header


def _headers(world: World, today: Today, headers: Headers, names: list[str]) -> tuple[list[Document], list[str]]:
    """Documents without items and containers, and the record keys."""
    parties = _parties(headers)
    columns = (headers.office, headers.mode, headers.departure, headers.destination, headers.currency)
    more = (world.market.eur_per_unit()[headers.currency], headers.export, headers.low_value, today.rng.integers(10**8, 10**9, len(names)))
    lists = (column.tolist() for column in (*columns, *more))
    return [_header(*values) for values in zip(names, timestamps(headers.lodged_at), *parties, *lists, strict=True)], parties[0]


def documents(world: World, today: Today, batch: Consignments, names: list[str], free: Free | None = None) -> tuple[list[Document], list[str], Ints]:
    """One document a declaration, its record key, and the row of its first item. Soils `batch` as dirt.py says."""
    headers, items = batch.headers, batch.items
    counts = np.bincount(items.declaration, minlength=len(names))
    ends = np.cumsum(counts)
    starts = ends - counts
    goods = _items(world, today, items, headers, starts)
    boxes, box_counts = containers(today.rng, headers, items, free)
    box_ends = np.cumsum(box_counts)
    found, keys = _headers(world, today, headers, names)
    spans = (starts, ends, box_ends - box_counts, box_ends)
    for document, start, end, box_start, box_end in zip(found, *(span.tolist() for span in spans), strict=True):
        if box_end > box_start:
            document["containers"] = boxes[box_start:box_end]
        document["items"] = goods[start:end]
    drop_fields(today.rng, found, HEADER_FIELDS_MISSING)
    return found, keys, starts
