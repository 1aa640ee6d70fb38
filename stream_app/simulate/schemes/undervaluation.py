"""Undervaluation: goods invoiced at 25 to 60 % of what they cost. Shows as a low value a kilogram and a unit, against peers and own history."""

import numpy as np

from stream_app.simulate.columns import Bools, Ints, Items
from stream_app.simulate.market import Market


def eligible(market: Market, items: Items) -> Bools:
    return items.value_eur > 100


def commit(market: Market, rng: np.random.Generator, items: Items, rows: Ints) -> None:
    items.value_eur[rows] = np.round(items.value_eur[rows] * rng.uniform(0.25, 0.60, len(rows)), 2)
