"""Rates down a chain of ever narrower groups, and how much each group's wider rate is worth in it.

Each group's posterior rate is the prior of the next narrower one (beta-binomial). A control counts once, at the narrowest group that it
shares with the item: a group speaks with those of its controls that are in no narrower group of the chain. What the wider rate is worth in a
group, in controls, is the group's strength: learned by place in the chain, down the log-loss of the rates (Adagrad: Duchi, Hazan and Singer,
JMLR 12, 2011), so that copies are believed where copies tell, and a chance finding is not where they do not. It takes the place of the
dispersion that empirical Bayes would fit to each level (Gelman et al., "Bayesian Data Analysis", chapter 5).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stream_app.learning.compiled import Array, inlined
from stream_app.learning.hashed import find, rows
from stream_app.learning.odds import UNLIKELY

# Columns of a group's row: controls and irregular ones among them, at the slow speed and, in growing weights, at the fast one.
N, IRREGULAR, FAST_N, FAST_IRREGULAR = range(4)

# Places in `settings`; behind them, by place in the codes, the strengths and the squares of the pulls on their logarithms so far.
STRENGTH, PRIOR, SLOW_FIRST, URGE = range(4)
_HEADER = 4

STEP = 0.2
"""Of a strength's logarithm at its first surprise."""
WEAKEST, STRONGEST = 0.05, 1_000.0
WIDEST = 10.0
"""How much stronger than the narrowest group of a chain the widest one starts: wide groups are mixed."""

# Rows of a trace, by place: what the rate kept of the wider one's, and by how much it moves with the logarithm of its group's strength.
KEPT, MOVED = range(2)


def settings_of(strengths: Sequence[float], prior: float, slow_first: float) -> Array:
    """Of a chain, or of several that share their first group, before any outcome."""
    return np.array([strengths[0], prior, slow_first, 0.0, *strengths, *np.zeros(len(strengths))])


def strengths_of(settings: Array) -> list[float]:
    """By place: what the next wider rate is worth, in controls."""
    return settings[_HEADER : (settings.size + _HEADER) // 2].tolist()  # type: ignore[no-any-return]


def tapered(strength: float, groups: int) -> list[float]:
    """Strengths to start from, for all goods and `groups` ever narrower ones, the last of which has `strength`."""
    return [strength, *(strength * np.geomspace(WIDEST, 1.0, groups)).tolist()]


@inlined
def _elsewhere(sums: Array, slot: int, inner: int) -> tuple[float, float, float, float]:
    """N to FAST_IRREGULAR of a group without its narrower one (`inner` below 0: none is known). Never below 0: a correction leaves rounding
    errors, and a group that had to make room for a while is short."""
    n, irregular, fast_n, fast_irregular = sums[slot, N], sums[slot, IRREGULAR], sums[slot, FAST_N], sums[slot, FAST_IRREGULAR]
    if inner < 0:
        return n, irregular, fast_n, fast_irregular
    left = n - sums[inner, N]
    if left <= 1e-9 * n:
        return 0.0, 0.0, 0.0, 0.0
    irregular, fast_n = min(max(irregular - sums[inner, IRREGULAR], 0.0), left), max(fast_n - sums[inner, FAST_N], 0.0)
    return left, irregular, fast_n, min(max(fast_irregular - sums[inner, FAST_IRREGULAR], 0.0), fast_n)


@inlined
def _next_known(table: Array, codes: Array, place: int, end: int) -> tuple[int, Any]:
    """(place, slot) of the first of codes[place:end] that is known; a slot of -1 where none is."""
    while place < end:
        slot = find(table, codes[place])
        if slot >= 0:
            return place, slot
        place += 1
    return end, np.int64(-1)


@inlined
def overall(table: Array, settings: Array, everything: Any) -> Any:
    """The slow rate of all controls."""
    slot = find(table, everything)
    if slot < 0:
        return settings[PRIOR]
    sums = rows(table)
    return (sums[slot, IRREGULAR] + settings[STRENGTH] * settings[PRIOR]) / (sums[slot, N] + settings[STRENGTH])


@inlined
def descend(table: Array, settings: Array, codes: Array, begin: int, end: int, growth: float, trace: Array) -> tuple[float, float, float, int]:
    """(slow rate, fast rate, controls in the narrowest known group, how many groups go down to it) of codes[0], everything, and within it of
    codes[begin:end], widest first. `trace` (2, places or more) is written at the places of groups that have a say.

    A group that had to make room for others, while a narrower one is still known, is passed over.
    """
    sums = rows(table)
    slow, fast, n, known = settings[PRIOR], settings[PRIOR], 0.0, 0
    place, slot = 0, find(table, codes[0])
    while slot >= 0:
        n, known = sums[slot, N], max(place - begin + 1, 0) + 1
        narrower, inner = _next_known(table, codes, max(place + 1, begin), end)
        alone, irregular, fast_n, fast_irregular = _elsewhere(sums, slot, inner)
        if alone > 0.0:
            strength = settings[_HEADER + place]
            rate = (irregular + strength * slow) / (alone + strength)
            trace[KEPT, place] = strength / (alone + strength)
            trace[MOVED, place] = (slow - rate) * trace[KEPT, place]
            slow, fast = rate, (fast_irregular / growth + strength * fast) / (fast_n / growth + strength)
        place, slot = narrower, inner
    return slow, fast, n, known


@inlined
def strengthen(table: Array, settings: Array, codes: Array, begin: int, end: int, irregular: float, weight: float, trace: Array) -> None:
    """Move the strengths of codes[begin:end] one step down the log-loss of an outcome that is not yet counted."""
    trace[KEPT, begin:end], trace[MOVED, begin:end] = 1.0, 0.0
    rate, _, _, _ = descend(table, settings, codes, begin, end, 1.0, trace)
    rate = min(max(rate, UNLIKELY), 1.0 - UNLIKELY)
    error, squares = weight * (rate - irregular) / (rate * (1.0 - rate)), (settings.size + _HEADER) // 2
    for place in range(end - 1, begin - 1, -1):
        pull = error * trace[MOVED, place]
        settings[squares + place] += pull * pull
        moved = settings[_HEADER + place] * np.exp(-STEP * pull / np.sqrt(1.0 + settings[squares + place]))
        settings[_HEADER + place] = min(max(moved, WEAKEST), STRONGEST)
        error *= trace[KEPT, place]
