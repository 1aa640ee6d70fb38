"""How long containers stand and when people work: lognormal dwells with a factor of the place, weekends, nights, and congestion."""

import numpy as np

from stream_app.simulate.columns import Floats, Ints
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.rhythm import DAY_S, midnight
from stream_app.simulate.voyages.chance import chance, lognormal

HOUR_S = 3_600
OFF_HOURS = 0.12  # work that is done at night or at weekends all the same
PLACE_SPREAD = 0.7  # the slowest place takes this share longer than the mean, the quickest this share less, halved
_PLACE = 11


class Pace:
    def __init__(self, config: WorldConfig, rng: np.random.Generator) -> None:
        self.rng = rng
        self._seed = config.seed
        self._from = midnight(config.start, config.congestion_day or 0)
        self._until = self._from + (config.congestion_days * DAY_S if config.congestion_day is not None else 0)
        self._factor = config.congestion_factor

    def congestion(self, at: Ints) -> Floats:
        return np.where((at >= self._from) & (at < self._until), self._factor, 1.0)

    def hours(self, low: float, high: float, count: int) -> Ints:
        """Uniform, in seconds."""
        return (self.rng.uniform(low, high, count) * HOUR_S).astype(np.int64)

    def span(self, median_h: float, spread: float, count: int) -> Ints:
        """Lognormal, in seconds."""
        return (lognormal(self.rng, median_h, spread, count) * HOUR_S).astype(np.int64)

    def dwell(self, median_h: float, spread: float, place: Ints, at: Ints) -> Ints:
        """Lognormal, in seconds, times the factor of the place and of the congestion at `at`, the known end of the stay."""
        factor = 1 + PLACE_SPREAD * (chance(self._seed, _PLACE, place) - 0.5)
        return (self.span(median_h, spread, len(at)) * factor * self.congestion(at)).astype(np.int64)

    def worked(self, at: Ints, direction: int) -> Ints:
        """The nearest time on a working day between six and twenty, later (1) or earlier (-1), for most."""
        hour = at % DAY_S // HOUR_S
        night = np.where(hour < 6, 9, np.where(hour >= 20, 12, 0)) if direction > 0 else np.where(hour < 6, -10, np.where(hour >= 20, -5, 0))
        moved = at + night * HOUR_S
        weekday = (moved // DAY_S + 3) % 7  # 1970 began on a Thursday
        weekend = (
            np.where(weekday == 5, 2, np.where(weekday == 6, 1, 0)) if direction > 0 else -np.where(weekday == 5, 1, np.where(weekday == 6, 2, 0))
        )
        return np.where(self.rng.random(len(at)) < OFF_HOURS, at, moved + weekend * DAY_S)
