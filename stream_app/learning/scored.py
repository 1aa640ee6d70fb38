"""What goods items looked like when they were scored, some twenty bytes each, until their outcome comes."""

from collections import deque
from collections.abc import Iterable
from struct import Struct
from typing import NamedTuple

import numpy as np

from stream_app.learning.compiled import Array
from stream_app.learning.plain import Grown, Queue

ITEM = np.dtype(
    [
        ("item_number", "<u2"),
        ("non_compliance", "<f4"),
        ("critical", "<f4"),
        ("propensity", "<f4"),
        ("lane", "u1"),
        ("reason", "u1"),
        ("detector", "u1"),
        ("submitter", "u1"),
        ("chapter", "u1"),
        ("origin", "u1"),
        ("office", "u1"),
        ("flags", "u1"),
    ]
)
pack_item = Struct("<HfffBBBBxxxB").pack
"""The fields of ITEM in their order, as bytes; chapter, origin and office are 0."""


class ScoredItem(NamedTuple):
    """One row of ITEM. Probabilities are those of the assessment, NO_PROBABILITY where a head had none; `lane` to `office` are codes."""

    item_number: int
    non_compliance: float
    critical: float
    propensity: float
    lane: int
    reason: int
    detector: int
    submitter: int
    chapter: int
    origin: int
    office: int
    flags: int


SELECTED, SAMPLED, NEVER_SEEN, NEW_TRADER, ANSWERED, FIRST, LEADS, AMENDED = (1 << bit for bit in range(8))
"""Bits of `flags`. SAMPLED: in the random control sample; ANSWERED: its first outcome was counted; FIRST: of its declaration; LEADS: it."""
NO_PROBABILITY = -1.0
_MOST_ITEMS = 1_024
_SMALL = 4_096


class ScoredItems:
    """A ring of the last `keep_items` items, and where each declaration's (by its code) latest version stands in it.

    What falls out of the ring is forgotten, and its declarations counted.
    """

    KEEPS = {"forgotten": int, "_written": int, "_reserved": int, "_rows": Grown(ITEM), "_order": Queue(tuple[int, int])}

    __slots__ = ("_order", "_places", "_reserved", "_rows", "_written", "forgotten", "keep_items")

    def __init__(self, keep_items: int) -> None:
        self.keep_items = keep_items
        self.forgotten = 0
        self._rows = np.zeros(min(keep_items, _SMALL), ITEM)
        self._written = 0
        self._reserved = 0
        self._places: dict[int, int] = {}
        self._order: deque[tuple[int, int]] = deque()

    def reserve(self, declaration: int, items: int) -> None:
        """Room for a declaration whose rows will be added in the order of reserving."""
        place = self._reserved * _MOST_ITEMS + items
        self._places[declaration] = place
        self._order.append((declaration, place))
        self._reserved += items
        oldest = (self._reserved - self.keep_items) * _MOST_ITEMS
        while self._order and self._order[0][1] < oldest:
            gone, place = self._order.popleft()
            if self._places.get(gone) == place:
                del self._places[gone]
                self.forgotten += 1

    def add(self, rows: Array) -> None:
        """Rows of ITEM."""
        while len(self._rows) < min(self._written + len(rows), self.keep_items):
            # It grows until it is full, and so has not turned yet.
            more = min(len(self._rows), self.keep_items - len(self._rows))
            self._rows = np.concatenate((self._rows, np.zeros(more, ITEM)))
        self._rows[np.arange(self._written, self._written + len(rows)) % self.keep_items] = rows
        self._written += len(rows)

    def items(self, declaration: int) -> dict[int, ScoredItem]:
        """The declaration's items by their numbers, in its order; empty for one that is not known, or whose rows are still to be added."""
        rows = self._rows[self._places_of(declaration)].tolist()
        return {row[0]: ScoredItem._make(row) for row in rows}

    def mark(self, declaration: int, numbers: Iterable[int], flag: int) -> None:
        """Set a flag of these items."""
        wanted, flags, places = set(numbers), self._rows["flags"], self._places_of(declaration)
        for place, number in zip(places.tolist(), self._rows["item_number"][places].tolist(), strict=True):
            if number in wanted:
                flags[place] |= flag

    def is_pending(self, declaration: int) -> bool:
        """Whether the rows are reserved, and still to be added."""
        begin, items = divmod(self._places.get(declaration, 0), _MOST_ITEMS)
        return begin + items > self._written

    def taken_in(self) -> None:
        """Raises ValueError for places outside of the ring."""
        self._places = dict(self._order)
        size, most = len(self._rows), max((place // _MOST_ITEMS + place % _MOST_ITEMS for place in self._places.values()), default=0)
        if not 0 <= self._written <= self._reserved or most > self._reserved or not min(self._written, self.keep_items) <= size <= self.keep_items:
            raise ValueError("rows and places do not fit")

    def _places_of(self, declaration: int) -> Array:
        begin, items = divmod(self._places.get(declaration, 0), _MOST_ITEMS)
        return np.arange(begin, begin + items if begin + items <= self._written else begin) % self.keep_items

    def __len__(self) -> int:
        return len(self._places)
