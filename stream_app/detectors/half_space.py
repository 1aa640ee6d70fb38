"""Half-space trees over the first stage's surprises: several mild signals together that are rarely seen together.

Source: Tan, Ting and Liu, "Fast anomaly detection for streaming data", IJCAI 2011. The trees are River's own, laid out in arrays; the
contract suite holds them to River's scores. On raw customs fields such trees are near chance (AUC 0.55, ../shared/design.md), so they only
ever see surprises. Misses: what no first-stage detector finds odd at all.
"""

from typing import Any

import numpy as np
from river import anomaly

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import FLOAT, FLOATS, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.plain import Grown

FULL_SURPRISE = 4.0
"""-log10 p that counts as 1: one in ten thousand."""
WORTH_ASKING = 1.0
"""-log10 p: a tree walk for the quiet two thirds of all items would find nothing."""


RAREST = 5.0
"""-log10 p that a reason claims at the most: a window of thousands knows no better."""
MILD = 0.7
"""-log10 p of a signal that is worth naming: one in five."""
MOST_FEATURES = 64
SIZE_LIMIT = 0.1
"""Of the window: a node with less mass ends the walk (the paper's own constant)."""

_FEATURE, _THRESHOLD, _REFERENCE, _LATEST = range(4)
_LEARNED, _WINDOW, _TREES, _SIZE = range(4)

STATE = MATRIX
"""Rows [feature, threshold, reference mass, latest mass]: every tree's nodes in level order, behind a header [items learned, window, trees,
nodes of a tree]."""


def _planted(features: int, n_trees: int, height: int, seed: int, window: int) -> Array:
    """River's trees over `features` features."""
    river: Any = anomaly.HalfSpaceTrees(n_trees=n_trees, height=height, seed=seed)
    # River plants at the first item, over the features that it sees, in their order.
    river.learn_one(dict.fromkeys(range(features), 0.0))
    size = 2 ** (height + 1) - 1
    rows = [[0.0, float(window), float(n_trees), float(size)]]
    for root in river.trees:
        level = [root]
        while level:
            rows += [[getattr(node, "feature", 0), getattr(node, "threshold", 0.0), 0.0, 0.0] for node in level]
            level = [child for node in level for child in getattr(node, "children", ())]
    return np.array(rows, np.float64)


@inlined
def _scaled(surprise: float) -> Any:
    return min(surprise / FULL_SURPRISE, 1.0)


@inlined
def warm(nodes: Array) -> Any:
    """Whether the trees have masses to compare with: their first window is full."""
    return nodes[0, _LEARNED] >= nodes[0, _WINDOW]


@inlined
def surprise(nodes: Array, surprises: Array) -> Any:
    """1 less the mass around the surprises (summed over trees, scaled by depth, as a share of the most there can be); 0 where none is worth
    asking for."""
    if not warm(nodes) or surprises.max() <= WORTH_ASKING:
        return 0.0
    size, window, total = int(nodes[0, _SIZE]), nodes[0, _WINDOW], 0.0
    for root in range(1, len(nodes), size):
        place, scale, mass = 0, 1.0, window
        while place < size and mass >= SIZE_LIMIT * window:
            node = root + place
            mass = nodes[node, _REFERENCE]
            total += mass * scale
            place = 2 * place + (1 if _scaled(surprises[int(nodes[node, _FEATURE])]) < nodes[node, _THRESHOLD] else 2)
            scale *= 2.0
    # Sum of the scales 1, 2, 4 ... down a tree: as many as it has nodes.
    return max(0.0, 1.0 - total / (nodes[0, _TREES] * window * size))


@inlined
def take(nodes: Array, surprises: Array) -> None:
    """Add the item to the latest masses; a full window's become those that are compared with."""
    size = int(nodes[0, _SIZE])
    for root in range(1, len(nodes), size):
        place = 0
        while place < size:
            node = root + place
            nodes[node, _LATEST] += 1.0
            place = 2 * place + (1 if _scaled(surprises[int(nodes[node, _FEATURE])]) < nodes[node, _THRESHOLD] else 2)
    nodes[0, _LEARNED] += 1.0
    if nodes[0, _LEARNED] % nodes[0, _WINDOW] == 0.0:
        nodes[1:, _REFERENCE] = nodes[1:, _LATEST]
        nodes[1:, _LATEST] = 0.0


@kernel(FLOAT, STATE, FLOATS)
def _surprise(nodes: Array, surprises: Array) -> float:
    return float(surprise(nodes, surprises))


@kernel(VOID, STATE, FLOATS)
def _take(nodes: Array, surprises: Array) -> None:
    take(nodes, surprises)


class HalfSpace(Detector):
    """Mass of the half-spaces around an item's surprises, 0 to 1, from `n_trees` trees over windows of `window_size` items."""

    KEEPS = {"nodes": Grown(np.float64, (4,))}

    stage = 2
    weight = 0.1
    quiet = 0.0

    def __init__(self, n_trees: int = 4, height: int = 5, window_size: int = 1_000, seed: int = 42) -> None:
        self.n_trees = n_trees
        self.height = height
        self.window_size = window_size
        self.seed = seed
        self.nodes = np.zeros((1, 4))

    def plant(self, features: int) -> Array:
        """The trees as kernels take them, planted over as many features if they are not yet."""
        if len(self.nodes) == 1:
            self.nodes = _planted(features, self.n_trees, self.height, self.seed, self.window_size)
        return self.nodes

    def score_one(self, x: Features) -> float:
        """0 until the first window is full, and where no first-stage detector finds the item even one in ten."""
        return self.score_surprises(x.surprises) if x.finders else 0.0

    def learn_one(self, x: Features) -> None:
        if x.finders:
            self.learn_surprises(x.surprises)

    def score_surprises(self, surprises: Array) -> float:
        """Of as many surprises (-log10 p) as were learned; 0 as for `score_one`."""
        return _surprise(self.nodes, surprises) if self.warm else 0.0

    def learn_surprises(self, surprises: Array) -> None:
        _take(self.plant(len(surprises)), surprises)

    def explain_one(self, x: Features) -> list[Reason]:
        """One reason that names the signals which make up the combination."""
        score = self.score_one(x)
        if score <= 0.0:
            return []
        surprises = dict(zip(x.finders, x.surprises.tolist(), strict=True))
        ranked = sorted(surprises, key=lambda name: -surprises[name])
        odd = [name for index, name in enumerate(ranked) if not index or surprises[name] >= MILD]
        one_in = {name: round(10 ** min(surprises[name], RAREST), 1) for name in odd}
        recent = [step("recent_items", n=min(float(self.nodes[0, _LEARNED]), self.window_size))]
        return [reason("half_space", "combination_of_surprises", actual=score, path=recent, impact=1.0, details=one_in)]

    def taken_in(self) -> None:
        """Raises ValueError for trees that kernels would lose their way in."""
        size = (2 << self.height) - 1
        planted = len(self.nodes) == 1 + self.n_trees * size and (self.nodes[0, _WINDOW:] == (self.window_size, self.n_trees, size)).all()
        features = self.nodes[1:, _FEATURE]
        if not (len(self.nodes) == 1 or planted) or not ((features >= 0) & (features < MOST_FEATURES)).all():
            raise ValueError("holds other trees")

    @property
    def warm(self) -> bool:
        """The trees have masses to compare with once their first window is full."""
        return bool(self.nodes[0, _LEARNED] >= self.window_size)

    @property
    def keys_held(self) -> int:
        return int(self.n_trees * (2 ** (self.height + 1) - 1))

    @property
    def keys_forgotten(self) -> int:
        return 0
