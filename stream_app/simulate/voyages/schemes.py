"""What is done to containers under way, with its ground truth. Imports only, one scheme a container; where a scheme begins is its `at`.

Lanes from a few countries carry more of it than others, so that there is something to learn from what controls find.
"""

from collections.abc import Callable

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Floats, Ints
from stream_app.simulate.countries import CODES
from stream_app.simulate.rhythm import DAY_S
from stream_app.simulate.voyages.boxes import PHYSICAL, SCAN, Boxes
from stream_app.simulate.voyages.pace import HOUR_S, Pace
from stream_app.simulate.voyages.places import DEPOT, ODD_CALL, ODD_STOP, distance_km, drive_s
from stream_app.simulate.voyages.ports import KM_A_NAUTICAL_MILE, PORT_INDEX
from stream_app.simulate.voyages.services import WEEK_S, Calls, Schedule
from stream_app.simulate.voyages.voyage import ABSENT, Voyages

SCHEMES = ("seal_swap", "container_swap", "weight_tampering", "detour", "ghost_container", "unexplained_stop", "early_release")
MIX = np.array([0.20, 0.12, 0.18, 0.12, 0.12, 0.14, 0.12])
SEAL_SWAP, CONTAINER_SWAP, WEIGHT_TAMPERING, DETOUR, GHOST, STOP, EARLY_RELEASE = range(len(SCHEMES))
RISKY = {"CO": 5.0, "EC": 5.0, "BR": 4.0, "CR": 4.0, "PE": 3.0, "PK": 2.0, "TR": 2.0, "AE": 2.0}
_RISK: Floats = np.array([RISKY.get(code, 1.0) for code in CODES])
UNDECLARED_GHOSTS = 0.6
UNDERSTATED_FROM_THE_START = 0.4
# Chance that a scan finds it, by scheme.
SCAN_FINDS = np.array([0.3, 0.6, 0.6, 0.3, 0.5, 0.1, 0.3])
FALSE_FINDINGS = 0.01
SEA_KNOTS = 13.0
HEAVIEST_GOODS_KG, HEAVIEST_KG = 27_000.0, 38_000.0
# Where the other container of a swap turns up: within NLRTM's reach nobody would wonder.
ELSEWHERE = ("ITGOA", "GBFXT", "NOOSL", "MAPTM", "HRRJK")


def draw(rng: np.random.Generator, boxes: Boxes, share: float) -> Ints:
    """For each container its scheme or NONE; `share` of the imports in the mean."""
    count = len(boxes.names)
    # Not what an outcome has looked into: what it says must stay true.
    eligible = ~boxes.export & (boxes.control != PHYSICAL) & (boxes.control != SCAN) & (boxes.goods_kg < HEAVIEST_GOODS_KG)
    weight = np.where(eligible, _RISK[boxes.country], 0.0)
    chosen = rng.random(count) < np.minimum(share * weight * (~boxes.export).sum() / max(weight.sum(), 1e-9), 0.9)
    return np.asarray(np.where(chosen, np.minimum(np.searchsorted(np.cumsum(MIX), rng.random(count)), len(MIX) - 1), NONE), dtype=np.int64)


def _within(rng: np.random.Generator, start: Ints, end: Ints) -> Ints:
    return np.asarray(start + (rng.uniform(0.15, 0.85, len(start)) * np.maximum(end - start, 60)).astype(np.int64))


def _tampered(voyages: Voyages, pace: Pace, rows: Ints) -> Ints:
    """When somebody is at the container: in the hub, at the terminal at home, or on the road from there."""
    v, u, rng = voyages, pace.rng.random(len(rows)), pace.rng
    in_hub = (v.hub[rows] != NONE) & (u < 0.45)
    times = _within(rng, v.hub_discharged[rows], v.hub_loaded[rows]), _within(rng, v.discharged[rows], v.gate_out[rows])
    left = np.maximum(v.gate_out[rows], v.inland_out[rows])
    return np.where(in_hub, times[0], np.where(u < 0.8, times[1], _within(rng, left, v.stripped[rows])))


def _seal_swap(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    """Opened, and closed again with a seal of its own; nothing else shows."""
    voyages.seal_swapped[rows] = _tampered(voyages, pace, rows)
    voyages.watched[rows] = True
    return voyages.seal_swapped[rows]


def _container_swap(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    """Another container goes on under the number, with another mass and seal, while the first turns up far away within hours."""
    v, rng, count = voyages, pace.rng, len(rows)
    at = _within(rng, v.discharged[rows], v.gate_out[rows])
    v.seal_swapped[rows] = v.mass_changed[rows] = at
    goods = (v.mass_kg - v.tare_kg)[rows]
    differs = np.maximum(goods * rng.uniform(0.15, 0.6, count), rng.uniform(400, 1_500, count))
    lighter = (rng.random(count) < 0.5) & (differs < 0.9 * goods)
    v.mass_after_kg[rows] = _bounded(v.mass_kg[rows] + np.where(lighter, -differs, differs))
    v.twin_seen[rows] = v.gate_out[rows] + pace.hours(-1, 3, count)
    v.twin_place[rows] = DEPOT[np.array([PORT_INDEX[code] for code in ELSEWHERE])[rng.integers(0, len(ELSEWHERE), count)]]
    v.watched[rows] = True
    return at


def _weight_tampering(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    """Goods come in on the way, so the weighbridge disagrees with the verified gross mass; or both disagree with the declaration."""
    v, rng, count = voyages, pace.rng, len(rows)
    heavier = np.maximum((v.mass_kg - v.tare_kg)[rows] * rng.uniform(0.12, 0.6, count), rng.uniform(300, 1_200, count))
    understated = rng.random(count) < UNDERSTATED_FROM_THE_START
    at = np.where(understated, v.gate_in[rows], _tampered(v, pace, rows))
    at = np.where(~understated & (at > v.gate_out[rows]), _within(rng, v.discharged[rows], v.gate_out[rows]), at)
    v.mass_changed[rows] = at
    v.mass_after_kg[rows] = _bounded(v.mass_kg[rows] + heavier)
    v.watched[rows] = True
    return at


def _bounded(mass_kg: Floats) -> Floats:
    return np.minimum(mass_kg, HEAVIEST_KG)


def _board_earlier(voyages: Voyages, schedule: Schedule, rows: Ints, weeks: Ints) -> None:
    """On ships that left whole weeks before: all that came before the sailing moves with it."""
    v = voyages
    before = Calls(*(column[rows] for column in v.feeder))
    after = schedule.sailing(before.leg, before.week - weeks)
    for old, new in zip(v.feeder, after, strict=True):
        old[rows] = new
    for column in (v.stuffed, v.gate_in, v.loaded):
        column[rows] -= before.departure - after.departure
    via = v.hub[rows] != NONE
    v.hub_discharged[rows] -= np.where(via, before.arrival - after.arrival, 0)


def _detour(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    """A call that no ship of the lane makes, or on the way to the customer a stop where nobody has business."""
    v, rng = voyages, pace.rng
    by_sea = (v.hub[rows] == NONE) & (rng.random(len(rows)) < 0.8)
    sea, road = rows[by_sea], rows[~by_sea]
    port = ODD_CALL[rng.integers(0, len(ODD_CALL), len(sea))]
    v.odd_place[sea] = port
    there, onwards = (_steaming_s(v.terminal_out[sea], port), _steaming_s(port, v.terminal_in[sea]))
    stay = pace.hours(36, 150, len(sea))
    weeks = np.maximum(-(-(there + stay + onwards - (v.main.arrival - v.main.departure)[sea]) // WEEK_S), 1)
    _board_earlier(v, schedule, sea, weeks)
    v.odd_out[sea] = v.main.arrival[sea] - onwards
    v.odd_in[sea] = v.odd_out[sea] - stay
    stop = ODD_STOP[rng.integers(0, len(ODD_STOP), len(road))]
    v.odd_place[road] = stop
    left, last = np.maximum(v.gate_out, v.inland_out)[road], np.where(v.inland_out[road] != ABSENT, v.inland[road], v.terminal_in[road])
    v.stop_in[road] = left + drive_s(last, stop) + pace.hours(0.5, 4, len(road))
    v.stop_out[road] = v.stop_in[road] + pace.hours(10, 60, len(road))
    _strip_later(v, road, v.stop_out[road] + drive_s(stop, v.destination[road]) + pace.hours(1, 8, len(road)) - v.stripped[road])
    return np.where(by_sea, v.odd_in[rows], v.stop_in[rows])


def _steaming_s(place: Ints, other: Ints) -> Ints:
    return (distance_km(place, other) / KM_A_NAUTICAL_MILE / SEA_KNOTS * HOUR_S).astype(np.int64)


def _strip_later(voyages: Voyages, rows: Ints, by_s: Ints) -> None:
    voyages.stripped[rows] += np.maximum(by_s, 0)
    voyages.returned[rows] += np.maximum(by_s, 0)


def _ghost_container(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    """Declared and on the manifest, but nobody ever sees it. Its counterpart, seen but declared by nobody, is made in `stream.py`."""
    voyages.vanished[rows] = True
    return voyages.planned_discharge[rows]


def _unexplained_stop(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    """Days on the road, weeks at the terminal or in the hub, without a control that would explain them."""
    v, rng, count = voyages, pace.rng, len(rows)
    u = rng.random(count)
    at_hub = (v.hub[rows] != NONE) & (u < 0.35)
    at_terminal, on_road = ~at_hub & (u < 0.6), ~at_hub & (u >= 0.6)
    _board_earlier(v, schedule, rows[at_hub], rng.integers(3, 6, int(at_hub.sum())))
    waiting, driving = rows[at_terminal], rows[on_road]
    longer = (rng.uniform(12, 25, len(waiting)) * DAY_S).astype(np.int64)
    for column in (v.gate_out, v.inland_in, v.inland_out, v.stripped, v.returned):
        column[waiting] += np.where(column[waiting] != ABSENT, longer, 0)
    start = np.maximum(v.gate_out, v.inland_out)
    _strip_later(v, driving, (rng.uniform(4, 12, len(driving)) * DAY_S).astype(np.int64))
    return np.where(at_hub, v.hub_discharged[rows], np.where(at_terminal, v.released[rows], start[rows]))


def _early_release(voyages: Voyages, pace: Pace, schedule: Schedule, rows: Ints) -> Ints:
    """Selected for inspection, yet released and gone before it; its result comes from the importer's premises, or never."""
    v, rng, count = voyages, pace.rng, len(rows)
    v.control[rows] = np.where(rng.random(count) < 0.5, SCAN, PHYSICAL)
    v.selected[rows] = v.discharged[rows] + pace.hours(0.2, 2, count)
    v.released[rows] = np.maximum(v.released[rows], v.selected[rows] + pace.hours(0.5, 3, count))
    v.gate_out[rows] = np.maximum(v.gate_out[rows], v.released[rows] + pace.hours(0.5, 3, count))
    later = np.maximum(v.stripped[rows] - pace.hours(0.7, 1.5, count), v.gate_out[rows] + HOUR_S)
    v.controlled[rows] = np.where(rng.random(count) < 0.5, later, ABSENT)
    return v.released[rows]


_COMMIT: tuple[Callable[[Voyages, Pace, Schedule, Ints], Ints], ...] = (
    _seal_swap, _container_swap, _weight_tampering, _detour, _ghost_container, _unexplained_stop, _early_release,
)  # fmt: skip


def commit(voyages: Voyages, pace: Pace, schedule: Schedule, scheme: Ints) -> Ints:
    """Alters the voyages; for each container when its scheme begins, ABSENT without one."""
    at = np.zeros(len(scheme), dtype=np.int64)
    for number, scheme_of in enumerate(_COMMIT):
        rows = np.flatnonzero((scheme == number) & ~voyages.unlisted)
        at[rows] = scheme_of(voyages, pace, schedule, rows)
    at[voyages.unlisted] = voyages.discharged[voyages.unlisted]
    voyages.released[voyages.unlisted] = ABSENT
    _scan(voyages, pace, scheme)
    return at


def _scan(voyages: Voyages, pace: Pace, scheme: Ints) -> None:
    """What scans besides the outcomes find."""
    scanned: Bools = (voyages.control == SCAN) & (voyages.boxes.control != SCAN)
    chance = np.where(scheme == NONE, FALSE_FINDINGS, SCAN_FINDS[scheme])
    voyages.irregular |= scanned & (pace.rng.random(len(scheme)) < chance)
