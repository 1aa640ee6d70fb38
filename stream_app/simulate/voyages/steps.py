"""The steps of a voyage that somebody records, and the day's events as columns. One line of STEPS a kind of event."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stream_app.simulate.columns import NONE, Floats, Ints
from stream_app.simulate.voyages.boxes import PHYSICAL, SCAN
from stream_app.simulate.voyages.chance import lognormal
from stream_app.simulate.voyages.pace import HOUR_S, Pace
from stream_app.simulate.voyages.voyage import ABSENT, Voyages


class Step(NamedTuple):
    """`time` and `place` name columns of Voyages; `known` names the column that its record follows, by default its own time.

    `present` is the share that is recorded at all; `lag_h` the median hours until it is, lognormal with `spread`; `seals` the share of
    records that tell the seals; `call` is feeder, main or a DCSA mode of transport; `weighed` is how the mass was found.
    """

    code: str
    classifier: str
    time: str
    place: str
    present: float
    lag_h: float
    spread: float
    call: str = ""
    seals: float = 0.0
    empty: bool = False
    transshipment: bool = False
    known: str = ""
    weighed: str = ""
    papers: bool = False  # names the transport document
    control: int = NONE  # of this control only
    result: bool = False


STEPS = (
    Step("LOAD", "PLN", "planned_loading", "terminal_out", 0.2, 3, 0.8, "feeder", known="stuffed", papers=True),
    Step("STUF", "ACT", "stuffed", "origin", 0.88, 5, 1.1, seals=0.7),
    Step("GTIN", "ACT", "gate_in", "terminal_out", 0.985, 0.2, 1.0, "TRUCK", seals=0.9, weighed="VGM"),
    Step("LOAD", "ACT", "loaded", "terminal_out", 0.98, 1.5, 0.8, "feeder", seals=0.2, papers=True),
    Step("DEPA", "ACT", "departed", "terminal_out", 0.6, 2, 0.7, "feeder"),
    Step("DISC", "PLN", "planned_hub_discharge", "terminal_hub", 0.997, 8, 0.4, "feeder", transshipment=True, known="departed", papers=True),
    Step("DISC", "ACT", "hub_discharged", "terminal_hub", 0.98, 1.5, 0.9, "feeder", seals=0.5, transshipment=True),
    Step("LOAD", "ACT", "hub_loaded", "terminal_hub", 0.98, 1.5, 0.9, "main", seals=0.3, transshipment=True),
    Step("DISC", "ACT", "odd_in", "odd_place", 1, 2, 0.9, "feeder", seals=0.5, transshipment=True),
    Step("LOAD", "ACT", "odd_out", "odd_place", 1, 2, 0.9, "main", seals=0.5, transshipment=True),
    Step("DISC", "PLN", "planned_discharge", "terminal_in", 0.997, 8, 0.4, "main", known="sailed", papers=True),
    Step("ARRI", "EST", "estimated_arrival", "terminal_in", 0.35, 2, 0.7, "main", known="forecast"),
    Step("ARRI", "ACT", "arrived", "terminal_in", 0.9, 1, 0.7, "main"),
    Step("DISC", "ACT", "discharged", "terminal_in", 0.992, 1, 0.9, "main", seals=0.85, papers=True),
    # Customs' own messages come from one system: soon, and mostly in order.
    Step("CUSS", "ACT", "selected", "at_control", 0.997, 0.1, 0.5, control=SCAN),
    Step("CUSS", "ACT", "controlled", "place_of_control", 0.997, 0.1, 0.5, control=SCAN, result=True),
    Step("CUSI", "ACT", "selected", "at_control", 0.997, 0.1, 0.5, control=PHYSICAL),
    Step("CUSI", "ACT", "controlled", "place_of_control", 0.997, 0.1, 0.5, seals=1, control=PHYSICAL, result=True),
    Step("RSEA", "ACT", "resealed", "place_of_control", 0.7, 0.5, 0.6, seals=1),
    Step("INSP", "ACT", "checked", "terminal_in", 0.99, 2, 0.7, seals=1),
    Step("CUSR", "ACT", "released", "at_control", 0.98, 0.1, 0.5),
    Step("GTOT", "ACT", "gate_out", "terminal_in", 0.985, 0.2, 1.0, "TRUCK", seals=0.9, weighed="weighbridge"),
    Step("GTIN", "ACT", "inland_in", "inland", 0.97, 0.5, 1.0, "BARGE", seals=0.4),
    Step("GTOT", "ACT", "inland_out", "inland", 0.97, 0.5, 1.0, "TRUCK", seals=0.4),
    Step("STRP", "ACT", "stripped", "destination", 0.85, 6, 1.1, seals=0.6),
    Step("GTIN", "ACT", "returned", "depot", 0.92, 0.5, 1.0, "TRUCK", empty=True),
    Step("GTIN", "ACT", "twin_seen", "twin_place", 1, 0.5, 0.8, "TRUCK"),
    Step("GTIN", "ACT", "stop_in", "odd_place", 1, 0.5, 0.9, "TRUCK", seals=0.4),
    Step("GTOT", "ACT", "stop_out", "odd_place", 1, 0.5, 0.9, "TRUCK", seals=0.4),
)
WEIGHED_AT_GATE = 0.4
DECLARED_SEAL, RESEALED, CHECKED_SEAL, SWAPPED = range(4)
HEAVIEST_KG = 40_000.0  # more was never in one container: bulk, declared under a container all the same
METHODS = ("", "VGM1", "VGM2", "weighbridge")
RESULTS = ("", "compliant", "irregular")


@dataclass(slots=True)
class Moves:
    """One row an event, of one day's voyages. `serial` numbers the events: what is sent twice has one number."""

    voyage: Ints
    step: Ints
    occurred: Ints
    recorded: Ints
    place: Ints
    seal: Ints  # NONE: nobody looked
    mass_kg: Floats  # 0: not weighed
    method: Ints
    result: Ints
    serial: Ints
    retracts: Ints  # serial of the event taken back, or NONE


def _seal(voyages: Voyages, rows: Ints, at: Ints) -> Ints:
    """The last seal put on by then."""
    resealed = np.where(voyages.control[rows] == PHYSICAL, voyages.controlled[rows], ABSENT)
    put_on = np.stack([np.ones(len(rows), dtype=np.int64), resealed, voyages.checked[rows], voyages.seal_swapped[rows]])
    put_on[(put_on == ABSENT) | (put_on > at)] = -1
    return np.asarray(put_on.argmax(axis=0), dtype=np.int64)


def _masses(voyages: Voyages, rows: Ints, at: Ints, step: Step, pace: Pace) -> tuple[Floats, Ints]:
    """Weighed gross mass in kg and its method; scales err by some tenths of a percent, sums by more."""
    rng, count = pace.rng, len(rows)
    changed = voyages.mass_changed[rows]
    true = np.where((changed != ABSENT) & (at >= changed), voyages.mass_after_kg[rows], voyages.mass_kg[rows])
    if step.weighed == "weighbridge":
        weighed = voyages.watched[rows] | (rng.random(count) < WEIGHED_AT_GATE)
        mass, method = np.round(true * (1 + rng.normal(0, 0.004, count)), -1) // 20 * 20, np.full(count, METHODS.index("weighbridge"))
    else:
        weighed, summed = voyages.watched[rows] | (rng.random(count) < 0.97), rng.random(count) < 0.3
        mass = np.round(true * (1 + rng.normal(0, 1, count) * np.where(summed, 0.006, 0.002)), -1)
        method = np.where(summed, METHODS.index("VGM2"), METHODS.index("VGM1"))
    weighed &= true < HEAVIEST_KG
    return np.where(weighed, mass, 0.0), np.where(weighed, method, 0)


def _rows(voyages: Voyages, step: Step, pace: Pace) -> Ints:
    time = getattr(voyages, step.time)
    seen = pace.rng.random(len(time)) < step.present
    if step.seals or step.weighed:
        seen |= voyages.watched
    there = (time != ABSENT) & seen
    if step.control != NONE:
        there &= voyages.control == step.control
    if step.classifier == "ACT":
        there &= ~voyages.vanished
    elif step.code == "DISC":
        there &= ~voyages.unlisted
    return np.flatnonzero(there)


def _moves(voyages: Voyages, number: int, pace: Pace) -> Moves:
    step = STEPS[number]
    rows = _rows(voyages, step, pace)
    count, rng = len(rows), pace.rng
    at = getattr(voyages, step.time)[rows]
    known = getattr(voyages, step.known)[rows] if step.known else at
    lag = np.maximum(lognormal(rng, step.lag_h, step.spread, count) * HOUR_S, 5).astype(np.int64)
    nobody = np.full(count, NONE)
    mass, method = _masses(voyages, rows, at, step, pace) if step.weighed else (np.zeros(count), np.zeros(count, dtype=np.int64))
    return Moves(
        voyage=rows,
        step=np.full(count, number),
        occurred=at,
        recorded=known + lag,
        place=getattr(voyages, step.place)[rows],
        seal=np.where(voyages.watched[rows] | (rng.random(count) < step.seals), _seal(voyages, rows, at), NONE) if step.seals else nobody,
        mass_kg=mass,
        method=method,
        result=1 + voyages.irregular[rows] if step.result else np.zeros(count, dtype=np.int64),
        serial=np.zeros(count, dtype=np.int64),
        retracts=nobody,
    )


def moves_of(voyages: Voyages, pace: Pace) -> list[Moves]:
    return [_moves(voyages, number, pace) for number in range(len(STEPS))]
