"""From columns to documents as schemas/movement.v1.schema.json has them. The only loop over movement events is here.

Documents are put together from texts made once a place, sailing or container: a world has some nine movements a declaration, and dictionaries
would take three times as long. Nothing in them needs escaping: all are codes and numbers of our own.
"""

from typing import NamedTuple

import numpy as np
import orjson

from stream_app.simulate.columns import NONE, Ints
from stream_app.simulate.rhythm import DAY_S
from stream_app.simulate.voyages.chance import mixed, named
from stream_app.simulate.voyages.places import PLACES
from stream_app.simulate.voyages.services import LEGS, VESSELS, Calls, vessel, voyage_number
from stream_app.simulate.voyages.steps import DECLARED_SEAL, METHODS, RESEALED, RESULTS, STEPS, SWAPPED, Moves, Step
from stream_app.simulate.voyages.voyage import SIZES, Voyages

HANDLED = ("LOAD", "DISC", "GTIN", "GTOT")  # where the indicator of empty and laden belongs
CUSTOMS = ("CUSS", "CUSI", "CUSR")
EVENT_SERIALS = 2**32  # numbers of one day's events
_EVENTS = 17  # salt of their numbers
_CLOCK = [f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}Z" for s in range(DAY_S)]


def _members(document: dict[str, object]) -> str:
    """`,"name":value` for each member."""
    return f",{orjson.dumps(document).decode()[1:-1]}" if document else ""


def _facility(kind: str, code: str, location: str) -> str:
    return _members({"facility": {"type": kind, "un_location_code": location} | ({"code": code} if code else {})})


def _opening(step: Step) -> str:
    found: dict[str, object] = {"event_type": step.code, "classifier": step.classifier}
    if step.code in HANDLED:
        found["empty_indicator"] = "EMPTY" if step.empty else "LADEN"
    return _members(found | ({"is_transshipment": True} if step.transshipment else {}))


_FACILITIES = [_facility(place.type, place.code, place.location) for place in PLACES]
# By step: what is the same in all its events, its call, whether it names the transport document, and whether the declaration.
_TOLD = [(_opening(step), step.call, step.papers, step.code in CUSTOMS) for step in STEPS]
_RESULTS = ["", *(_members({"control_result": result}) for result in RESULTS[1:])]


class Chapter(NamedTuple):
    """One day's voyages, ready to be told: texts of its containers, and its events in the order of their records."""

    seed: int
    day: int
    moves: Moves
    names: list[str]
    seals: list[str]  # the shippers'
    boxes: list[str]  # tare, size and type
    declarations: list[str]
    transport_documents: list[str]
    carriers: list[str]
    calls: dict[str, list[str]]  # by name of the call: transport call of each container

    def later_seal(self, voyage: int, number: int) -> str:
        """One put on after the shipper's: `number` as in steps.py."""
        drawn = int(named(self.seed, number, np.array([self.day]), np.array([voyage]))[0] % 9_000_000) + 1_000_000
        if number == SWAPPED:
            return _seal(f"{self.names[voyage][:2]}{drawn}", "CAR")
        return _seal(f"NL-D-{drawn}", "CUS") if number == RESEALED else _seal(f"NL-K-{drawn}", "PHY")


def _seal(number: str, source: str) -> str:
    return f',"seals":[{{"number":"{number}","source":"{source}"}}]'


def _call_texts(calls: Calls) -> list[str]:
    """One text for all containers of a sailing."""
    sailings, first, place = np.unique(calls.week * len(LEGS) + calls.leg, return_index=True, return_inverse=True)
    ships = vessel(calls)[first].tolist()
    texts = [
        _members({"transport_call": {"mode": "VESSEL", "vessel_imo": VESSELS[ship], "voyage": voyage_number(*divmod(sailing, len(LEGS))[::-1])}})
        for sailing, ship in zip(sailings.tolist(), ships, strict=True)
    ]
    return [texts[row] for row in place.tolist()]


def chapter(seed: int, day: int, voyages: Voyages, moves: Moves) -> Chapter:
    boxes, sizes = voyages.boxes, [code for code, _ in SIZES]
    by_land = {mode: [_members({"transport_call": {"mode": mode}})] * len(boxes.names) for mode in ("TRUCK", "BARGE")}
    return Chapter(
        seed,
        day,
        moves,
        boxes.names,
        [_seal(number, "SHI") for number in boxes.seals],
        [
            f',"tare_mass_kg":{tare},"iso_equipment_code":"{sizes[size]}"'
            for tare, size in zip(voyages.tare_kg.tolist(), voyages.size.tolist(), strict=True)
        ],
        [f',"declaration_id":"{name}"' if name else "" for name in boxes.declaration_ids],
        [f',"transport_document":"{name}"' for name in boxes.transport_documents],
        [f',"carrier_id":"{name}"' for name in boxes.carriers],
        {"feeder": _call_texts(voyages.feeder), "main": _call_texts(voyages.main)} | by_land,
    )


def _event_ids(chapter: Chapter, serials: Ints) -> list[str]:
    """One-to-one in (day, serial), so no two events of a world share a number, and without visible order."""
    numbers = np.uint64(chapter.day * EVENT_SERIALS) + serials.astype(np.uint64)
    text = mixed(numbers ^ named(chapter.seed, _EVENTS)).astype(">u8").tobytes().hex()
    return [text[start : start + 16] for start in range(0, len(text), 16)]


def _retracted(chapter: Chapter, retracts: Ints) -> dict[int, str]:
    """By row, the number of the event that it takes back."""
    rows = np.flatnonzero(retracts != NONE)
    return dict(zip(rows.tolist(), _event_ids(chapter, retracts[rows]), strict=True))


def _texts(epoch_s: Ints) -> list[str]:
    """RFC 3339 in UTC; days repeat, and so do the seconds of a day."""
    day, second = np.divmod(epoch_s.astype(np.int64), DAY_S)
    days, place = np.unique(day, return_inverse=True)
    dates = np.datetime_as_string(days.astype("datetime64[D]")).tolist()
    return [dates[d] + _CLOCK[s] for d, s in zip(place.tolist(), second.tolist(), strict=True)]


def told(chapter: Chapter, rows: slice) -> tuple[list[str], list[bytes]]:
    """Containers and documents of the events in `rows`."""
    m, names, seals, calls, carriers = chapter.moves, chapter.names, chapter.seals, chapter.calls, chapter.carriers
    ids, retracted = _event_ids(chapter, m.serial[rows]), _retracted(chapter, m.retracts[rows])
    columns = (m.voyage, m.step, m.place, m.seal, m.mass_kg, m.method, m.result)
    lists = (column[rows].tolist() for column in columns)
    occurred, recorded = _texts(m.occurred[rows]), _texts(m.recorded[rows])
    keys: list[str] = []
    values: list[bytes] = []
    for name, at, since, voyage, step, place, seal, mass, method, result in zip(ids, occurred, recorded, *lists, strict=True):
        opening, call, papers, customs = _TOLD[step]
        box = names[voyage]
        text = f'{{"event_id":"{name}","equipment_id":"{box}","occurred_at":"{at}","recorded_at":"{since}"{opening}{_FACILITIES[place]}'
        if call:
            text += calls[call][voyage] + carriers[voyage]
        if seal == DECLARED_SEAL:
            text += seals[voyage]
        elif seal != NONE:
            text += chapter.later_seal(voyage, seal)
        if mass:
            text += f',"gross_mass_kg":{mass},"gross_mass_method":"{METHODS[method]}"{chapter.boxes[voyage]}'
        if papers:
            text += chapter.transport_documents[voyage]
        if customs:
            text += _RESULTS[result] + chapter.declarations[voyage]
        if retracted and len(keys) in retracted:
            text += f',"retracted_event_id":"{retracted[len(keys)]}"'
        keys.append(box)
        values.append(f"{text}}}".encode())
    return keys, values
