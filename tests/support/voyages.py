"""Invented voyages for the tests: plain containers from a few ports to Rotterdam, seeded, and one that tests change."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from stream_app.contracts.check_digits import equipment_check_digit
from stream_app.contracts.decode import DAY, Limits
from stream_app.contracts.movement import Movement, decode_movement
from tests.support.moves import VESSEL

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z, by `date -u -d 2026-01-01 +%s`
LATER = START + 400 * DAY
ORIGINS = (("CNHGH", "CNSHA"), ("VNHAN", "VNHPH"), ("INPNQ", "INNSA"), ("BRSAO", "BRSSZ"))
Document = dict[str, Any]

# event, place (0 customer abroad, 1 its port, else a UN/LOCODE), facility, mode, days since the step before
_STEPS = (
    ("STUF", 0, "CLOC", "TRUCK", 0.1),
    ("GTOT", 0, "CLOC", "TRUCK", 0.3),
    ("GTIN", 1, "POTE", "TRUCK", 0.8),
    ("LOAD", 1, "POTE", "VESSEL", 3.0),
    ("DISC", "NLRTM", "POTE", "VESSEL", 25.0),
    ("CUSR", "NLRTM", "POTE", "TRUCK", 1.0),
    ("GTOT", "NLRTM", "POTE", "TRUCK", 2.0),
    ("STRP", "NLUTC", "CLOC", "TRUCK", 0.4),
    ("GTIN", "NLRTM", "DEPO", "TRUCK", 1.0),
)


def timestamp(at: float) -> str:
    return datetime.fromtimestamp(round(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def equipment(number: int) -> str:
    """The container of that number, with its check digit."""
    prefix = f"MSKU{number:06d}"
    return f"{prefix}{equipment_check_digit(prefix)}"


def voyage(number: int, begins: float = START) -> list[Document]:
    """All events of one clean voyage, as JSON, in order; each recorded a few minutes after it happened."""
    rng = random.Random(number)
    places, name, at = rng.choice(ORIGINS), equipment(number), begins
    mass, seals = 20_000 * rng.lognormvariate(0, 0.2), [{"number": f"SEAL{number}", "source": "SHI"}]
    found = []
    for place, (kind, where, facility, mode, days) in enumerate(_STEPS):
        at += days * DAY * rng.lognormvariate(0, 0.15)
        event: Document = {
            "event_id": f"{name}-{place}",
            "equipment_id": name,
            "event_type": kind,
            "classifier": "ACT",
            "occurred_at": timestamp(at),
            "recorded_at": timestamp(at + rng.uniform(60, 900)),
            "empty_indicator": "EMPTY" if facility == "DEPO" else "LADEN",
            "facility": {"type": facility, "un_location_code": where if isinstance(where, str) else places[where]},
            "transport_call": {"mode": mode} | ({"vessel_imo": VESSEL, "voyage": "2609W"} if mode == "VESSEL" else {}),
            "carrier_id": "C-1",
        }
        if kind in ("STUF", "DISC") or (kind, facility) == ("GTOT", "POTE"):
            event["seals"] = seals
        if (kind, facility) in (("GTIN", "POTE"), ("GTOT", "POTE")):
            method = "VGM1" if kind == "GTIN" else "weighbridge"
            event |= {"gross_mass_kg": round(mass * rng.lognormvariate(0, 0.005), 1), "gross_mass_method": method}
        found.append(event)
    return found


def fleet(count: int, every_hours: float = 2.0, first: int = 1) -> list[Document]:
    """The events of `count` clean voyages, one begun every so often, in the order of their records."""
    events = [event for number in range(count) for event in voyage(first + number, START + number * every_hours * 3_600)]
    return sorted(events, key=lambda event: (event["recorded_at"], event["event_id"]))


def read(events: Iterable[Document]) -> Iterator[Movement]:
    return (decode_movement(orjson.dumps(event), Limits(), LATER) for event in events)
