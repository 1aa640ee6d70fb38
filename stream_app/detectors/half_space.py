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

FULL_SURPRISE = 4.0
"""-log10 p that counts as 1: one in ten thousand."""
WORTH_ASKING = 1.0
"""-log10 p: a tree walk for the quiet two thirds of all items would find nothing."""


RAREST = 5.0
"""-log10 p that a reason claims at the most: a window of thousands knows no better."""
MILD = 0.7
"""-log10 p of a signal that is worth naming: one in five."""
SIZE_LIMIT = 0.1
"""Of the window: a node with less mass ends the walk (the paper's own constant)."""

_FEATURE, _THRESHOLD, _REFERENCE, _LATEST = range(4)


def _planted(features: int, n_trees: int, height: int, seed: int) -> Array:
    """River's trees over `features` features, as rows [feature, threshold, reference mass, latest mass]: a header with the nodes of a
    tree in the last place, then every tree's nodes in level order."""
    river: Any = anomaly.HalfSpaceTrees(n_trees=n_trees, height=height, seed=seed)
    # River plants at the first item, over the features that it sees, in their order.
    river.learn_one(dict.fromkeys(range(features), 0.0))
    size = 2 ** (height + 1) - 1
    rows = [[0.0, 0.0, 0.0, float(size)]]
    for root in river.trees:
        level = [root]
        while level:
            rows += [[getattr(node, "feature", 0), getattr(node, "threshold", 0.0), 0.0, 0.0] for node in level]
            level = [child for node in level for child in getattr(node, "children", ())]
    return np.array(rows, np.float64)


@inlined
def _scaled(surprise: float) -> Any:
    return min(surprise / FULL_SURPRISE, 1.0)


@kernel(FLOAT, MATRIX, FLOATS, FLOAT)
def _mass(nodes: Array, surprises: Array, limit: float) -> float:
    """Sum over trees of the mass around the surprises, scaled by depth; NaN where none of them is worth asking for."""
    total: float = 0.0
    size = int(nodes[0, _LATEST])
    if surprises.max() <= WORTH_ASKING:
        return np.nan
    for root in range(1, len(nodes), size):
        place, scale, mass = 0, 1.0, limit
        while place < size and mass >= limit:
            node = root + place
            mass = nodes[node, _REFERENCE]
            total += mass * scale
            place = 2 * place + (1 if _scaled(surprises[int(nodes[node, _FEATURE])]) < nodes[node, _THRESHOLD] else 2)
            scale *= 2.0
    return total


@kernel(VOID, MATRIX, FLOATS)
def _learn(nodes: Array, surprises: Array) -> None:
    size = int(nodes[0, _LATEST])
    for root in range(1, len(nodes), size):
        place = 0
        while place < size:
            node = root + place
            nodes[node, _LATEST] += 1.0
            place = 2 * place + (1 if _scaled(surprises[int(nodes[node, _FEATURE])]) < nodes[node, _THRESHOLD] else 2)


class HalfSpace(Detector):
    """Mass of the half-spaces around an item's surprises, 0 to 1, from `n_trees` trees over windows of `window_size` items."""

    stage = 2
    weight = 0.1
    quiet = 0.0

    def __init__(self, n_trees: int = 4, height: int = 5, window_size: int = 1_000, seed: int = 42) -> None:
        self.n_trees = n_trees
        self.height = height
        self.window_size = window_size
        self.seed = seed
        self._most = n_trees * window_size * ((2 << height) - 1)
        self._nodes = np.zeros((0, 4))
        self._learned = 0

    def score_one(self, x: Features) -> float:
        """0 until the first window is full, and where no first-stage detector finds the item even one in ten."""
        if not self.warm or not x.finders:
            return 0.0
        mass = _mass(self._nodes, x.surprises, SIZE_LIMIT * self.window_size)
        return max(0.0, 1.0 - mass / self._most) if mass == mass else 0.0

    def learn_one(self, x: Features) -> None:
        if not x.finders:
            return
        if not self._learned:
            self._nodes = _planted(len(x.finders), self.n_trees, self.height, self.seed)
        _learn(self._nodes, x.surprises)
        self._learned += 1
        if self._learned % self.window_size == 0:
            self._nodes[1:, _REFERENCE] = self._nodes[1:, _LATEST]
            self._nodes[1:, _LATEST] = 0.0

    def explain_one(self, x: Features) -> list[Reason]:
        """One reason that names the signals which make up the combination."""
        score = self.score_one(x)
        if score <= 0.0:
            return []
        surprises = dict(zip(x.finders, x.surprises.tolist(), strict=True))
        ranked = sorted(surprises, key=lambda name: -surprises[name])
        odd = [name for index, name in enumerate(ranked) if not index or surprises[name] >= MILD]
        one_in = {name: round(10 ** min(surprises[name], RAREST), 1) for name in odd}
        recent = [step("recent_items", n=min(self._learned, self.window_size))]
        return [reason("half_space", "combination_of_surprises", actual=score, path=recent, impact=1.0, details=one_in)]

    @property
    def warm(self) -> bool:
        """The trees have masses to compare with once their first window is full."""
        return self._learned >= self.window_size

    @property
    def keys_held(self) -> int:
        return int(self.n_trees * (2 ** (self.height + 1) - 1))

    @property
    def keys_forgotten(self) -> int:
        return 0
