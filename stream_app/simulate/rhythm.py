"""When things are lodged: years, weeks, office hours. Local time is UTC+1 all the year round; the world keeps no summer time."""

from datetime import date

import numpy as np

from stream_app.simulate.columns import Floats, Ints
from stream_app.simulate.countries import CLOSES, OPENS

DAY_S = 86_400
UTC_OFFSET_S = 3_600
UTC_OFFSET = "+01:00"
# Monday to Sunday; the mean is 1.
WEEK = (1.20, 1.24, 1.22, 1.18, 1.10, 0.60, 0.46)
YEARLY_SWING, BUSIEST_DAY = 0.12, 310
OUTSIDE_HOURS = 0.06


def midnight(start: date, day: int) -> int:
    """Epoch seconds of the local midnight that opens the day."""
    return (start.toordinal() + day - date(1970, 1, 1).toordinal()) * DAY_S - UTC_OFFSET_S


def day_of_year(start: date, day: int) -> int:
    return date.fromordinal(start.toordinal() + day).timetuple().tm_yday


def activity(start: date, day: int) -> float:
    """Volume of the day as a multiple of the yearly mean."""
    season = 1 + YEARLY_SWING * float(np.cos(2 * np.pi * (day_of_year(start, day) - BUSIEST_DAY) / 365.25))
    return WEEK[(start.toordinal() + day - 1) % 7] * season


def lodging_times(rng: np.random.Generator, midnight_s: int, office: Ints) -> Ints:
    """Epoch seconds inside the day: in office hours with a rise before noon, and a few at any hour, since lodging is electronic."""
    hours = OPENS[office] + (CLOSES[office] - OPENS[office]) * rng.beta(1.8, 2.2, len(office))
    hours = np.where(rng.random(len(office)) < OUTSIDE_HOURS, rng.uniform(0, 24, len(office)), hours)
    return np.minimum(midnight_s + (hours * 3600).astype(np.int64), midnight_s + DAY_S - 1)


def season_factor(swing: Floats, peak_day: Floats, today: int) -> Floats:
    """Multiple of the yearly mean for goods with this swing and peak, on this day of the year."""
    return np.asarray(1 + swing * np.cos(2 * np.pi * (today - peak_day) / 365.25))
