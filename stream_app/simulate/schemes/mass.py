"""Mass: undeclared goods in the consignment. Either the net mass is understated while gross and packages stay true, or packages and gross
mass no longer fit the goods. Shows in net/gross, kg a package, kg a unit; in the first form also in a high value a kilogram."""

import numpy as np

from stream_app.simulate.columns import Bools, Ints, Items
from stream_app.simulate.market import Market

UNDERSTATED_NET = 0.6
# Of the duty paid: what the hidden goods would have cost.
HIDDEN_GOODS = 0.35


def eligible(market: Market, items: Items) -> Bools:
    return items.net_mass_kg > 20


def commit(market: Market, rng: np.random.Generator, items: Items, rows: Ints) -> None:
    understated = rng.random(len(rows)) < UNDERSTATED_NET
    net, other = rows[understated], rows[~understated]
    items.net_mass_kg[net] = np.round(items.net_mass_kg[net] * rng.uniform(0.35, 0.80, len(net)), 1)
    items.gross_mass_kg[other] = np.round(items.gross_mass_kg[other] * rng.uniform(1.15, 1.9, len(other)), 1)
    fewer = np.rint(items.packages[other] * rng.uniform(0.25, 0.8, len(other))).astype(np.int64)
    items.packages[other] = np.maximum(fewer, 1)
    items.true_duty_eur[rows] *= 1 + HIDDEN_GOODS
