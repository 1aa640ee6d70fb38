"""Misclassification: goods declared under a code of the same or a neighbouring chapter with a lower duty.

Value, mass and packages stay those of the true goods, so the price a kilogram does not fit the code; and the trader declares a code that is new
for it. Not to be seen where both codes cost the same and the trader deals in both. A few hide prohibited goods."""

import numpy as np

from stream_app.simulate.columns import Bools, Ints, Items
from stream_app.simulate.goods import duty_percent, supplementary
from stream_app.simulate.market import Market

PROHIBITED = 0.08


def eligible(market: Market, items: Items) -> Bools:
    return market.has_cheaper[items.commodity] & (items.preference < 2)


def commit(market: Market, rng: np.random.Generator, items: Items, rows: Ints) -> None:
    true_kg_per_unit = market.tariff.kg_per_unit[items.commodity[rows]]
    # A trader keeps to its false code: the choice follows from the goods and the origin, not from chance.
    place = (items.commodity[rows] * 7 + items.origin[rows]) % market.cheaper.shape[1]
    declared = market.cheaper[items.commodity[rows], place]
    asked = market.tariff.kg_per_unit[declared]
    kg_per_unit = np.where((asked > 0) & (true_kg_per_unit > 0), true_kg_per_unit, asked)
    items.commodity[rows] = declared
    items.quantity[rows] = supplementary(kg_per_unit, items.net_mass_kg[rows])
    items.duty_percent[rows] = duty_percent(market, declared, items.preference[rows])
    items.prohibited[rows] = rng.random(len(rows)) < PROHIBITED
