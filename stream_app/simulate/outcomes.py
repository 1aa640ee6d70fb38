"""What the simulated administration controls and what it finds: a random sample and an imperfect targeting, late, and with misses.

The targeting prefers high duty and has some lift on schemes, so outcomes alone show a biased picture; the random sample does not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Consignments, Floats, Ints
from stream_app.simulate.config import WorldConfig

CONTROLS = ("documentary", "physical", "scan", "post_clearance")
RANDOM_CONTROLS = np.array([0.58, 0.30, 0.10, 0.02])
TARGETED_CONTROLS = np.array([0.40, 0.34, 0.14, 0.12])
# Chance to find the scheme (rows as SCHEMES) by the control (columns as CONTROLS).
DETECTION = np.array(
    [
        [0.55, 0.40, 0.05, 0.80],
        [0.25, 0.90, 0.65, 0.25],
        [0.40, 0.80, 0.25, 0.60],
        [0.65, 0.50, 0.10, 0.80],
        [0.35, 0.45, 0.15, 0.90],
        [0.60, 0.60, 0.20, 0.80],
    ]
)
FINDINGS = ("VALUE", "MASS", "TARIFF", "ORIGIN", "PARTY", "SPLIT")
FORMAL_FINDING, PROHIBITED_FINDING = "FORMAL", "PROHIBITED"
FALSE_FINDINGS = 0.015
# From lodging to decision, lognormal: median in hours and spread of the logarithm.
DELAY_MEDIAN_H = np.array([6.0, 28.0, 1.2, 1100.0])
DELAY_SPREAD = np.array([1.3, 1.0, 0.9, 0.6])
SHORTEST_DELAY_S, LONGEST_DELAY_S = 300, 150 * 86_400
SCHEME_LIFT, HIGH_DUTY_LIFT, HIGH_DUTY_EUR = 4.0, 2.0, 900.0
REASONS = ("risk", "mandatory", "manual")
TWICE_SENT = 0.004
OFFICERS = 80


@dataclass(frozen=True, slots=True)
class Control:
    declaration: int  # row of the day
    decided_at: int
    random: bool
    control: int
    item: int  # row of the irregular item, NONE where the result is compliant or the finding is only formal
    formal: bool
    duty_difference_eur: float
    repeated_after_s: int  # 0: sent once


def _selected(rng: np.random.Generator, config: WorldConfig, has_scheme: Bools, duty_eur: Floats) -> tuple[Ints, Bools]:
    """Rows of the controlled declarations, and for each whether the random sample chose it."""
    random = rng.random(len(has_scheme)) < config.random_control_share
    lift = np.where(has_scheme, SCHEME_LIFT, 1.0) * np.where(duty_eur > HIGH_DUTY_EUR, HIGH_DUTY_LIFT, 1.0)
    targeted = rng.random(len(has_scheme)) < config.targeted_control_share * lift * len(lift) / max(float(lift.sum()), 1.0)
    rows = np.flatnonzero(random | targeted)
    return rows, random[rows]


def _scheme_items(batch: Consignments) -> Ints:
    """For each declaration the row of its first item with a scheme, or NONE."""
    found = np.full(len(batch.headers.lodged_at), NONE, dtype=np.int64)
    rows = np.flatnonzero(batch.items.scheme != NONE)[::-1]
    found[batch.items.declaration[rows]] = rows
    return found


def control_day(rng: np.random.Generator, config: WorldConfig, batch: Consignments) -> list[Control]:
    items = batch.items
    declared_duty = items.value_eur * items.duty_percent / 100
    item = _scheme_items(batch)
    duty: Floats = np.bincount(items.declaration, declared_duty, len(item)).astype(np.float64)
    rows, random = _selected(rng, config, item != NONE, duty)
    item, count = item[rows], len(rows)
    mix = np.where(random[:, None], np.cumsum(RANDOM_CONTROLS), np.cumsum(TARGETED_CONTROLS))
    control = np.minimum((rng.random(count)[:, None] > mix).sum(axis=1), len(CONTROLS) - 1)
    detected = (item != NONE) & (rng.random(count) < DETECTION[items.scheme[item], control])
    formal = ~detected & (rng.random(count) < FALSE_FINDINGS)
    delay = 3600 * DELAY_MEDIAN_H[control] * np.exp(rng.normal(0, 1, count) * DELAY_SPREAD[control])
    decided_at = batch.headers.lodged_at[rows] + np.clip(delay, SHORTEST_DELAY_S, LONGEST_DELAY_S).astype(np.int64)
    difference = np.where(formal, duty[rows] * 0.02, items.true_duty_eur[item] - declared_duty[item])
    repeated = np.where(rng.random(count) < TWICE_SENT, rng.integers(60, 7200, count), 0)
    columns = (rows, decided_at, random, control, np.where(detected, item, NONE), formal, np.round(difference, 2), repeated)
    return [Control(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def document(control: Control, declaration_id: str, trader_id: str, decided_at: str, batch: Consignments, item_number: int) -> dict[str, Any]:
    """The outcome as its schema has it. `item_number` counts only for an irregular item."""
    draw = control.decided_at // 7 + control.declaration
    found: dict[str, Any] = {
        "outcome_id": f"INSP-{declaration_id}",
        "declaration_id": declaration_id,
        "trader_id": trader_id,
        "control_type": CONTROLS[control.control],
        "selection_reason": "random" if control.random else REASONS[max(0, draw % 10 - 7)],
        "result": "irregular" if control.formal or control.item != NONE else "compliant",
        "officer_ref": f"O-{draw % OFFICERS}",
        "decided_at": decided_at,
    }
    if control.formal:
        found |= {"finding_codes": [FORMAL_FINDING], "duty_difference": control.duty_difference_eur, "currency": "EUR"}
    elif control.item != NONE:
        prohibited = bool(batch.items.prohibited[control.item])
        codes = [FINDINGS[int(batch.items.scheme[control.item])]] + [PROHIBITED_FINDING] * prohibited
        found |= {"item_number": item_number, "finding_codes": codes, "critical": prohibited}
        found |= {"duty_difference": control.duty_difference_eur, "currency": "EUR"}
    return found
