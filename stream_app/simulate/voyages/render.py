"""From columns to documents as schemas/movement.v1.schema.json has them. The only loop over movement events is here."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import orjson

from stream_app.simulate.columns import NONE, Ints
from stream_app.simulate.voyages.chance import mixed, named
from stream_app.simulate.voyages.places import PLACES
from stream_app.simulate.voyages.services import VESSELS, Calls, vessel, voyage_number
from stream_app.simulate.voyages.steps import DECLARED_SEAL, METHODS, RESEALED, RESULTS, STEPS, SWAPPED, Moves
from stream_app.simulate.voyages.voyage import SIZES, Voyages

HANDLED = ("LOAD", "DISC", "GTIN", "GTOT")  # where the indicator of empty and laden belongs
CUSTOMS = ("CUSS", "CUSI", "CUSR")
EVENT_SERIALS = 2**24  # numbers of one day's events
_EVENTS = 17  # salt of their numbers


def _facility(kind: str, code: str, location: str) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps({"type": kind, "un_location_code": location} | ({"code": code} if code else {})))


_FACILITIES = [_facility(place.type, place.code, place.location) for place in PLACES]


def _opening(code: str, classifier: str, empty: bool, transshipment: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"event_type": code, "classifier": classifier}
    if code in HANDLED:
        found["empty_indicator"] = "EMPTY" if empty else "LADEN"
    return found | ({"is_transshipment": True} if transshipment else {})


# By step: what is the same in all its events, its call, whether it names the transport document, and whether the declaration.
_TOLD = [(_opening(step.code, step.classifier, step.empty, step.transshipment), step.call, step.papers, step.code in CUSTOMS) for step in STEPS]


class Chapter(NamedTuple):
    """One day's voyages, ready to be told: texts of its containers, and its events in the order of their records."""

    seed: int
    day: int
    moves: Moves
    names: list[str]
    carriers: list[str]
    seals: list[str]  # as declared
    sizes: list[int]
    tares_kg: list[float]
    declaration_ids: list[str]
    transport_documents: list[str]
    calls: dict[str, list[Any]]  # by name of the call: the transport call of each container

    def later_seal(self, voyage: int, number: int) -> dict[str, str]:
        """One put on after the shipper's: `number` as in steps.py."""
        drawn = int(named(self.seed, number, np.array([self.day]), np.array([voyage]))[0] % 9_000_000) + 1_000_000
        if number == SWAPPED:
            return {"number": f"{self.seals[voyage][:2]}{drawn}", "source": "CAR"}
        return {"number": f"NL-D-{drawn}", "source": "CUS"} if number == RESEALED else {"number": f"NL-K-{drawn}", "source": "PHY"}


def _call_texts(calls: Calls) -> list[Any]:
    """One text for all containers of a sailing."""
    made: dict[tuple[int, int], orjson.Fragment] = {}
    found = []
    for leg, week, ship in zip(calls.leg.tolist(), calls.week.tolist(), vessel(calls).tolist(), strict=True):
        if (leg, week) not in made:
            call = {"mode": "VESSEL", "vessel_imo": VESSELS[ship], "voyage": voyage_number(leg, week)}
            made[leg, week] = orjson.Fragment(orjson.dumps(call))
        found.append(made[leg, week])
    return found


def chapter(seed: int, day: int, voyages: Voyages, moves: Moves) -> Chapter:
    boxes, count = voyages.boxes, len(voyages.size)
    modes = {mode: [orjson.Fragment(b'{"mode":"%b"}' % mode.encode())] * count for mode in ("TRUCK", "BARGE")}
    return Chapter(
        seed, day, moves, boxes.names, boxes.carriers, boxes.seals, voyages.size.tolist(), voyages.tare_kg.tolist(),
        boxes.declaration_ids, boxes.transport_documents, {"feeder": _call_texts(voyages.feeder), "main": _call_texts(voyages.main)} | modes,
    )  # fmt: skip


def _event_ids(chapter: Chapter, serials: Ints) -> list[str]:
    """One-to-one in (day, serial), so no two events of a world share a number, and without visible order."""
    numbers = np.uint64(chapter.day * EVENT_SERIALS) + serials.astype(np.uint64)
    return [f"{number:016x}" for number in mixed(numbers ^ named(chapter.seed, _EVENTS)).tolist()]


def _retracted(chapter: Chapter, retracts: Ints) -> dict[int, str]:
    """By row, the number of the event that it takes back."""
    rows = np.flatnonzero(retracts != NONE)
    return dict(zip(rows.tolist(), _event_ids(chapter, retracts[rows]), strict=True))


def _texts(epoch_s: Ints) -> list[str]:
    return np.datetime_as_string(epoch_s.astype("datetime64[s]"), timezone="UTC").tolist()  # type: ignore[no-any-return]


def told(chapter: Chapter, rows: slice) -> Iterator[tuple[str, bytes]]:
    """(container, document) of the events in `rows`."""
    m, names, carriers, seals, calls = chapter.moves, chapter.names, chapter.carriers, chapter.seals, chapter.calls
    ids, retracted = _event_ids(chapter, m.serial[rows]), _retracted(chapter, m.retracts[rows])
    columns = (m.voyage, m.step, m.place, m.seal, m.mass_kg, m.method, m.result)
    lists = (column[rows].tolist() for column in columns)
    occurred, recorded = _texts(m.occurred[rows]), _texts(m.recorded[rows])
    for row, (name, at, since, voyage, step, place, seal, mass, method, result) in enumerate(zip(ids, occurred, recorded, *lists, strict=True)):
        opening, call, papers, customs = _TOLD[step]
        document: dict[str, Any] = {"event_id": name, "equipment_id": names[voyage], "occurred_at": at, "recorded_at": since}
        document |= opening
        document["facility"] = _FACILITIES[place]
        if row in retracted:
            document["retracted_event_id"] = retracted[row]
        if call:
            document["transport_call"] = calls[call][voyage]
            document["carrier_id"] = carriers[voyage]
        if seal == DECLARED_SEAL:
            document["seals"] = [{"number": seals[voyage], "source": "SHI"}]
        elif seal != NONE:
            document["seals"] = [chapter.later_seal(voyage, seal)]
        if mass:
            document |= {"gross_mass_kg": mass, "gross_mass_method": METHODS[method]}
            document |= {"tare_mass_kg": chapter.tares_kg[voyage], "iso_equipment_code": SIZES[chapter.sizes[voyage]][0]}
        if result:
            document["control_result"] = RESULTS[result]
        if papers:
            document["transport_document"] = chapter.transport_documents[voyage]
        if customs and chapter.declaration_ids[voyage]:
            document["declaration_id"] = chapter.declaration_ids[voyage]
        yield names[voyage], orjson.dumps(document)
