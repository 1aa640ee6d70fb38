"""Post and courier parcels for people who import once or twice: small, dear by the kilogram, and no fraud in themselves.

They are what splitting hides among: many lie just under the duty threshold, and parcel shops receive for many people.
"""

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Consignments, Headers, Ints
from stream_app.simulate.countries import CURRENCIES, HOME_INDEX, OFFICES
from stream_app.simulate.freight import AIR, POST
from stream_app.simulate.goods import make_items
from stream_app.simulate.parties import PRIVATE, TRADER, numbered
from stream_app.simulate.rhythm import DAY_S, lodging_times
from stream_app.simulate.world import Today, World

SHARE = 0.12  # of all declarations
ONCE_ONLY, REGULARS = 2**26, 12_000
EXPRESS_DECLARANTS = 6
PARCEL_SHOPS, TO_A_SHOP = 25, 0.35
SAMPLES = 0.14  # of the parcels: samples and spare parts for firms
TOGETHER, TOGETHER_S = 0.25, 4 * 3600  # orders of one buyer on one day
LN_PARCEL_EUR, LN_SAMPLE_EUR = float(np.log(60)), float(np.log(1800))
RETAIL_MARKUP, PRICE_SPREAD = 0.35, 0.45
PRICED_BELOW_THRESHOLD = 0.08


def draw_express_declarants(rng: np.random.Generator, count: int) -> Ints:
    return numbered(TRADER, 2**28 + rng.integers(0, EXPRESS_DECLARANTS, count))


def consign(world: World, today: Today, count: int) -> Consignments:
    rng, market = today.rng, world.market
    commodity = market.tariff.by_post[rng.integers(0, len(market.tariff.by_post), count)]
    origin = market.draw_origins(rng, commodity)
    value = np.exp(rng.normal(0, 1, count) + np.where(rng.random(count) < SAMPLES, LN_SAMPLE_EUR, LN_PARCEL_EUR))
    just_below = world.config.de_minimis_eur * rng.uniform(0.8, 0.99, count)
    value = np.where(rng.random(count) < PRICED_BELOW_THRESHOLD, just_below, value)
    ln_price = RETAIL_MARKUP + rng.normal(0, PRICE_SPREAD, count)
    mass = value / np.exp(market.ln_eur_per_kg[commodity, origin] + ln_price)
    ln_tare, ln_unit_kg = 0.6 + rng.normal(0, 0.4, count), rng.normal(0, 0.2, count)
    general_rate = np.zeros(count, dtype=np.int64)
    items = make_items(market, rng, np.arange(count), commodity, origin, general_rate, mass, ln_price, ln_tare, ln_unit_kg)
    low_value = items.value_eur <= world.config.de_minimis_eur
    items.duty_percent[low_value] = items.true_duty_eur[low_value] = 0
    return Consignments(_headers(world, today, origin, low_value), items)


def _importers(rng: np.random.Generator, count: int) -> Ints:
    """Two in three are seen once; the rest order now and then."""
    serial = np.where(rng.random(count) < 0.65, REGULARS + rng.integers(0, ONCE_ONLY, count), rng.integers(0, REGULARS, count))
    return numbered(PRIVATE, serial)


def _buyers(rng: np.random.Generator, count: int) -> Ints:
    """For each parcel the row of the first parcel of its buyer today: honest bursts, of any values."""
    return np.maximum.accumulate(np.where(rng.random(count) < TOGETHER, 0, np.arange(count)))


def _headers(world: World, today: Today, origin: Ints, low_value: Bools) -> Headers:
    rng, count = today.rng, len(origin)
    buyer = _buyers(rng, count)
    office = rng.integers(0, len(OFFICES), count)[buyer]
    shop = numbered(PRIVATE, 2**29 + rng.integers(0, PARCEL_SHOPS, count))
    lodged_at = lodging_times(rng, today.midnight_s, office)[buyer] + (buyer < np.arange(count)) * rng.integers(0, TOGETHER_S, count)
    return Headers(
        lodged_at=np.minimum(lodged_at, today.midnight_s + DAY_S - 1),
        trader=_importers(rng, count)[buyer],
        declarant=draw_express_declarants(rng, count),
        seller=world.draw_sellers(rng, count),
        consignee=np.where(rng.random(count) < TO_A_SHOP, shop, NONE)[buyer],
        office=office,
        mode=np.where(rng.random(count) < 0.6, AIR, POST),
        departure=origin,
        destination=np.full(count, HOME_INDEX),
        currency=np.full(count, CURRENCIES.index("EUR")),
        export=np.zeros(count, dtype=np.bool_),
        low_value=low_value,
    )
