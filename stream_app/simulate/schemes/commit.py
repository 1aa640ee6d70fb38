"""Which items of the regular traders carry a scheme today."""

from types import ModuleType

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Consignments, Floats, Ints
from stream_app.simulate.schemes import impossible_origin, mass, misclassification, undervaluation
from stream_app.simulate.schemes.catalogue import MIX
from stream_app.simulate.world import Today, World

ITEM_SCHEMES: tuple[ModuleType, ...] = (undervaluation, mass, misclassification, impossible_origin)
# Three in four come from traders that run the scheme again and again; the rest happen anywhere.
BY_REPEATERS = 0.75
MOST_OFTEN = 0.85


def probabilities(inclination: Floats, eligible: Bools, expected: float) -> Floats:
    """Chance of each item, summing to `expected` where there are enough eligible items."""
    repeated = np.where(eligible, inclination, 0.0)
    repeated = np.minimum(repeated * (BY_REPEATERS * expected / max(repeated.sum(), 1e-9)), MOST_OFTEN)
    elsewhere = eligible & (repeated == 0)
    rest = max(expected - repeated.sum(), 0.0) / max(int(elsewhere.sum()), 1)
    return np.asarray(np.where(elsewhere, min(rest, MOST_OFTEN), repeated), dtype=np.float64)


def commit_schemes(world: World, today: Today, batch: Consignments, trader_row: Ints, expected_items: float) -> None:
    """Alters `batch` so that about expected_items x MIX items carry each item scheme; one scheme an item, imports only."""
    items, traders = batch.items, world.traders
    imported = ~batch.headers.export[items.declaration]
    for number, scheme in enumerate(ITEM_SCHEMES):
        eligible = imported & (items.scheme == NONE) & scheme.eligible(world.market, items)
        inclination = np.where(traders.scheme[trader_row] == number, traders.inclination[trader_row], 0.0)
        chance = probabilities(inclination, eligible, expected_items * float(MIX[number]))
        rows = np.flatnonzero(today.rng.random(len(chance)) < chance)
        scheme.commit(world.market, today.rng, items, rows)
        items.scheme[rows] = number
