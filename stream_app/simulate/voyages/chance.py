"""Chance by name instead of by turn: the same ship is late by the same hours, whichever container, day or file asks."""

import numpy as np
from numpy.typing import NDArray

from stream_app.simulate.columns import Floats, Ints

_STEP = np.uint64(0x9E3779B97F4A7C15)


def mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): one-to-one, and without visible order."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))


def named(seed: int, salt: int, *names: Ints) -> NDArray[np.uint64]:
    """64 bits for each tuple of names."""
    found = np.full(1, (seed * 1_000 + salt) % 2**64, dtype=np.uint64)
    for name in names:
        found = mixed(found * _STEP + np.asarray(name).astype(np.uint64))
    return found


def chance(seed: int, salt: int, *names: Ints) -> Floats:
    """In [0, 1)."""
    return (named(seed, salt, *names) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def lognormal(rng: np.random.Generator, median: float, spread: float, count: int) -> Floats:
    return np.asarray(median * np.exp(rng.normal(0, spread, count)))
