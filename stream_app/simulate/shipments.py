"""The regular traders' consignments of one day, all honest: schemes alter them afterwards."""

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Consignments, Headers, Ints, Items
from stream_app.simulate.countries import CURRENCIES, CURRENCY, HOME_INDEX, HUBS, PREFERENCE
from stream_app.simulate.freight import AIR, SEA
from stream_app.simulate.goods import make_items
from stream_app.simulate.rhythm import lodging_times, season_factor
from stream_app.simulate.traders import HABITS, random_countries
from stream_app.simulate.world import Today, World

MEAN_ITEMS, MOST_ITEMS = 1.62, 40
OUTLIERS, OUTLIER_SPREAD = 0.012, 0.9
WITHIN_MASS_SPREAD = 0.5
VOLUME_DISCOUNT = 0.06
OTHER_PRODUCER, ODD_ORIGIN, ODD_ROUTE, ODD_GOODS = 0.08, 0.018, 0.04, 0.025
INVOICED_IN_DOLLARS = 0.12


def _headers(world: World, today: Today, row: Ints, habit: Ints) -> Headers:
    t, rng, count = world.traders, today.rng, len(row)
    u = rng.random((4, count))
    export = t.exporter[row]
    office = np.where(u[0] < 0.85, t.office[row], t.other_office[row])
    partner = np.where(u[1] < ODD_ROUTE, rng.choice(HUBS, count), t.partner[row, habit])
    usual = t.mode[row, habit]
    currency = np.where(u[2] < INVOICED_IN_DOLLARS, CURRENCIES.index("USD"), CURRENCY[partner])
    return Headers(
        lodged_at=lodging_times(rng, today.midnight_s, office),
        trader=t.number[row],
        declarant=np.where(u[0] < 0.93, t.broker[row], t.other_broker[row]),
        seller=np.where(u[3] < 0.1, world.draw_sellers(rng, count), t.seller[row, habit]),
        consignee=np.where(u[3] > 0.9, t.number[row] ^ 2**31, NONE),
        office=office,
        mode=np.where((u[1] > 0.96) & (usual == SEA), AIR, usual),
        departure=np.where(export, HOME_INDEX, partner),
        destination=np.where(export, partner, HOME_INDEX),
        currency=currency,
        export=export,
        low_value=np.zeros(count, dtype=np.bool_),
    )


def _origins(world: World, today: Today, commodity: Ints, usual: Ints, export: Bools) -> Ints:
    """Mostly as always; at times another producer, and rarely any country: returned goods, stocks, a trial order."""
    rng, count = today.rng, len(commodity)
    u = rng.random(count)
    drawn = np.where(u < ODD_ORIGIN, random_countries(rng, count), world.market.draw_origins(rng, commodity))
    return np.where((u < ODD_ORIGIN + OTHER_PRODUCER) & ~export, drawn, usual)


def _items(world: World, today: Today, row: Ints, habit: Ints, first: Bools, declaration: Ints) -> Items:
    t, rng, market, count = world.traders, today.rng, world.market, len(row)
    tariff = market.tariff
    u = rng.random((3, count))
    odd = (u[0] < ODD_GOODS) & ~first
    commodity = np.where(odd, market.draw_commodities(rng, count), t.commodity[row, habit])
    export = t.exporter[row]
    origin = _origins(world, today, commodity, np.where(odd & ~export, market.draw_origins(rng, commodity), t.origin[row, habit]), export)
    season = season_factor(tariff.season[commodity], tariff.peak_day[commodity], today.day_of_year)
    ln_volume = rng.normal(0, WITHIN_MASS_SPREAD, count) - np.where(first, 0, 0.6)
    ln_price = t.ln_price[row, habit] + rng.normal(0, 1, count) * tariff.spread_within[commodity]
    ln_price += np.where(u[1] < OUTLIERS, rng.normal(0, OUTLIER_SPREAD, count), 0) - VOLUME_DISCOUNT * ln_volume - 0.2 * np.log(season)
    worth = t.ln_mass_kg[row, habit] + market.ln_eur_per_kg[t.commodity[row, habit], t.origin[row, habit]]
    mass = np.exp(worth - market.ln_eur_per_kg[commodity, origin] + ln_volume) * season
    preference = np.where(t.claims_preference[row, habit] & ~export, PREFERENCE[origin], 0)
    return make_items(market, rng, declaration, commodity, origin, preference, mass, ln_price, t.ln_tare[row], t.ln_unit_kg[row, habit])


def consign(world: World, today: Today, count: int) -> tuple[Consignments, Ints]:
    """`count` declarations with MEAN_ITEMS items each in the mean, and for each item the row of its trader."""
    rng = today.rng
    row = world.draw_traders(rng, count)
    habit = np.minimum(rng.geometric(0.45, count) - 1, HABITS - 1)
    sizes = np.minimum(rng.geometric(1 / MEAN_ITEMS, count), MOST_ITEMS)
    declaration = np.repeat(np.arange(count), sizes)
    first = np.diff(declaration, prepend=-1) > 0
    item_habit = np.where(first | (rng.random(len(declaration)) < 0.4), habit[declaration], rng.integers(0, HABITS, len(declaration)))
    items = _items(world, today, row[declaration], item_habit, first, declaration)
    return Consignments(_headers(world, today, row, habit), items), row[declaration]
