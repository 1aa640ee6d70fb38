"""The steps T0 to T12 of every declaration, with waits that are lognormal: median in hours and spread of the logarithm."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stream_app.simulate.clearance.officers import Officers
from stream_app.simulate.clearance.reading import Lodged
from stream_app.simulate.columns import Floats, Ints
from stream_app.simulate.events import Controlled
from stream_app.simulate.render import epochs, local_times, timestamps
from stream_app.simulate.rhythm import UTC_OFFSET

Mask = npt.NDArray[np.bool_]

# Discharge, storage, acceptance, payment, document check, request to another agency, its consent, presentation, inspection, release, gate-out.
WAITS_H = np.array([1.0, 1.5, 0.15, 1.5, 2.5, 0.5, 14.0, 6.0, 2.0, 0.2, 5.0])
SPREADS = np.array([0.5, 0.5, 0.5, 0.6, 0.6, 0.4, 0.6, 0.6, 0.5, 0.5, 0.7])
(DISCHARGE, STORAGE, ACCEPTANCE, PAYMENT, CHECK, REQUEST, CONSENT, PRESENTATION, INSPECTION, RELEASE, GATE_OUT) = range(11)
DISCHARGE_TIMES = {"1": 8.0, "2": 3.0, "3": 0.3, "4": 2.0}
WAITED_BEFORE_LODGING_H = {"1": 20.0, "2": 10.0, "3": 2.0, "4": 5.0, "5": 8.0}
LODGED_AHEAD = {"1": 0.35, "3": 0.2, "4": 0.3}
YELLOW, RED = 0.16, 0.05
LANES = ("green", "yellow", "red", "blue")
IS_GREEN, IS_YELLOW, IS_RED, IS_BLUE = range(4)
LANE_OF = {"physical": IS_RED, "scan": IS_RED, "documentary": IS_YELLOW, "post_clearance": IS_BLUE}
OTHER_AGENCY, AGENCY_CHAPTERS = 0.3, 24
TRUSTED = 0.2  # share of traders with a trusted status, by their pseudonym
UNTOLD = {1: 0.04, 2: 0.06, 5: 0.02, 12: 0.03}
SLOW_FACTOR = 5.0
LONGEST_CHECK_S = 20 * 86_400  # a control that takes longer does not hold up the release


class Slow(NamedTuple):
    """From `begin` (epoch seconds) on, payment takes SLOW_FACTOR times as long at `office`."""

    office: str
    begin: int

    def truth(self) -> dict[str, Any]:
        since = timestamps(np.array([self.begin]))[0]
        return {"kind": "slow_segment", "office": self.office, "segment": "T4-T5", "factor": SLOW_FACTOR, "from": since}


class Journeys(NamedTuple):
    """Of a day's declarations, a row each: when each step was reached (epoch seconds, a column a step), whether anybody told; the lane at
    acceptance, and the one behind the check."""

    at: Ints
    told: Mask
    accepted: Ints
    checked: Ints


def of_day(
    rng: np.random.Generator, declarations: Sequence[Lodged], controls: Mapping[str, Controlled], officers: Officers, slow: Slow
) -> tuple[Ints, list[str]]:
    """Epoch seconds and line of every milestone of the day's declarations, one declaration after the other."""
    waits, draws = draws_of(rng, len(declarations))
    drawn = zip(declarations, draws[:, 2].tolist(), draws[:, 3].tolist(), strict=True)
    chosen = [officers.choose(one.office, one.declarant_id, draw, together) for one, draw, together in drawn]
    rerouted = np.array([officers.rerouted_share(one.office, officer) for one, officer in zip(declarations, chosen, strict=True)])
    found = [controls.get(one.declaration_id) for one in declarations]
    journeys = _journeys(declarations, np.maximum(60, waits.astype(np.int64)), draws.T, found, rerouted, slow)
    rows, steps = np.nonzero(journeys.told)
    at = journeys.at[rows, steps]
    return at, _lines(declarations, chosen, journeys, rows, steps, local_times(at))


def draws_of(rng: np.random.Generator, declarations: int) -> tuple[Floats, Floats]:
    """Waits in seconds, a row a declaration, and its other draws."""
    waits = 3_600.0 * WAITS_H * np.exp(rng.normal(0, 1, (declarations, len(WAITS_H))) * SPREADS)
    return waits, rng.random((declarations, 12))


def _journeys(declarations: Sequence[Lodged], wait: Ints, u: Floats, controls: Sequence[Controlled | None], rerouted: Floats, slow: Slow) -> Journeys:
    """`wait`: seconds, a row a declaration; `u`: draws, a column a declaration; `rerouted`: how often its officer turns yellow to red."""
    modes, waits = [one.transport_mode for one in declarations], wait.T
    lodged, imports = epochs([one.lodged_at for one in declarations]), np.array([one.direction == "import" for one in declarations])
    arrived = _arrivals(modes, lodged, u[0], u[1])
    unloaded = arrived + (waits[DISCHARGE] * np.array([DISCHARGE_TIMES.get(mode, 1.0) for mode in modes])).astype(np.int64)
    stored = unloaded + waits[STORAGE]
    accepted = lodged + waits[ACCEPTANCE]
    slowed = np.array([one.office == slow.office for one in declarations]) & (lodged >= slow.begin)
    paid = accepted + (waits[PAYMENT] * np.where(slowed, SLOW_FACTOR, 1.0)).astype(np.int64)
    lane = _lanes(controls, u[4])
    decided = np.array([control.decided_at if control else 0 for control in controls], np.int64)
    decided[decided - lodged >= LONGEST_CHECK_S] = 0
    looked_at = (lane == IS_YELLOW) | (lane == IS_RED)
    done = np.where(imports, paid, accepted)
    checked = np.maximum(done + waits[CHECK], np.where(lane == IS_YELLOW, decided, 0))
    turned = np.where((lane == IS_YELLOW) & (u[5] < rerouted), IS_RED, lane)
    consents = imports & np.array([_needs_consent(one) for one in declarations]) & (u[6] < OTHER_AGENCY)
    asked = lodged + waits[REQUEST]
    agreed = asked + waits[CONSENT]
    done = np.where(looked_at, checked, done)
    done = np.where(consents, np.maximum(done, agreed), done)
    opened = turned == IS_RED
    presented = np.maximum(done, stored) + waits[PRESENTATION]
    inspected = np.maximum(presented + waits[INSPECTION], decided)
    released = np.maximum(np.where(opened, inspected, done), arrived) + waits[RELEASE]
    out = np.maximum(released, stored) + waits[GATE_OUT]
    always = np.ones(len(declarations), bool)
    at = (arrived, unloaded, stored, lodged, accepted, paid, checked, asked, agreed, presented, inspected, released, out)
    told = (
        *(always, u[7] >= UNTOLD[1], u[8] >= UNTOLD[2], always, always, imports & (u[9] >= UNTOLD[5])),
        *(looked_at, consents, consents, opened, opened, always, u[10] >= UNTOLD[12]),
    )
    return Journeys(np.stack(at, axis=1), np.stack(told, axis=1), lane, turned)


def _arrivals(modes: Sequence[str], lodged: Ints, early: Floats, wait: Floats) -> Ints:
    """Before lodging, unless the declaration came ahead of the goods."""
    ahead = early < np.array([LODGED_AHEAD.get(mode, 0.0) for mode in modes])
    waited = np.array([WAITED_BEFORE_LODGING_H.get(mode, 5.0) for mode in modes])
    return np.where(ahead, lodged + 3_600 + (wait * 36 * 3_600).astype(np.int64), lodged - 600 - (waited * 3_600 * 2 * wait).astype(np.int64))


def _lanes(controls: Sequence[Controlled | None], draw: Floats) -> Ints:
    """Whoever is controlled has the lane of the control; of the others some are looked at without a result worth recording."""
    controlled = np.array([LANE_OF[control.control_type] if control else -1 for control in controls], np.int64)
    drawn = np.where(draw < RED, IS_RED, np.where(draw < RED + YELLOW, IS_YELLOW, IS_GREEN))
    return np.where(controlled >= 0, controlled, drawn)


def _needs_consent(declaration: Lodged) -> bool:
    """Food, plants and animals."""
    return int(declaration.items[0].hs_code[:2]) <= AGENCY_CHAPTERS


STEPS = [f'T{step}","occurred_at":"' for step in range(13)]
_PLAIN, _ACCEPTED, _CHECKED, _RELEASED = range(4)
ENDS = np.full(13, _PLAIN)
ENDS[[4, 6, 10, 11]] = _ACCEPTED, _CHECKED, _CHECKED, _RELEASED


def _lines(declarations: Sequence[Lodged], officers: Sequence[str], journeys: Journeys, rows: Ints, steps: Ints, texts: Sequence[str]) -> list[str]:
    """JSON put together from what the steps of a declaration share: no value in it needs an escape."""
    begins = [f'{{"declaration_id":"{one.declaration_id}","milestone":"' for one in declarations]
    ends: list[str] = []
    for one, officer, lane, turned in zip(declarations, officers, journeys.accepted.tolist(), journeys.checked.tolist(), strict=True):
        trader = one.trader
        kind = "trusted" if int(trader[-4:], 16) < TRUSTED * 65_536 else "other"
        shared = f'{UTC_OFFSET}","office":"{one.office}","trader_id":"{trader}","transport_mode":"{one.transport_mode}","trader_class":"{kind}"'
        by = f',"officer_ref":"{officer}"}}\n'
        ends += (f"{shared}}}\n", f'{shared},"lane":"{LANES[lane]}"{by}', f'{shared},"lane":"{LANES[turned]}"{by}', shared + by)
    places = (4 * rows + ENDS[steps]).tolist()
    parts = zip(rows.tolist(), steps.tolist(), texts, places, strict=True)
    return [f"{begins[row]}{STEPS[step]}{text}{ends[place]}" for row, step, text, place in parts]
