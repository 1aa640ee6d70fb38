"""Own outcomes with a seizure as CEN-style records: what may be shared, and nothing else.

A record is built from a list of what goes in, never by taking out what must not: a field that is added to declarations tomorrow stays here. It is a
valid customs.seizures.v1 event, so that what one administration exports another can read in.
"""

import csv
import io
from collections.abc import Sequence
from hashlib import blake2b
from uuid import UUID

from stream_app.contracts.declaration import Declaration, GoodsItem
from stream_app.contracts.indicator import moment
from stream_app.contracts.outcome import Outcome
from stream_app.contracts.seizure import conveyance_of
from stream_app.instruments.base import Plain

FIELDS = (
    "case_id", "reporter_country", "seized_at", "commodity_group", "hs_code", "origin_country", "departure_country", "conveyance",
    "concealment", "detection_method", "quantity", "unit", "value", "currency",
)  # fmt: skip
"""All that leaves. The office does not: a small one tells who worked there."""


def cen_record(declaration: Declaration, outcome: Outcome, key: bytes, reporter_country: str | None = None) -> Plain | None:
    """The record of an outcome with a seizure; None for one without, or whose goods item the declaration does not have.

    Without an item number the first item stands for the declaration. HS6 only, and the day without the hour: less to find a file by. The case's
    number is made from the outcome's with a secret `key` of any length: outcomes are numbered, and a digest that anybody can make would tell which.
    """
    seized, item = outcome.seizure, _item(declaration, outcome)
    if seized is None or item is None:
        return None
    values = {
        "case_id": _case_id(outcome.outcome_id, key),
        "reporter_country": reporter_country,
        "seized_at": moment(outcome.decided_epoch)[:10] + "T00:00:00Z",
        "commodity_group": seized.commodity_group,
        "hs_code": item.hs_code[:6],
        "origin_country": item.origin_country,
        "departure_country": declaration.departure_country,
        "conveyance": conveyance_of(declaration.transport_mode),
        "concealment": seized.concealment,
        "detection_method": seized.detection_method,
        "quantity": seized.quantity,
        "unit": seized.unit,
        "value": seized.value,
        "currency": outcome.currency if seized.value is not None else None,
    }
    return {name: values[name] for name in FIELDS if values[name] is not None}


def as_csv(records: Sequence[Plain]) -> str:
    """Records with a header line, RFC 4180."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def _case_id(outcome_id: str, key: bytes) -> str:
    digest = blake2b(outcome_id.encode(), digest_size=16, key=blake2b(key, person=b"cen").digest())
    return str(UUID(bytes=digest.digest(), version=5))


def _item(declaration: Declaration, outcome: Outcome) -> GoodsItem | None:
    if outcome.item_number is None:
        return declaration.items[0]
    return next((item for item in declaration.items if item.item_number == outcome.item_number), None)
