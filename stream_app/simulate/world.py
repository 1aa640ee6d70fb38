"""The state of the simulated world that lasts from day to day: market and traders. Its size does not grow with the days."""

from dataclasses import dataclass

import numpy as np

from stream_app.simulate import rhythm
from stream_app.simulate.columns import Ints
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.market import open_market
from stream_app.simulate.parties import TRADER, numbered
from stream_app.simulate.schemes.catalogue import ITEM_SCHEMES, MIX
from stream_app.simulate.traders import SELLERS, leavers, replace, settle, zipf_cdf

# A trader with a scheme uses it on about one item in five.
SCHEMING_PER_SCHEME_SHARE = 4
MOST_SCHEMING = 0.6


@dataclass(frozen=True, slots=True)
class Today:
    rng: np.random.Generator
    midnight_s: int
    day_of_year: int
    volume: float  # expected declarations


class World:
    def __init__(self, config: WorldConfig) -> None:
        rng = np.random.default_rng([config.seed, 0])
        scheming = min(SCHEMING_PER_SCHEME_SHARE * config.scheme_share, MOST_SCHEMING)
        self.config = config
        self.scheme_weights = scheming * MIX[:ITEM_SCHEMES] / MIX[:ITEM_SCHEMES].sum()
        self.market = open_market(rng)
        self.traders = settle(rng, self.market, 0, config.traders, config.traders, self.scheme_weights)
        self.settled = config.traders
        self._activity_cdf = zipf_cdf(config.traders)

    def open_day(self, day: int) -> Today:
        """Moves exchange rates and lets traders come and go. Days are to be opened in order: each has its own stream of chance."""
        start, config = self.config.start, self.config
        rng = np.random.default_rng([config.seed, 1 + day])
        self.market.step_rates(rng)
        rows = leavers(rng, config.traders, config.new_traders_per_day)
        replace(self.traders, rows, settle(rng, self.market, self.settled, len(rows), config.traders, self.scheme_weights))
        self.settled += len(rows)
        volume = config.declarations_per_day * rhythm.activity(start, day)
        return Today(rng, rhythm.midnight(start, day), rhythm.day_of_year(start, day), volume)

    def draw_traders(self, rng: np.random.Generator, count: int) -> Ints:
        """Rows of self.traders, the first rows the most active."""
        return np.searchsorted(self._activity_cdf, rng.random(count))

    def draw_sellers(self, rng: np.random.Generator, count: int) -> Ints:
        return numbered(TRADER, rng.integers(0, SELLERS, count))
