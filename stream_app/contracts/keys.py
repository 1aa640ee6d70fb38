"""Record keys: what decides the partition of an event."""

from collections.abc import Mapping
from typing import Any


def trader_key(document: Mapping[str, Any]) -> str:
    """The trader of a declaration: the importer, for exports the exporter; without one the declarant. Outcomes name theirs (`trader_id`)."""
    if "trader_id" in document:
        return str(document["trader_id"])
    party = document.get("exporter_id" if document.get("direction") == "export" else "importer_id")
    return str(party or document.get("declarant_id") or "")


def record_key(document: Mapping[str, Any]) -> str:
    """The key of an event's record: an entry of a list has its own, a movement its container's, everything else its trader's."""
    own = document.get("entry_id") or document.get("equipment_id")
    return str(own) if own else trader_key(document)
