"""Modes of transport at the border (UN/ECE Recommendation 19), carriers and transport documents."""

import numpy as np

from stream_app.simulate.columns import Floats, Ints
from stream_app.simulate.countries import NEAR

SEA, RAIL, ROAD, AIR, POST = 1, 2, 3, 4, 5
CARRIERS = {
    SEA: ("MAEU", "MSCU", "CMDU", "HLCU", "COSU", "EGLV", "ONEY"),
    RAIL: ("RCG", "DBC", "PKPC"),
    ROAD: ("DSVR", "DFDS", "EKOL", "GIRT", "WABR"),
    AIR: ("KLM", "CLX", "QTR", "UAE", "CAO", "LHC"),
    POST: ("DHLE", "UPSN", "FDXE", "PNLI"),
}


def usual_mode(rng: np.random.Generator, partner: Ints, ln_eur_per_kg: Floats) -> Ints:
    """Road from neighbours; else sea, with air the likelier the dearer the goods (even odds near 60 EUR/kg), and some rail."""
    u = rng.random(len(partner))
    by_air = 1 / (1 + np.exp(-1.3 * (ln_eur_per_kg - 4.1)))
    far = np.where(u < by_air, AIR, np.where(u > 0.97, RAIL, SEA))
    return np.where(NEAR[partner] & (u < 0.92), ROAD, far)


def carrier(mode: int, draw: int) -> str:
    names = CARRIERS[mode]
    return names[draw % len(names)]
