"""How well a head's probabilities, given before the label was known, did once the label came."""

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from math import log
from typing import Any, NamedTuple

from stream_app.learning.table import BoundedTable

WAITING = 1_000_000
BINS = 10


class Bin(NamedTuple):
    """Of the `n` items that were given a probability from `lower` to `upper`: the mean of what was said, and the share of findings."""

    lower: float
    upper: float
    n: int
    said: float
    found: float


class HeadQuality:
    """Prequential: the score is the one given at assessment. Nothing is claimed of items that never get a label."""

    def __init__(self) -> None:
        self._waiting: BoundedTable[str, dict[int, float]] = BoundedTable(WAITING)
        self._positive, self._negative = array("d"), array("d")

    def scored(self, declaration_id: str, item_number: int, probability: float | None) -> None:
        """Remember a probability until its label comes; the first one given to an item counts."""
        if probability is not None:
            row = self._waiting.get(declaration_id)
            if row is None:
                row = {}
                self._waiting.put(declaration_id, row)
            row.setdefault(item_number, probability)

    def label(self, declaration_id: str, item_number: int | None, irregular: bool) -> None:
        """The label of one item, or of all items that wait (item_number None); a second label finds nothing waiting."""
        row = self._waiting.get(declaration_id)
        if row is None:
            return
        for number in [item_number] if item_number is not None else list(row):
            if number in row:
                (self._positive if irregular else self._negative).append(row.pop(number))
        if not row:
            self._waiting.pop(declaration_id)

    def as_dict(self) -> dict[str, Any]:
        """n, share of findings, AUC (None where one class is missing), Brier score and reliability table of the head."""
        positive, negative = sorted(self._positive), sorted(self._negative)
        n = len(positive) + len(negative)
        if not n:
            return {"n": 0, "irregular": None, "auc": None, "brier": None, "reliability": []}
        brier = (sum((1.0 - p) ** 2 for p in positive) + sum(p * p for p in negative)) / n
        table = [row._asdict() for row in reliability(positive, negative)]
        return {"n": n, "irregular": len(positive) / n, "auc": _auc(positive, negative), "brier": brier, "reliability": table}


class RollingQuality:
    """Mean log-loss and AUC of the latest `window` probabilities whose outcome is known."""

    __slots__ = ("_latest",)

    def __init__(self, window: int) -> None:
        self._latest: deque[tuple[float, bool]] = deque(maxlen=window)

    def learn(self, probability: float, irregular: bool) -> None:
        self._latest.append((probability, irregular))

    @property
    def n(self) -> int:
        return len(self._latest)

    @property
    def log_loss(self) -> float | None:
        """In nats; a probability counts as one in a million at the least."""
        losses = [-log(max(p if irregular else 1.0 - p, 1e-6)) for p, irregular in self._latest]
        return sum(losses) / len(losses) if losses else None

    @property
    def auc(self) -> float | None:
        positive = sorted(p for p, irregular in self._latest if irregular)
        return _auc(positive, sorted(p for p, irregular in self._latest if not irregular))


def reliability(positive: Sequence[float], negative: Sequence[float], bins: int = BINS) -> list[Bin]:
    """Equal parts of [0, 1], tenths by default, that were said of any item, lowest first (DeGroot and Fienberg 1983); 1 belongs to the last."""
    said: list[list[float]] = [[] for _ in range(bins)]
    found = [0] * bins
    for probabilities, irregular in ((positive, 1), (negative, 0)):
        for p in probabilities:
            place = min(int(p * bins), bins - 1)
            said[place].append(p)
            found[place] += irregular
    return [Bin(i / bins, (i + 1) / bins, len(ps), sum(ps) / len(ps), found[i] / len(ps)) for i, ps in enumerate(said) if ps]


def _auc(positive: list[float], negative: list[float]) -> float | None:
    """P(a random irregular item scores above a random compliant one), ties half (Mann and Whitney 1947). Both sorted."""
    if not positive or not negative:
        return None
    wins = sum(bisect_left(negative, p) + bisect_right(negative, p) for p in positive) / 2
    return wins / (len(positive) * len(negative))
