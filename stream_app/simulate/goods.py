"""From a commodity, an origin, a mass and a price level to a whole goods item with its masses, units, packages and duty."""

import numpy as np

from stream_app.simulate.columns import NONE, Floats, Ints, Items
from stream_app.simulate.countries import DUTY_FACTOR
from stream_app.simulate.market import Market


def duty_percent(market: Market, commodity: Ints, preference: Ints) -> Floats:
    return np.asarray(np.round(market.tariff.duty_percent[commodity] * DUTY_FACTOR[preference], 2), dtype=np.float64)


def _round_mass(mass_kg: Floats) -> Floats:
    """To 100 g, below 10 kg to a gram; never 0."""
    return np.maximum(np.where(mass_kg < 10, np.round(mass_kg, 3), np.round(mass_kg, 1)), 0.001)


def gross_mass_kg(net_mass_kg: Floats, tare_share: Floats) -> Floats:
    """Always above net."""
    gross = _round_mass(net_mass_kg * (1 + tare_share))
    return np.maximum(gross, np.round(net_mass_kg + np.where(net_mass_kg < 10, 0.001, 0.1), 3))


def supplementary(kg_per_unit: Floats, mass_kg: Floats) -> Floats:
    """Whole units, at least one; 0 where the code has no supplementary unit."""
    units = np.maximum(np.rint(mass_kg / np.where(kg_per_unit > 0, kg_per_unit, 1)), 1)
    return np.where(kg_per_unit > 0, units, 0.0)


def make_items(
    market: Market,
    rng: np.random.Generator,
    declaration: Ints,
    commodity: Ints,
    origin: Ints,
    preference: Ints,
    mass_kg: Floats,
    ln_price: Floats,
    ln_tare: Floats,
    ln_unit_kg: Floats,
) -> Items:
    """Honest items. `ln_price` is the deviation from the price of (code, origin); `ln_tare` and `ln_unit_kg` are the trader's own."""
    tariff, count = market.tariff, len(declaration)
    net = _round_mass(np.clip(mass_kg, 0.005, 5e6))
    value = np.asarray(np.maximum(net * np.exp(market.ln_eur_per_kg[commodity, origin] + ln_price), 0.5), dtype=np.float64).round(2)
    tare = tariff.tare_share[commodity] * np.exp(ln_tare + rng.normal(0, 0.36, count))
    noise = rng.normal(0, 1, (2, count))
    rate = duty_percent(market, commodity, preference)
    return Items(
        declaration=declaration,
        commodity=commodity,
        origin=origin,
        preference=preference,
        net_mass_kg=net,
        gross_mass_kg=gross_mass_kg(net, tare),
        quantity=supplementary(tariff.kg_per_unit[commodity] * np.exp(ln_unit_kg + 0.08 * noise[0]), net),
        packages=np.maximum(np.rint(net / tariff.kg_per_package[commodity] * np.exp(0.38 * noise[1])), 1).astype(np.int64),
        value_eur=value,
        duty_percent=rate,
        true_duty_eur=value * rate / 100,
        scheme=np.full(count, NONE, dtype=np.int64),
        prohibited=np.zeros(count, dtype=np.bool_),
    )
