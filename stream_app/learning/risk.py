"""Probability of a finding, learned from control outcomes: back-offs, parties' records and regression, blended online.

The parts, each as far as its log-odds differ from those of all goods: the goods' back-off at two speeds; a second one by route, which knows
goods again when they come under another code; a third of the trader's own goods; what the other parties' records add; and the hashed
regression, which speaks where no group is known. How far the goods were known chooses the weights they are blended with (blend.py).

The blend learns from the inputs as they were when the item was scored: once its own group was taught, every part is too sure of itself.
"""

from typing import Any, NamedTuple

import numpy as np

from stream_app.learning import backoff as rates
from stream_app.learning import chain, hashed
from stream_app.learning.backoff import BackoffRates, Step
from stream_app.learning.blend import BLEND, Blend, blended, correct
from stream_app.learning.compiled import CODES, FLOAT, FLOATS, INTS, MATRIX, VOID, Array, fetch, inlined, kernel
from stream_app.learning.hashed import TABLE, find, rows
from stream_app.learning.odds import logistic, logit
from stream_app.learning.plain import PART
from stream_app.learning.regression import HashedRegression, margin, place, step

# What is kept of an item as scored: inputs of the blend, its class, the two speeds' rates, controls in the narrowest known group of the
# goods, and the probability.
ONE, ALL, GOODS, REGRESSION, ROUTES, TRADER, PARTIES, KIND, SLOW, FAST, CONTROLS, PROBABILITY = range(12)
SCORED = 12
START, VARIANCE = (0.0, 1.0, 0.4, 0.3, 0.1, 0.1, 0.05), 0.1
"""Weights of the blend before learning, and how surely they are known. They add up to about 1, for all parts speak of the same controls."""

PARTY_STRENGTH = 8.0
"""Controls that the rate of all goods is worth in a party's own: most parties are controlled once or twice."""
URGE, CALMS = 2.0, 0.99
"""Log-odds that a drift adds to the fast speed, and what is left of them at the next outcome."""


class Layout(NamedTuple):
    """Of an item's group codes: everything at 0, goods up to `goods`, routes up to `routes`, the trader's goods up to `traders`, parties behind.
    `middling`: known goods groups from which the back-off counts as such; `home`: the goods group that compares the speeds."""

    goods: int
    routes: int
    traders: int
    middling: int
    home: int


GOODS_END, ROUTES_END, TRADERS_END, MIDDLING, HOME = range(5)
WIDE, NARROW, TWIN = range(3)
"""Classes of items: known by wide groups of goods only, from the middling one on, by the narrowest."""
CLASSES = 3


MODEL = TABLE, FLOATS, MATRIX, BLEND
"""How a kernel takes a model: table and settings of the back-off, weights of the regression, blend."""


@inlined
def _parties(table: Array, codes: Array, begin: int, every: float) -> float:
    """Sum over the parties of what their own record adds to the log-odds of all goods."""
    total, sums = 0.0, rows(table)
    for party in range(begin, codes.size):
        slot = find(table, codes[party])
        if slot >= 0:
            own = (sums[slot, chain.IRREGULAR] + PARTY_STRENGTH * every) / (sums[slot, chain.N] + PARTY_STRENGTH)
            total += logit(own) - logit(every)
    return total


@inlined
def expect(table: Array, weights: Array, groups: Array, crosses: Array) -> None:
    """Have what `score` looks up loaded."""
    for number in range(groups.size):
        hashed.expect(table, groups[number])
    for number in range(crosses.size):
        fetch(weights, 2 * (1 + place(crosses[number])))


@inlined
def score(
    table: Array, settings: Array, weights: Array, blend: Array, layout: Any, groups: Array, crosses: Array, growth: float, scored: Array
) -> None:
    """Fill `scored`. Changes nothing else."""
    trace, every = np.empty((2, groups.size)), chain.overall(table, settings, groups[0])
    slow, fast, n, known = chain.descend(table, settings, groups, 1, layout[GOODS_END], growth, trace)
    route, _, _, _ = chain.descend(table, settings, groups, layout[GOODS_END], layout[ROUTES_END], growth, trace)
    trader, _, _, _ = chain.descend(table, settings, groups, layout[ROUTES_END], layout[TRADERS_END], growth, trace)
    share, usual = rates.fast_share(table, settings, groups[layout[HOME]]), logit(every)
    scored[ONE], scored[ALL] = 1.0, usual
    scored[GOODS] = logit((1.0 - share) * slow + share * fast) - usual
    scored[REGRESSION] = margin(weights, crosses) - usual
    scored[ROUTES], scored[TRADER] = logit(route) - usual, logit(trader) - usual
    scored[PARTIES] = _parties(table, groups, layout[TRADERS_END], every)
    kind = TWIN if known == layout[GOODS_END] else NARROW if known >= layout[MIDDLING] else WIDE
    scored[KIND], scored[SLOW], scored[FAST], scored[CONTROLS] = kind, slow, fast, n
    scored[PROBABILITY] = logistic(blended(blend, kind, scored))


@inlined
def _strengthen(table: Array, settings: Array, layout: Any, groups: Array, irregular: float, weight: float) -> None:
    trace = np.empty((2, groups.size))
    chain.strengthen(table, settings, groups, 1, layout[GOODS_END], irregular, weight, trace)
    chain.strengthen(table, settings, groups, layout[GOODS_END], layout[ROUTES_END], irregular, weight, trace)
    chain.strengthen(table, settings, groups, layout[ROUTES_END], layout[TRADERS_END], irregular, weight, trace)


@kernel(VOID, *MODEL, INTS, CODES, CODES, FLOAT, FLOATS)
def _score(
    table: Array, settings: Array, weights: Array, blend: Array, layout: Array, groups: Array, crosses: Array, growth: float, scored: Array
) -> None:
    score(table, settings, weights, blend, layout, groups, crosses, growth, scored)


@inlined
def learn(
    table: Array,
    settings: Array,
    weights: Array,
    blend: Array,
    layout: Any,
    groups: Array,
    crosses: Array,
    scored: Array,
    irregular: float,
    weight: float,
    growth: float,
    rate: float,
) -> None:
    """Take the outcome of an item in."""
    correct(blend, int(scored[KIND]), scored, irregular, weight)
    _strengthen(table, settings, layout, groups, irregular, weight)
    rates.count(table, groups, irregular, weight, growth)
    rates.compare(table, groups[layout[HOME]], scored[SLOW], scored[FAST], irregular)
    # The regression is for goods of a new kind: of n near copies, one after the other, it learns as much as of 1 + 1/2 + ... + 1/n items.
    copies = scored[CONTROLS] if scored[KIND] == TWIN else 0.0
    step(weights, crosses, irregular, weight / (1.0 + copies), rate)
    settings[chain.URGE] *= CALMS


@kernel(VOID, *MODEL, INTS, CODES, CODES, FLOATS, FLOAT, FLOAT, FLOAT, FLOAT)
def _learn(
    table: Array,
    settings: Array,
    weights: Array,
    blend: Array,
    layout: Array,
    groups: Array,
    crosses: Array,
    scored: Array,
    irregular: float,
    weight: float,
    growth: float,
    rate: float,
) -> None:
    learn(table, settings, weights, blend, layout, groups, crosses, scored, irregular, weight, growth, rate)


class RiskModel:
    """One head's state. `groups` and `crosses` are codes of an item, in the places that `layout` says; growth is the fast speed's weight of now."""

    KEEPS = {"backoff": PART, "regression": PART, "blend": PART}

    __slots__ = ("_layout", "backoff", "blend", "layout", "regression")

    def __init__(self, layout: Layout, max_keys: int = 200_000, strength: float = 1.0, prior: float = 0.1, rate: float = 0.05) -> None:
        self.layout = layout
        chains = layout.goods - 1, layout.routes - layout.goods, layout.traders - layout.routes
        strengths = [strength, *(one for groups in chains for one in chain.tapered(strength, groups)[1:])]
        self.backoff = BackoffRates(max_keys, strengths, prior, layout.home)
        self.regression = HashedRegression(rate, prior)
        self.blend = Blend(START, CLASSES, VARIANCE)
        self._layout = np.array(layout, np.int64)

    @property
    def arrays(self) -> tuple[Array, Array, Array, Array]:
        """As MODEL."""
        return *self.backoff.arrays, self.regression.weights, self.blend.numbers

    def score(self, groups: Array, crosses: Array, growth: float, scored: Array) -> None:
        """Fill `scored`, SCORED floats: what `learn` wants back with the item's outcome. State is left unchanged."""
        _score(*self.arrays, self._layout, groups, crosses, growth, scored)

    def learn(self, groups: Array, crosses: Array, scored: Array, irregular: bool, growth: float, weight: float = 1.0) -> None:
        """Take the outcome of an item in, `weight` (above 0) of it."""
        _learn(*self.arrays, self._layout, groups, crosses, scored, float(irregular), weight, growth, self.regression.rate)

    def on_drift(self) -> None:
        """Trust the fast speed more for the next few hundred outcomes."""
        self.backoff.settings[chain.URGE] = URGE

    def path(self, groups: Array) -> list[Step]:
        """The known groups of the goods, widest first."""
        return self.backoff.path(groups[: self.layout.goods])
