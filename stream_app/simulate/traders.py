"""Regular traders and their habits: a few goods, origins, routes, offices, brokers and a price level of their own, kept as columns."""

from dataclasses import dataclass, fields

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Floats, Ints
from stream_app.simulate.countries import HOME_INDEX, HUBS, OFFICES
from stream_app.simulate.freight import usual_mode
from stream_app.simulate.market import Market
from stream_app.simulate.parties import TRADER, numbered

HABITS = 5  # goods a trader deals in; the first is the commonest
EXPORTERS = 0.12
SELF_DECLARING = 0.06
SELLERS = 4000
ZIPF = 0.95
# Only the lower nine tenths of the ranks change hands: a newcomer does not start as the largest trader of the country.
SETTLED_SHARE = 0.1


@dataclass(slots=True)
class Traders:
    """One row a trader; habits are (traders, HABITS)."""

    number: Ints
    exporter: Bools
    office: Ints
    other_office: Ints
    broker: Ints
    other_broker: Ints
    ln_tare: Floats
    scheme: Ints  # index into schemes.SCHEMES, or NONE
    inclination: Floats  # how readily it repeats its scheme, 0 to 1
    commodity: Ints
    origin: Ints
    partner: Ints  # country of departure; for exporters of destination
    mode: Ints
    seller: Ints
    ln_price: Floats
    ln_mass_kg: Floats
    ln_unit_kg: Floats
    claims_preference: Bools


def zipf_cdf(count: int) -> Floats:
    weights = (np.arange(count) + 3.0) ** -ZIPF
    return np.asarray(np.cumsum(weights / weights.sum()))


def brokers(traders: int) -> int:
    return max(8, traders // 25)


def draw_brokers(rng: np.random.Generator, traders: int, count: int) -> Ints:
    """Party numbers of brokers; a few brokers declare for many traders."""
    return numbered(TRADER, 2**29 + np.searchsorted(zipf_cdf(brokers(traders)), rng.random(count)))


def _goods(rng: np.random.Generator, market: Market, count: int) -> Ints:
    """One line of business each: mostly codes close to the first in the tariff, now and then something else."""
    first = market.draw_commodities(rng, count)[:, None]
    near = np.clip(first + rng.integers(-9, 10, (count, HABITS)), 0, len(market.tariff.codes) - 1)
    other = market.draw_commodities(rng, count * HABITS).reshape(count, HABITS)
    goods = np.where(rng.random((count, HABITS)) < 0.8, near, other)
    goods[:, 0] = first[:, 0]
    return goods


def _partners(rng: np.random.Generator, origin: Ints) -> Ints:
    """Departure from the origin itself, or from a hub."""
    return np.where(rng.random(origin.shape) < 0.86, origin, rng.choice(HUBS, origin.shape))


def settle(rng: np.random.Generator, market: Market, first_serial: int, count: int, pool: int, scheme_weights: Floats) -> Traders:
    """New traders. `scheme_weights` are the shares that run each scheme; what is missing to 1 is the honest share."""
    goods = _goods(rng, market, count)
    exporter = rng.random(count) < EXPORTERS
    origin = market.draw_origins(rng, goods.ravel()).reshape(goods.shape)
    partner = np.where(exporter[:, None], rng.integers(0, HOME_INDEX, goods.shape), _partners(rng, origin))
    origin = np.where(exporter[:, None], HOME_INDEX, origin)
    tariff, prices = market.tariff, market.ln_eur_per_kg[goods, origin]
    mode = usual_mode(rng, partner.ravel(), prices.ravel()).reshape(goods.shape)
    # A consignment is worth some 9,000 EUR in the median; the mass follows from the price.
    ln_worth = rng.normal(np.log(9000), 0.9, count)[:, None] + rng.normal(0, 0.7, goods.shape)
    own_price = rng.normal(0, 0.55, count)[:, None] + rng.normal(0, 0.83, goods.shape)
    scheme = np.searchsorted(np.cumsum(scheme_weights), rng.random(count), side="right")
    number = numbered(TRADER, first_serial + np.arange(count))
    broker = draw_brokers(rng, pool, count)
    return Traders(
        number=number,
        exporter=exporter,
        office=rng.integers(0, len(OFFICES), count),
        other_office=rng.integers(0, len(OFFICES), count),
        broker=np.where(rng.random(count) < SELF_DECLARING, number, broker),
        other_broker=draw_brokers(rng, pool, count),
        ln_tare=rng.normal(0, 0.42, count),
        scheme=np.where((scheme < len(scheme_weights)) & ~exporter, scheme, NONE),
        inclination=rng.beta(2, 3, count),
        commodity=goods,
        origin=origin,
        partner=partner,
        mode=mode,
        seller=numbered(TRADER, rng.integers(0, SELLERS, goods.shape)),
        ln_price=own_price * tariff.spread_between[goods],
        ln_mass_kg=ln_worth - prices,
        ln_unit_kg=rng.normal(0, 0.14, goods.shape),
        claims_preference=rng.random(goods.shape) < 0.82,
    )


def replace(traders: Traders, rows: Ints, newcomers: Traders) -> None:
    for column in fields(traders):
        getattr(traders, column.name)[rows] = getattr(newcomers, column.name)


def leavers(rng: np.random.Generator, count: int, share: float) -> Ints:
    """Rows that change hands today."""
    settled = int(count * SETTLED_SHARE)
    return np.unique(rng.integers(settled, count, rng.poisson(share * count)))


def random_countries(rng: np.random.Generator, count: int) -> Ints:
    """Any but the home country, which is the last of the table."""
    return rng.integers(0, HOME_INDEX, count)
