"""Impossible origin: an origin with a free-trade agreement, declared to save the duty, while the goods come from where they always did.

Mostly a country that does not make such goods; else one that does, but not on this route. Shows as a rare combination of origin, code and
departure, and as a change in the trader's origins. Value and mass stay those of the true origin."""

import numpy as np

from stream_app.simulate.columns import Bools, Ints, Items
from stream_app.simulate.countries import FREE, PREFERENCES
from stream_app.simulate.goods import duty_percent
from stream_app.simulate.market import Market

NOT_A_PRODUCER = 0.55


def eligible(market: Market, items: Items) -> Bools:
    return np.asarray((items.duty_percent > 0) & ~FREE[items.origin])


def commit(market: Market, rng: np.random.Generator, items: Items, rows: Ints) -> None:
    commodity = items.commodity[rows]
    absurd, producer = market.draw_agreement_origins(rng, commodity), market.draw_origins(rng, commodity)
    plausible = FREE[producer] & (rng.random(len(rows)) > NOT_A_PRODUCER)
    items.origin[rows] = np.where(plausible, producer, absurd)
    items.preference[rows] = PREFERENCES.index("300")
    items.duty_percent[rows] = duty_percent(market, commodity, items.preference[rows])
