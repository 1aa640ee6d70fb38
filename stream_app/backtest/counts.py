"""Fired items by what is known of them. Precision is a statement about labelled items, and is never made without them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from stream_app.backtest.labels import Label
from stream_app.learning.intervals import Rate, wilson


@dataclass(slots=True)
class Counts:
    """Goods items: `right` have an irregular outcome, `wrong` a compliant one; the rest of `fired` is unknown, neither right nor wrong."""

    fired: int = 0
    right: int = 0
    wrong: int = 0

    @classmethod
    def of(cls, labels: Iterable[Label | None]) -> "Counts":
        """One label, or None, for each fired item."""
        counts = cls()
        for label in labels:
            counts.fired += 1
            if label is not None:
                counts.right += label.irregular
                counts.wrong += not label.irregular
        return counts

    @property
    def labelled(self) -> int:
        return self.right + self.wrong

    @property
    def unknown(self) -> int:
        return self.fired - self.labelled

    @property
    def precision(self) -> Rate | None:
        """Of the labelled fired items, with Wilson's 95 % interval; None where none is labelled."""
        return wilson(self.right / self.labelled, self.labelled) if self.labelled else None

    def as_dict(self) -> dict[str, Any]:
        """With the share labelled beside the precision, which says nothing of the others."""
        rate = self.precision
        precision = rate and {"value": rate.value, "lower": rate.lower, "upper": rate.upper, "n": self.labelled}
        share = self.labelled / self.fired if self.fired else None
        counts = {"fired": self.fired, "right": self.right, "wrong": self.wrong, "unknown": self.unknown}
        return {**counts, "labelled_share": share, "precision": precision}
