"""River's half-space trees over the first stage's surprises: several mild signals together that are rarely seen together.

Source: Tan, Ting and Liu, "Fast anomaly detection for streaming data", IJCAI 2011. On raw customs fields the same trees are near
chance (AUC 0.55, ../shared/design.md), so they only ever see surprises. Misses: what no first-stage detector finds odd at all.
"""

from typing import Any

from river import anomaly

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features

FULL_SURPRISE = 4.0
"""-log10 p that counts as 1: one in ten thousand."""
WORTH_ASKING = 1.0
"""-log10 p: a tree walk for the quiet two thirds of all items would find nothing."""


RAREST = 5.0
"""-log10 p that a reason claims at the most: a window of thousands knows no better."""
MILD = 0.7
"""-log10 p of a signal that is worth naming: one in five."""


class HalfSpace(Detector):
    """Mass of the half-spaces around an item's surprises, 0 to 1, from `n_trees` trees over windows of `window_size` items."""

    stage = 2
    weight = 0.3
    quiet = 0.0

    def __init__(self, n_trees: int = 4, height: int = 5, window_size: int = 1_000, seed: int = 42) -> None:
        self.n_trees = n_trees
        self.height = height
        self.window_size = window_size
        self.seed = seed
        self._trees: Any = anomaly.HalfSpaceTrees(n_trees=n_trees, height=height, window_size=window_size, seed=seed)
        self._learned = 0

    def score_one(self, x: Features) -> float:
        """0 until the first window is full, and where no first-stage detector finds the item even one in ten."""
        if not self.warm or max(x.surprises.values(), default=0.0) <= WORTH_ASKING:
            return 0.0
        return max(0.0, float(self._trees.score_one(_scaled(x))))

    def learn_one(self, x: Features) -> None:
        self._trees.learn_one(_scaled(x))
        self._learned += 1

    def explain_one(self, x: Features) -> list[Reason]:
        """One reason that names the signals which make up the combination."""
        score = self.score_one(x)
        if score <= 0.0:
            return []
        ranked = sorted(x.surprises, key=lambda name: -x.surprises[name])
        odd = [name for index, name in enumerate(ranked) if not index or x.surprises[name] >= MILD]
        parts = ", ".join(f"{name.replace('_', ' ')} (one in {10 ** min(x.surprises[name], RAREST):,.0f})" for name in odd)
        text = f"signals that are rarely seen together: {parts}"
        n = float(min(self._learned, self.window_size))
        return [Reason("half_space", text, "combination of surprises", round(score, 4), None, None, None, "anomaly score", "recent items", n, 1.0)]

    @property
    def warm(self) -> bool:
        """River's trees have masses to compare with once their first window is full."""
        return self._learned >= self.window_size

    @property
    def keys_held(self) -> int:
        return int(self.n_trees * (2 ** (self.height + 1) - 1))

    @property
    def keys_forgotten(self) -> int:
        return 0


def _scaled(x: Features) -> dict[str, float]:
    return {name: min(rarity / FULL_SURPRISE, 1.0) for name, rarity in x.surprises.items()}
