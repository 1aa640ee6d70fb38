"""Splitting: one commercial consignment sent as many parcels, each just under the duty threshold, to one address within hours.

Shows as a burst of low-value declarations with one consignee and near-equal values. Parcel shops have one address and many honest parcels."""

from typing import NamedTuple

import numpy as np

from stream_app.simulate.columns import Consignments, Floats, Headers, Ints
from stream_app.simulate.countries import CURRENCIES, HOME_INDEX, OFFICES
from stream_app.simulate.freight import AIR, POST
from stream_app.simulate.goods import make_items
from stream_app.simulate.parcels import draw_express_declarants
from stream_app.simulate.parties import RING, numbered
from stream_app.simulate.rhythm import DAY_S
from stream_app.simulate.schemes.catalogue import SCHEMES
from stream_app.simulate.world import Today, World

SCHEME = SCHEMES.index("splitting")
PIECES = (4, 13)  # from, below
BELOW_THRESHOLD = (0.6, 0.985)  # value of a piece as a share of the threshold
RUNS = (3, 13)
WITHIN_S = 5 * 3600
STRAW_MEN = 4
SEVERAL_IMPORTERS = 0.35


class Ring(NamedTuple):
    address: int
    importers: int  # 1, or STRAW_MEN
    commodity: int
    declarant: int
    office: int
    runs_left: int


class SplittingRings:
    def __init__(self) -> None:
        self.active: list[Ring] = []
        self.founded = 0

    def _found(self, world: World, rng: np.random.Generator) -> Ring:
        self.founded += 1
        address = int(numbered(RING, np.array([self.founded * STRAW_MEN]))[0])
        goods = world.market.tariff.by_post[rng.integers(0, len(world.market.tariff.by_post))]
        importers = STRAW_MEN if rng.random() < SEVERAL_IMPORTERS else 1
        declarant = int(draw_express_declarants(rng, 1)[0])
        return Ring(address, importers, int(goods), declarant, int(rng.integers(0, len(OFFICES))), int(rng.integers(*RUNS)))

    def _runners(self, world: World, rng: np.random.Generator, mean_runs: float) -> list[Ring]:
        while len(self.active) < max(1, 4 * mean_runs):
            self.active.append(self._found(world, rng))
        count = min(int(rng.poisson(mean_runs)), len(self.active))
        chosen = rng.choice(len(self.active), count, replace=False).tolist()
        runners = [self.active[place] for place in chosen]
        for place in chosen:
            self.active[place] = self.active[place]._replace(runs_left=self.active[place].runs_left - 1)
        self.active = [ring for ring in self.active if ring.runs_left]
        return runners

    def consign(self, world: World, today: Today, expected_items: float) -> Consignments:
        rng = today.rng
        runners = self._runners(world, rng, expected_items / (sum(PIECES) - 1) * 2) if expected_items else []
        run = np.repeat(np.arange(len(runners)), rng.integers(*PIECES, len(runners)))
        starts = today.midnight_s + rng.integers(7 * 3600, DAY_S - WITHIN_S - 3600, len(runners))
        return _consign(world, today, np.array(runners, dtype=np.int64).reshape(-1, 6)[run], starts[run], rng.random(len(runners))[run])


def _consign(world: World, today: Today, ring: Ints, start: Ints, dearness: Floats) -> Consignments:
    """One row of `ring` a piece; `dearness` in [0, 1) says how dear this run's goods are."""
    rng, market, count = today.rng, world.market, len(ring)
    commodity = ring[:, 2]
    origin = market.tariff.origins[commodity, 0]
    value = world.config.de_minimis_eur * rng.uniform(*BELOW_THRESHOLD, count)
    ln_price = dearness - 0.3 + rng.normal(0, 0.05, count)
    mass = value / np.exp(market.ln_eur_per_kg[commodity, origin] + ln_price)
    rate, neutral = np.zeros(count, dtype=np.int64), np.zeros((2, count))
    items = make_items(market, rng, np.arange(count), commodity, origin, rate, mass, ln_price, neutral[0] + 0.6, neutral[1])
    # Rounding a very small mass may carry the value over the threshold.
    items.value_eur = np.minimum(items.value_eur, np.round(world.config.de_minimis_eur * 0.99, 2))
    items.true_duty_eur = items.value_eur * items.duty_percent / 100
    items.duty_percent[:] = 0
    items.scheme[:] = SCHEME
    return Consignments(_headers(world, today, ring, start, origin), items)


def _headers(world: World, today: Today, ring: Ints, start: Ints, origin: Ints) -> Headers:
    rng, count = today.rng, len(ring)
    straw_man = rng.integers(0, 2**16, count) % np.maximum(ring[:, 1], 1)
    return Headers(
        lodged_at=start + rng.integers(0, WITHIN_S, count),
        trader=ring[:, 0] + straw_man * 4,
        declarant=ring[:, 3],
        seller=world.draw_sellers(rng, count),
        # A number of its own: the address must not betray which of the importers is behind it.
        consignee=ring[:, 0] ^ 2**31,
        office=ring[:, 4],
        mode=np.where(rng.random(count) < 0.6, AIR, POST),
        departure=origin,
        destination=np.full(count, HOME_INDEX),
        currency=np.full(count, CURRENCIES.index("EUR")),
        export=np.zeros(count, dtype=np.bool_),
        low_value=np.ones(count, dtype=np.bool_),
    )
