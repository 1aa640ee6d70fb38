"""Ghost traders: firms registered for a handful of consignments, dear goods of no common line, gone before anybody asks for the tax.

Shows as a new importer with high values, odd goods and routes; honest newcomers and private parcels make newness alone a weak sign."""

from typing import NamedTuple

import numpy as np

from stream_app.simulate.columns import NONE, Consignments, Floats, Headers, Ints
from stream_app.simulate.countries import CURRENCY, HOME_INDEX, OFFICES, PREFERENCE
from stream_app.simulate.freight import usual_mode
from stream_app.simulate.goods import make_items
from stream_app.simulate.parties import GHOST, numbered
from stream_app.simulate.rhythm import lodging_times
from stream_app.simulate.schemes.catalogue import SCHEMES
from stream_app.simulate.traders import draw_brokers
from stream_app.simulate.world import Today, World

SCHEME = SCHEMES.index("ghost_trader")
MEAN_ITEMS = 1.6
SHIPMENTS = (3, 9)  # from, below
DAYS_BETWEEN = 3
LN_WORTH, WORTH_SPREAD = float(np.log(20_000)), 1.0
PROHIBITED = 0.06
# Import taxes that the vanished firm leaves unpaid, as a share of the value.
UNPAID = 0.2


class Ghost(NamedTuple):
    number: int
    office: int
    broker: int
    shipments_left: int


class GhostTraders:
    def __init__(self) -> None:
        self.active: list[Ghost] = []
        self.founded = 0

    def _found(self, world: World, rng: np.random.Generator) -> Ghost:
        self.founded += 1
        number = int(numbered(GHOST, np.array([self.founded]))[0])
        broker = int(draw_brokers(rng, world.config.traders, 1)[0])
        return Ghost(number, int(rng.integers(0, len(OFFICES))), broker, int(rng.integers(*SHIPMENTS)))

    def _senders(self, world: World, rng: np.random.Generator, mean_shipments: float) -> list[Ghost]:
        """Who ships today; the exhausted vanish, and new ones keep the number up."""
        while len(self.active) < max(1, DAYS_BETWEEN * mean_shipments):
            self.active.append(self._found(world, rng))
        count = min(int(rng.poisson(mean_shipments)), len(self.active))
        chosen = rng.choice(len(self.active), count, replace=False).tolist()
        senders = [self.active[place] for place in chosen]
        for place in chosen:
            self.active[place] = self.active[place]._replace(shipments_left=self.active[place].shipments_left - 1)
        self.active = [ghost for ghost in self.active if ghost.shipments_left]
        return senders

    def consign(self, world: World, today: Today, expected_items: float) -> Consignments:
        rng = today.rng
        senders = self._senders(world, rng, expected_items / MEAN_ITEMS) if expected_items else []
        declaration = np.repeat(np.arange(len(senders)), np.minimum(rng.geometric(1 / MEAN_ITEMS, len(senders)), 9))
        return _consign(world, today, np.array(senders, dtype=np.int64).reshape(-1, 4), declaration)


def _consign(world: World, today: Today, senders: Ints, declaration: Ints) -> Consignments:
    rng, market, count = today.rng, world.market, len(declaration)
    commodity = rng.integers(0, len(market.tariff.codes), count)
    origin = market.draw_origins(rng, commodity)
    ln_price = rng.normal(0, 1, count) * (market.tariff.spread_between + market.tariff.spread_within)[commodity]
    mass = np.exp(rng.normal(LN_WORTH, WORTH_SPREAD, count) - market.ln_eur_per_kg[commodity, origin])
    neutral = np.zeros((2, count))
    items = make_items(market, rng, declaration, commodity, origin, PREFERENCE[origin], mass, ln_price, neutral[0], neutral[1])
    items.scheme[:] = SCHEME
    items.prohibited = rng.random(count) < PROHIBITED
    items.true_duty_eur += UNPAID * items.value_eur
    first = np.flatnonzero(np.diff(declaration, prepend=-1))
    return Consignments(_headers(world, today, senders, origin[first], market.ln_eur_per_kg[commodity, origin][first]), items)


def _headers(world: World, today: Today, senders: Ints, partner: Ints, ln_eur_per_kg: Floats) -> Headers:
    rng, count = today.rng, len(senders)
    number, office, broker = senders[:, 0], senders[:, 1], senders[:, 2]
    return Headers(
        lodged_at=lodging_times(rng, today.midnight_s, office),
        trader=number,
        declarant=broker,
        seller=world.draw_sellers(rng, count),
        consignee=np.full(count, NONE),
        office=office,
        mode=usual_mode(rng, partner, ln_eur_per_kg),
        departure=partner,
        destination=np.full(count, HOME_INDEX),
        currency=CURRENCY[partner],
        export=np.zeros(count, dtype=np.bool_),
        low_value=np.zeros(count, dtype=np.bool_),
    )
