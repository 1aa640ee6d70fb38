"""Forward decay: a record at time t weighs 2 ** ((t - LANDMARK) / half-life), so that sums are additive and never need to be aged.

Source: Cormode, Shkapenyuk, Srivastava and Xu, "Forward decay", ICDE 2009. With one landmark for everybody, sums of several
partitions merge by addition. A float holds 1,000 half-lives: 120 years at 45 days.
"""

LANDMARK = 1_577_836_800.0  # 2020-01-01T00:00:00Z
DAY = 86_400.0
MAX_HALF_LIVES = 1_000.0


def growth(at: float, half_life_days: float) -> float:
    """The weight of a record at `at` (seconds since 1970). A statistic's effective count at t is its sum of weights / growth(t)."""
    half_lives = (at - LANDMARK) / (half_life_days * DAY)
    return float(2.0 ** max(-MAX_HALF_LIVES, min(MAX_HALF_LIVES, half_lives)))
