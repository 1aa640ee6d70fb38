"""Prices and exchange rates: what goods of one code and origin cost, before a trader's own level."""

from dataclasses import dataclass, field

import numpy as np

from stream_app.simulate.columns import Bools, Floats, Ints
from stream_app.simulate.commodities import Tariff, build_tariff
from stream_app.simulate.countries import CODES, EUR_PER_UNIT, FREE

ORIGIN_SPREAD = 0.30
CODE_SPREAD = 0.15
RATE_STEP, RATE_PULL = 0.004, 0.02
CHEAPER_DUTY_POINTS = 1.5


@dataclass(slots=True)
class Market:
    tariff: Tariff
    popularity_cdf: Floats
    ln_eur_per_kg: Floats  # (codes, countries)
    cheaper: Ints  # (codes, 12): codes of lower duty nearby, repeated to fill the row
    has_cheaper: Bools
    ln_rates: Floats = field(default_factory=lambda: np.zeros(len(EUR_PER_UNIT)))  # deviation from EUR_PER_UNIT

    def draw_commodities(self, rng: np.random.Generator, count: int) -> Ints:
        return np.searchsorted(self.popularity_cdf, rng.random(count))

    def draw_origins(self, rng: np.random.Generator, commodity: Ints) -> Ints:
        """Producers, in proportion to their share of the code."""
        place = (rng.random(len(commodity))[:, None] > self.tariff.origin_cdf[commodity]).sum(axis=1)
        return np.asarray(self.tariff.origins[commodity, np.minimum(place, self.tariff.origins.shape[1] - 1)], dtype=np.int64)

    def draw_agreement_origins(self, rng: np.random.Generator, commodity: Ints) -> Ints:
        """Countries with a free-trade agreement that do not produce the code, all alike."""
        wish = rng.random((len(commodity), len(CODES)))
        return np.asarray(np.where(FREE & ~self.tariff.produces[commodity], wish, -1.0).argmax(axis=1), dtype=np.int64)

    def eur_per_unit(self) -> Floats:
        return np.round(EUR_PER_UNIT * np.exp(self.ln_rates), 6)

    def step_rates(self, rng: np.random.Generator) -> None:
        """One day of a mean-reverting walk (standard deviation near 2 %); EUR itself stays 1."""
        self.ln_rates = self.ln_rates * (1 - RATE_PULL) + rng.normal(0, RATE_STEP, len(self.ln_rates))
        self.ln_rates[0] = 0.0


def _cheaper(tariff: Tariff, width: int = 12) -> tuple[Ints, Bools]:
    """For each code the codes of its own or a neighbouring chapter whose duty is lower by CHEAPER_DUTY_POINTS or more."""
    near = np.abs(tariff.chapter[:, None] - tariff.chapter[None, :]) <= 1
    lower = tariff.duty_percent[None, :] <= tariff.duty_percent[:, None] - CHEAPER_DUTY_POINTS
    rows = [np.flatnonzero(row) for row in near & lower]
    filled = [np.resize(row, width) if len(row) else np.full(width, code) for code, row in enumerate(rows)]
    return np.array(filled, dtype=np.int64), np.array([len(row) > 0 for row in rows])


def open_market(rng: np.random.Generator) -> Market:
    """Popularity falls as 1 / rank**0.8 over a random order of the codes."""
    tariff = build_tariff()
    codes = len(tariff.codes)
    popularity = rng.permutation(np.arange(1, codes + 1) ** -0.8)
    prices = tariff.ln_eur_per_kg + rng.normal(0, CODE_SPREAD, codes)
    cheaper, has_cheaper = _cheaper(tariff)
    return Market(
        tariff=tariff,
        popularity_cdf=np.cumsum(popularity / popularity.sum()),
        ln_eur_per_kg=prices[:, None] + rng.normal(0, ORIGIN_SPREAD, (codes, len(CODES))).clip(-0.8, 0.8),
        cheaper=cheaper,
        has_cheaper=has_cheaper,
    )
