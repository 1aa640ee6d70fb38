"""The steps T0 to T12 of every declaration, with waits that are lognormal: median in hours and spread of the logarithm."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson

from stream_app.simulate.clearance.officers import Officers
from stream_app.simulate.clearance.reading import Control, epoch
from stream_app.simulate.columns import Floats
from stream_app.simulate.render import timestamps

# Discharge, storage, acceptance, payment, document check, request to another agency, its consent, presentation, inspection, release, gate-out.
WAITS_H = np.array([1.0, 1.5, 0.15, 1.5, 2.5, 0.5, 14.0, 6.0, 2.0, 0.2, 5.0])
SPREADS = np.array([0.5, 0.5, 0.5, 0.6, 0.6, 0.4, 0.6, 0.6, 0.5, 0.5, 0.7])
(DISCHARGE, STORAGE, ACCEPTANCE, PAYMENT, CHECK, REQUEST, CONSENT, PRESENTATION, INSPECTION, RELEASE, GATE_OUT) = range(11)
DISCHARGE_TIMES = {"1": 8.0, "2": 3.0, "3": 0.3, "4": 2.0}
WAITED_BEFORE_LODGING_H = {"1": 20.0, "2": 10.0, "3": 2.0, "4": 5.0, "5": 8.0}
LODGED_AHEAD = {"1": 0.35, "3": 0.2, "4": 0.3}
YELLOW, RED = 0.16, 0.05
LANES = {"physical": "red", "scan": "red", "documentary": "yellow", "post_clearance": "blue"}
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


class Step(NamedTuple):
    number: int
    at: int
    lane: str | None = None
    officer: str | None = None


def of_day(
    rng: np.random.Generator, documents: Sequence[dict[str, Any]], controls: Mapping[str, Control], officers: Officers, slow: Slow
) -> list[tuple[int, bytes]]:
    """(epoch seconds, line) of every milestone of the day's declarations."""
    waits, draws = draws_of(rng, len(documents))
    heads: list[tuple[dict[str, Any], Step]] = []
    for document, wait, draw in zip(documents, waits, draws, strict=True):
        heads += ((document, step) for step in _steps(document, wait, draw.tolist(), controls.get(document["declaration_id"]), officers, slow))
    texts = timestamps(np.array([step.at for _, step in heads], dtype=np.int64))
    return [(step.at, _line(document, step, text)) for (document, step), text in zip(heads, texts, strict=True)]


def draws_of(rng: np.random.Generator, declarations: int) -> tuple[Floats, Floats]:
    """Waits in seconds, a row a declaration, and its other draws."""
    waits = 3_600.0 * WAITS_H * np.exp(rng.normal(0, 1, (declarations, len(WAITS_H))) * SPREADS)
    return waits, rng.random((declarations, 12))


def _steps(document: dict[str, Any], waits: Floats, u: list[float], control: Control | None, officers: Officers, slow: Slow) -> Iterator[Step]:
    mode, office, lodged = document["transport_mode"], document["office"], epoch(document["lodged_at"])
    wait = [max(60, int(seconds)) for seconds in waits.tolist()]
    arrived = _arrival(mode, lodged, u[0], u[1])
    unloaded = arrived + int(wait[DISCHARGE] * DISCHARGE_TIMES.get(mode, 1.0))
    stored = unloaded + wait[STORAGE]
    officer = officers.choose(office, document["declarant_id"], u[2], u[3])
    lane = _lane(control, u[4])
    steps = [Step(0, arrived), Step(1, unloaded), Step(2, stored), Step(3, lodged)]
    done = lodged + wait[ACCEPTANCE]
    steps.append(Step(4, done, lane, officer))
    if document["direction"] == "import":
        done += int(wait[PAYMENT] * (SLOW_FACTOR if office == slow.office and lodged >= slow.begin else 1.0))
        steps.append(Step(5, done))
    decided = control.decided_at if control and control.decided_at - lodged < LONGEST_CHECK_S else 0
    if lane in ("yellow", "red"):
        done = max(done + wait[CHECK], decided if lane == "yellow" else 0)
        if lane == "yellow" and u[5] < officers.rerouted_share(office, officer):
            lane = "red"
        steps.append(Step(6, done, lane, officer))
    if _needs_consent(document) and u[6] < OTHER_AGENCY:
        steps += [Step(7, lodged + wait[REQUEST]), Step(8, lodged + wait[REQUEST] + wait[CONSENT])]
        done = max(done, steps[-1].at)
    if lane == "red":
        presented = max(done, stored) + wait[PRESENTATION]
        done = max(presented + wait[INSPECTION], decided)
        steps += [Step(9, presented), Step(10, done, lane, officer)]
    released = max(done, arrived) + wait[RELEASE]
    steps += [Step(11, released, None, officer), Step(12, max(released, stored) + wait[GATE_OUT])]
    untold = {1: u[7], 2: u[8], 5: u[9], 12: u[10]}
    return (step for step in steps if untold.get(step.number, 1.0) >= UNTOLD.get(step.number, 0.0))


def _arrival(mode: str, lodged: int, early: float, wait: float) -> int:
    """Before lodging, unless the declaration came ahead of the goods."""
    if early < LODGED_AHEAD.get(mode, 0.0):
        return lodged + 3_600 + int(wait * 36 * 3_600)
    return lodged - 600 - int(WAITED_BEFORE_LODGING_H.get(mode, 5.0) * 3_600 * 2 * wait)


def _lane(control: Control | None, draw: float) -> str:
    """Whoever is controlled has the lane of the control; of the others some are looked at without a result worth recording."""
    if control is not None:
        return LANES[control.control_type]
    return "red" if draw < RED else "yellow" if draw < RED + YELLOW else "green"


def _needs_consent(document: dict[str, Any]) -> bool:
    """Food, plants and animals."""
    return document["direction"] == "import" and int(document["items"][0]["hs_code"][:2]) <= AGENCY_CHAPTERS


def _line(document: dict[str, Any], step: Step, text: str) -> bytes:
    trader = document.get("importer_id") or document.get("exporter_id") or document["declarant_id"]
    milestone = {
        "declaration_id": document["declaration_id"],
        "milestone": f"T{step.number}",
        "occurred_at": text,
        "office": document["office"],
        "trader_id": trader,
        "transport_mode": document["transport_mode"],
        "trader_class": "trusted" if int(trader[-4:], 16) < TRUSTED * 65_536 else "other",
    }
    if step.lane:
        milestone["lane"] = step.lane
    if step.officer:
        milestone["officer_ref"] = step.officer
    return orjson.dumps(milestone, option=orjson.OPT_APPEND_NEWLINE)
