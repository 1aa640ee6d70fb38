"""What the messages of real carriers, terminals and gateways are like: late, sent twice, told by two, wrong and taken back."""

from dataclasses import fields

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Ints
from stream_app.simulate.rhythm import DAY_S
from stream_app.simulate.voyages.pace import HOUR_S
from stream_app.simulate.voyages.steps import STEPS, Moves

VERY_LATE, LATEST_DAYS = 0.015, 7.0
SENT_TWICE, TOLD_BY_TWO, TAKEN_BACK = 0.008, 0.005, 0.006
# A wrong report dates the event too early by up to this, or it names the neighbour terminal: the time is what is wrong here.
WRONG_BY_H = (6.0, 72.0)
_SMALL = {
    "voyage": np.int32,
    "occurred": np.uint32,
    "recorded": np.uint32,
    "place": np.int16,
    "mass_kg": np.float32,
    "serial": np.int32,
    "retracts": np.int32,
}
ACTUAL: Bools = np.array([step.classifier == "ACT" for step in STEPS])


def _take(moves: Moves, rows: Ints) -> Moves:
    return Moves(*(getattr(moves, column.name)[rows] for column in fields(Moves)))


def _stack(parts: list[Moves]) -> Moves:
    return Moves(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Moves)))


def _some(rng: np.random.Generator, moves: Moves, share: float) -> Moves:
    return _take(moves, np.flatnonzero(ACTUAL[moves.step] & (rng.random(len(moves.step)) < share)))


def _seconds(rng: np.random.Generator, low_h: float, high_h: float, count: int) -> Ints:
    return (rng.uniform(low_h, high_h, count) * HOUR_S).astype(np.int64)


def _taken_back(rng: np.random.Generator, moves: Moves, serials: Ints) -> list[Moves]:
    """For some events a wrong report before them, and the message that takes it back, hours later."""
    wrong = _some(rng, moves, TAKEN_BACK)
    count = len(wrong.step)
    wrong.occurred = wrong.occurred - _seconds(rng, *WRONG_BY_H, count)
    wrong.serial = serials[:count]
    back = _take(wrong, np.arange(count))
    back.retracts, back.serial = wrong.serial, serials[count : 2 * count]
    back.recorded = wrong.recorded + _seconds(rng, 0.3, 20, count)
    back.seal = np.full(count, NONE)
    back.mass_kg, back.result = np.zeros(count), np.zeros(count, dtype=np.int64)
    return [wrong, back]


def disorderly(rng: np.random.Generator, parts: list[Moves], not_before: int) -> Moves:
    """All events of the day's voyages in the order of their records, none recorded before `not_before`, numbered from 0."""
    moves = _small(_stack(parts))
    count = len(moves.step)
    late = rng.random(count) < VERY_LATE
    moves.recorded = moves.recorded + np.where(late, (rng.uniform(0.3, LATEST_DAYS, count) * DAY_S).astype(np.int64), 0)
    moves.serial = np.arange(count)
    again = _some(rng, moves, SENT_TWICE)
    again.recorded = again.recorded + _seconds(rng, 0.02, 40, len(again.step))
    twice = _some(rng, moves, TOLD_BY_TWO)
    twice.occurred = twice.occurred - _seconds(rng, 0.01, 0.5, len(twice.step))
    twice.recorded = twice.recorded + _seconds(rng, 0.1, 30, len(twice.step))
    twice.serial = count + np.arange(len(twice.step))
    spare = np.arange(count + len(twice.step), 3 * count + len(twice.step))
    moves = _stack([moves, again, twice, *_taken_back(rng, moves, spare)])
    moves.recorded = np.maximum(moves.recorded, not_before)
    return _small(_take(moves, np.argsort(moves.recorded, kind="stable")))


def _small(moves: Moves) -> Moves:
    """In a third of the bytes: what is pending is most of a world's memory. Times fit until 2106."""
    return Moves(*(getattr(moves, column.name).astype(_SMALL.get(column.name, np.int8), copy=False) for column in fields(Moves)))
