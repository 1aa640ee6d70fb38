"""How well a head's probabilities, given before the label was known, did once the label came."""

from array import array
from bisect import bisect_left, bisect_right
from typing import Any

from stream_app.learning.table import BoundedTable

WAITING = 1_000_000


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
        """n, share irregular, AUC (None where one class is missing) and Brier score of the non-compliance head."""
        positive, negative = sorted(self._positive), sorted(self._negative)
        n = len(positive) + len(negative)
        if not n:
            return {"n": 0, "irregular": None, "auc": None, "brier": None}
        brier = (sum((1.0 - p) ** 2 for p in positive) + sum(p * p for p in negative)) / n
        return {"n": n, "irregular": len(positive) / n, "auc": _auc(positive, negative), "brier": brier}


def _auc(positive: list[float], negative: list[float]) -> float | None:
    """P(a random irregular item scores above a random compliant one), ties half (Mann and Whitney 1947). Both sorted."""
    if not positive or not negative:
        return None
    wins = sum(bisect_left(negative, p) + bisect_right(negative, p) for p in positive) / 2
    return wins / (len(positive) * len(negative))
