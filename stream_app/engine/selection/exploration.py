"""Where a control teaches most: goods that come often and have hardly been controlled. Frequency x uncertainty.

Frequency is the group's share of recent goods items; uncertainty is the spread of a rate that rests on n controls, 1 / sqrt(1 + n), as in
the bounds of Auer, Cesa-Bianchi and Fischer (Machine Learning 47, 2002).
"""

from math import sqrt

CELLS = 8_192
"""Groups are counted in this many cells; two that share one explore together. Nothing grows, so nothing has to be forgotten."""
MEMORY = 50_000
"""Goods items: each time as many have come, all counts are halved."""
MOST = 0.25
"""The largest probability with which one item is explored."""
SETTLING = 5_000
"""Goods items over which the usual weight is averaged."""


class Exploration:
    """Spreads a mean probability `rate` over goods items by frequency x uncertainty."""

    KEEPS = {"_counts": list[float], "_total": float, "_usual": float, "_seen": int}

    __slots__ = ("_counts", "_seen", "_total", "_usual", "rate")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._counts = [0.0] * CELLS
        self._total = 0.0
        self._usual = 0.0
        self._seen = 0

    def probability(self, group: int, controls: float) -> float:
        """Of exploring an item of `group` (a code, as of learning/keys.py) that rests on so many control results; 0 before anything was learned."""
        if not self._usual:
            return 0.0
        return min(MOST, self.rate * self._weight(group, controls) / self._usual)

    def learn(self, group: int, controls: float) -> None:
        """Count the item, and its weight into the usual one, by which weights are scaled to a mean of 1."""
        self._counts[group % CELLS] += 1.0
        self._total += 1.0
        if self._total >= MEMORY:
            self._counts = [count / 2.0 for count in self._counts]
            self._total /= 2.0
        self._seen += 1
        self._usual += (self._weight(group, controls) - self._usual) / min(self._seen, SETTLING)

    def taken_in(self) -> None:
        """Raises ValueError for another number of cells."""
        if len(self._counts) != CELLS or self._seen < 0 or (self._seen and not self._total > 0.0):
            raise ValueError("has another number of cells, or counts nothing")

    def _weight(self, group: int, controls: float) -> float:
        return self._counts[group % CELLS] / self._total / sqrt(1.0 + controls)
