"""Probability of a finding, learned from control outcomes: back-offs, parties' records and regression, blended online.

The parts, each a log-odds: the goods' back-off at two speeds; a second back-off by route, which knows goods again when they come under
another code; what the parties' own records add to the rate of all; and the hashed regression, which speaks where no group is known. How
far the two back-offs reached chooses the weights they are blended with (blend.py).

The blend learns from the inputs as they were when the item was scored: once its own group was taught, every part is too sure of itself.
"""

from typing import Any, NamedTuple

import numpy as np

from stream_app.learning import backoff as rates
from stream_app.learning import hashed
from stream_app.learning.backoff import BackoffRates, Step
from stream_app.learning.blend import BLEND, Blend, blended, correct
from stream_app.learning.compiled import CODES, FLOAT, FLOATS, INTS, MATRIX, VOID, Array, fetch, inlined, kernel
from stream_app.learning.hashed import TABLE, find, rows
from stream_app.learning.odds import logistic, logit
from stream_app.learning.regression import HashedRegression, margin, place, step

# What is kept of an item as scored: inputs of the blend, its class, the two speeds' rates, controls in the narrowest known group of the
# goods, and the probability.
ONE, GOODS, REGRESSION, ROUTES, PARTIES, KIND, SLOW, FAST, CONTROLS, PROBABILITY = range(10)
SCORED = 10
START = (0.0, 0.6, 0.4, 0.0, 0.2)
"""Weights of the blend before learning."""

PARTY_STRENGTH = 8.0
"""Controls that the rate of all goods is worth in a party's own: most parties are controlled once or twice."""
URGE, CALMS = 2.0, 0.99
"""Log-odds that a drift adds to the fast speed, and what is left of them at the next outcome."""


class Layout(NamedTuple):
    """Of an item's group codes: goods up to `goods`, routes up to `routes`, parties behind. `middling`, `deep`: known goods groups from
    which the back-off counts as such; `home`: the goods group that compares the speeds."""

    goods: int
    routes: int
    middling: int
    deep: int
    home: int


GOODS_END, ROUTES_END, MIDDLING, DEEP, HOME = range(5)
CLASSES = 6


MODEL = TABLE, FLOATS, MATRIX, BLEND
"""How a kernel takes a model: table and settings of the back-off, weights of the regression, blend."""


@inlined
def _parties(table: Array, settings: Array, codes: Array, begin: int) -> float:
    """Sum over the parties of what their own record adds to the log-odds of all goods."""
    every, _, _, _ = rates.descend(table, settings, codes, 0, 1, 1.0)
    total, sums = 0.0, rows(table)
    for party in range(begin, codes.size):
        slot = find(table, codes[party])
        if slot >= 0:
            own = (sums[slot, rates.IRREGULAR] + PARTY_STRENGTH * every) / (sums[slot, rates.N] + PARTY_STRENGTH)
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
    slow, fast, n, known = rates.descend(table, settings, groups, 0, layout[GOODS_END], growth)
    route, _, _, stations = rates.descend(table, settings, groups, layout[GOODS_END], layout[ROUTES_END], growth)
    share = rates.fast_share(table, settings, groups[layout[HOME]])
    scored[ONE] = 1.0
    scored[GOODS] = logit((1.0 - share) * slow + share * fast)
    scored[REGRESSION] = margin(weights, crosses)
    scored[ROUTES] = logit(route)
    scored[PARTIES] = _parties(table, settings, groups, layout[ROUTES_END])
    depth = int(known >= layout[MIDDLING]) + int(known >= layout[DEEP])
    kind = 2 * depth + int(stations == layout[ROUTES_END] - layout[GOODS_END])
    scored[KIND], scored[SLOW], scored[FAST], scored[CONTROLS] = kind, slow, fast, n
    scored[PROBABILITY] = logistic(blended(blend, kind, scored))


@kernel(VOID, *MODEL, INTS, CODES, CODES, FLOAT, FLOATS)
def _score(
    table: Array, settings: Array, weights: Array, blend: Array, layout: Array, groups: Array, crosses: Array, growth: float, scored: Array
) -> None:
    score(table, settings, weights, blend, layout, groups, crosses, growth, scored)


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
    correct(blend, int(scored[KIND]), scored, irregular, weight)
    rates.count(table, groups, irregular, weight, growth)
    rates.compare(table, groups[layout[HOME]], scored[SLOW], scored[FAST], irregular)
    step(weights, crosses, irregular, weight, rate)
    settings[rates.URGE] *= CALMS


class RiskModel:
    """One head's state. `groups` and `crosses` are codes of an item, in the places that `layout` says; growth is the fast speed's weight of now."""

    __slots__ = ("_layout", "backoff", "blend", "layout", "regression")

    def __init__(self, layout: Layout, max_keys: int = 200_000, strength: float = 1.0, prior: float = 0.1, rate: float = 0.05) -> None:
        self.layout = layout
        self.backoff = BackoffRates(max_keys, strength, prior, layout.home)
        self.regression = HashedRegression(rate, prior)
        self.blend = Blend(START, CLASSES)
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
        self.backoff.settings[rates.URGE] = URGE

    def path(self, groups: Array) -> list[Step]:
        """The known groups of the goods, widest first."""
        return self.backoff.path(groups[: self.layout.goods])
