"""Goods items that were scored and wait for their outcome; outcomes that wait for their declaration."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

from stream_app.learning.decay import DAY
from stream_app.learning.plain import Keeps, Table
from stream_app.learning.table import BoundedTable

Item = TypeVar("Item")
T = TypeVar("T")

EARLY_EACH = 10


class Note(StrEnum):
    """What became of an outcome: the counter it moves and the note on its receipt."""

    LEARNED = "learned"
    LEARNED_LATE = "learned_late"
    COUNTED = "counted"
    REPEATED = "repeated"
    CORRECTED = "corrected"
    UNKNOWN_DECLARATION = "unknown_declaration"
    UNKNOWN_ITEM = "unknown_item"
    UNKNOWN_ALERT = "unknown_alert"


class Taught(NamedTuple):
    """What was learned of an item: the result, how much of an outcome it was, when it was decided (seconds since 1970), and the item as it was
    then: an amendment may have changed it since."""

    irregular: bool
    critical: bool
    share: float
    at: float
    item: bytes


@dataclass(slots=True)
class Awaiting(Generic[Item]):
    """A declaration as scored: what its heads want back of every goods item (`Item`), and what has been learned of which.

    A checkpoint that is being written reads it meanwhile: only `taught` is ever exchanged, and none that was there before a record is changed.
    """

    version: int
    lodged_epoch: float
    items: dict[int, Item]
    taught: dict[int, Taught]


def _caught(items: Iterable[tuple[str, Awaiting[Any]]]) -> list[tuple[str, Awaiting[Any], dict[int, Taught]]]:
    return [(key, row, row.taught) for key, row in items]


def _told(caught: tuple[str, Awaiting[Any], dict[int, Taught]]) -> tuple[str, tuple[Any, ...]]:
    key, row, taught = caught
    return key, (row.version, row.lodged_epoch, row.items, taught)


class Pending(Generic[Item, T]):
    """Bounded by age (event time) and by count; what goes unanswered is counted. `T`: an outcome, whatever it holds."""

    __slots__ = ("_early", "_rows", "_watermark", "expired", "keep_days")

    @staticmethod
    def keeps(item: Any, early: Any) -> Keeps:
        """For the KEEPS of a class of one `Item` and one `T`."""
        row = tuple[int, float, dict[int, item], dict[int, Taught]]
        told = Table(str, row, _caught, _told, lambda row: Awaiting(*row))
        return {"expired": int, "_watermark": float, "_rows": told, "_early": Table(str, list[early])}

    def __init__(self, keep_days: float, keep_declarations: int, early: int) -> None:
        self.keep_days = keep_days
        self.expired = 0
        self._rows: BoundedTable[str, Awaiting[Item]] = BoundedTable(keep_declarations)
        self._early: BoundedTable[str, list[T]] = BoundedTable(early)
        self._watermark = 0.0

    def get(self, declaration_id: str) -> Awaiting[Item] | None:
        return self._rows.get(declaration_id)

    def keep(self, declaration_id: str, row: Awaiting[Item]) -> list[T]:
        """Remember a scored declaration, forget those past their time, and hand over the outcomes that came before it."""
        if known := self._rows.get(declaration_id):
            row.taught = {**known.taught, **row.taught}
        self._rows.put(declaration_id, row)
        self._watermark = max(self._watermark, row.lodged_epoch)
        self._expire()
        return self._early.pop(declaration_id) or []

    def hold(self, declaration_id: str, outcome: T) -> None:
        """Keep an outcome whose declaration is not known yet; at most ten a declaration, equal ones once."""
        waiting = self._early.get(declaration_id) or []
        if len(waiting) < EARLY_EACH and outcome not in waiting:
            self._early.put(declaration_id, [*waiting, outcome])

    def _expire(self) -> None:
        while (oldest := self._rows.oldest()) and oldest[1].lodged_epoch < self._watermark - self.keep_days * DAY:
            self._rows.pop(oldest[0])
            self.expired += 1

    @property
    def forgotten(self) -> int:
        """Declarations given up for the count's sake; outcomes too."""
        return self._rows.forgotten + self._early.forgotten

    def rows(self) -> Iterable[Awaiting[Item]]:
        """The declarations that wait."""
        return (row for _, row in self._rows.items())

    def __len__(self) -> int:
        return len(self._rows)
