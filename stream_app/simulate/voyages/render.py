"""From columns to documents as schemas/movement.v1.schema.json has them. The only loop over movement events is here.

Documents are put together from texts made once a place, sailing or container: a world has some nine movements a declaration, and dictionaries
would take three times as long. Nothing in them needs escaping: all are codes and numbers of our own.
"""

from dataclasses import dataclass
from functools import cached_property
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
_OPENINGS = [_opening(step) for step in STEPS]
_RESULTS = ["", *(_members({"control_result": result}) for result in RESULTS[1:])]


@dataclass(frozen=True)
class Chapter:
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

    @cached_property
    def behind(self) -> "_Behind":
        return _behind(self)

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
    first = int(day.min())
    dates = np.datetime_as_string(np.arange(first, int(day.max()) + 1).astype("datetime64[D]")).tolist()
    return [dates[d] + _CLOCK[s] for d, s in zip((day - first).tolist(), second.tolist(), strict=True)]


class _Behind(NamedTuple):
    """By step, the texts of its containers: the call with its carrier, the transport document, the declaration; empty where a step has none."""

    calls: list[list[str]]
    papers: list[list[str]]
    declared: list[list[str]]


def _behind(chapter: Chapter) -> _Behind:
    none = [""] * len(chapter.names)
    calls = {name: [text + by for text, by in zip(texts, chapter.carriers, strict=True)] for name, texts in chapter.calls.items()}
    return _Behind(
        [calls.get(step.call, none) for step in STEPS],
        [chapter.transport_documents if step.papers else none for step in STEPS],
        [chapter.declarations if step.code in CUSTOMS else none for step in STEPS],
    )


def told(chapter: Chapter, rows: slice) -> tuple[list[str], list[str]]:
    """Containers and documents of the events in `rows`."""
    m, names, (calls, papers, declared) = chapter.moves, chapter.names, chapter.behind
    columns = (m.voyage, m.step, m.place, m.seal, m.mass_kg, m.method, m.result)
    voyages, *lists = (column[rows].tolist() for column in columns)
    ids, occurred, recorded = _event_ids(chapter, m.serial[rows]), _texts(m.occurred[rows]), _texts(m.recorded[rows])
    seals, boxes = chapter.seals, chapter.boxes
    values = [
        f'{{"event_id":"{name}","equipment_id":"{names[voyage]}","occurred_at":"{at}","recorded_at":"{since}"{_OPENINGS[step]}{_FACILITIES[place]}'
        f"{calls[step][voyage]}{'' if seal == NONE else seals[voyage] if seal == DECLARED_SEAL else chapter.later_seal(voyage, seal)}"
        f"{_weighed(mass, method, boxes[voyage]) if mass else ''}{papers[step][voyage]}{_RESULTS[result]}{declared[step][voyage]}}}"
        for name, at, since, voyage, step, place, seal, mass, method, result in zip(ids, occurred, recorded, voyages, *lists, strict=True)
    ]
    for row, event in _retracted(chapter, m.retracts[rows]).items():
        values[row] = f'{values[row][:-1]},"retracted_event_id":"{event}"}}'
    return [names[voyage] for voyage in voyages], values


def _weighed(mass_kg: float, method: int, box: str) -> str:
    return f',"gross_mass_kg":{mass_kg},"gross_mass_method":"{METHODS[method]}"{box}'
