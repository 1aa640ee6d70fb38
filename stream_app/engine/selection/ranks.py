"""Heads on one scale: each head's score as a tail probability among its recent ones, over its share of the top-up."""

from collections import deque
from collections.abc import Mapping
from math import fsum, inf
from typing import NamedTuple

import numpy as np

from stream_app.engine.settings.learning import PValues as Settings
from stream_app.engine.settings.selection import HeadShares
from stream_app.learning.compiled import Array
from stream_app.learning.p_values import PValues
from stream_app.learning.plain import PART

HEADS = ("anomaly", "non_compliance", "critical", "revenue_at_risk")
"""The places of their scores; NaN where a head has nothing to say. A score of 0 or less is never rare."""
MOST_FAVOUR = 2.0
"""How far feedback may raise a head's share, or lower it, against the configured one."""
_ANY_SCORE = 0.0


class Ranked(NamedTuple):
    """`p`: the smallest tail probability over share, at most 1, of head `head`; `anomaly_p`: the anomaly head's own, without a share."""

    p: float
    head: str
    anomaly_p: float


class Ranks:
    """The smallest p-value over share among the mature heads. Shares add up to 1, so at most a share t of all items comes below t (Bonferroni)."""

    KEEPS = {"_windows": PART, "_early": int, "_waiting": list[list[float]], "_favour": dict[str, float]}

    def __init__(self, shares: HeadShares, settings: Settings, delay: int = 0) -> None:
        """`delay`: items after which scores join those that others are compared with; 0: at once. A burst is then not measured by itself."""
        self._shares = shares.model_dump()
        self._favour = dict.fromkeys(HEADS, 1.0)
        self._windows = PValues([_ANY_SCORE] * len(HEADS), settings.window, settings.tail_share)
        self._early = self._delay = delay
        self._waiting: deque[list[float]] = deque()
        self._inverse: dict[tuple[str, ...], Array] = {}

    def favour(self, factors: Mapping[str, float]) -> None:
        """What feedback knows: factors on the configured shares, clipped to [1/2, 2]; heads that are not named keep theirs."""
        for head, factor in factors.items():
            self._favour[head] = min(MOST_FAVOUR, max(1.0 / MOST_FAVOUR, factor))
        self._inverse.clear()

    def best(self, scores: list[float], mature: tuple[str, ...]) -> Ranked:
        """As `best_all`, of one."""
        return self.best_all([scores], mature)[0]

    def best_all(self, scores: list[list[float]], mature: tuple[str, ...]) -> list[Ranked]:
        """How rare each item is by the head that finds it rarest. `scores`: a row each, in the order of HEADS."""
        inverses = self._inverse.get(mature)
        if inverses is None:
            inverses = self._invert(mature)
        rows = self._windows.smallest(scores, inverses)
        return [Ranked(p, HEADS[int(head)] if head >= 0.0 else mature[0], anomaly_p) for p, head, anomaly_p in rows]

    def taken_in(self) -> None:
        """Raises ValueError for scores of other heads."""
        if self._favour.keys() != set(HEADS) or any(len(scores) != len(HEADS) for scores in self._waiting):
            raise ValueError("holds scores of other heads")

    def learn(self, scores: list[float]) -> None:
        """As `learn_all`, of one."""
        self.learn_all([scores])

    def learn_all(self, scores: list[list[float]]) -> None:
        """The first `delay` at once, to have something to compare with; later ones after `delay` others."""
        if not self._delay:
            self._windows.learn_all(scores)
            return
        for row in scores:
            if self._early:
                self._early -= 1
                self._windows.learn(row)
                continue
            self._waiting.append(row)
            if len(self._waiting) > self._delay:
                self._windows.learn(self._waiting.popleft())

    def _invert(self, mature: tuple[str, ...]) -> Array:
        """1 / share in the order of HEADS, infinite for what has none. Mature heads without any share between them have equal ones."""
        raw = [self._shares[head] * self._favour[head] if head in mature else 0.0 for head in HEADS]
        if not any(raw):
            raw = [float(head in mature) for head in HEADS]
        total = fsum(raw)
        inverse = self._inverse[mature] = np.array([total / share if share else inf for share in raw])
        return inverse
