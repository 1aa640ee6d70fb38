"""Record keys: what decides the partition of an event."""

from collections.abc import Mapping
from typing import Any


def trader_key(document: Mapping[str, Any]) -> str:
    """The trader of a declaration: the importer, for exports the exporter; without one the declarant. Outcomes name theirs (`trader_id`)."""
    if "trader_id" in document:
        return str(document["trader_id"])
    party = document.get("exporter_id" if document.get("direction") == "export" else "importer_id")
    return str(party or document.get("declarant_id") or "")


def mirror_key(exporter: str, importer: str) -> str:
    """What an export record and the import that mirrors it share, and with them those of neighbouring codes: the two countries (ISO 3166-1)."""
    return f"{exporter}/{importer}"


def record_key(document: Mapping[str, Any]) -> str:
    """The key of an event's record: an entry of a list and a seizure have their own, a movement its container's, an export its mirror's,
    everything else its trader's.

    A milestone without a trader has its declaration's number.
    """
    for own in ("entry_id", "case_id", "equipment_id"):
        if own in document:
            return str(document[own])
    if "export_id" in document:
        return mirror_key(*(str(document.get(name, "")) for name in ("reporter_country", "partner_country")))
    return str(document.get("declaration_id", "")) if "milestone" in document and "trader_id" not in document else trader_key(document)
