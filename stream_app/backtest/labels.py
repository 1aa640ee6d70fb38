"""What the outcomes say of each goods item: irregular, compliant, or nothing."""

from typing import NamedTuple

from stream_app.contracts.outcome import Outcome
from stream_app.learning.table import BoundedTable

DECLARATIONS = 1_000_000
EARLY = 100_000
RANDOM = "random"


class Label(NamedTuple):
    """`random`: the item was controlled as part of a random sample, not because somebody suspected it."""

    irregular: bool
    random: bool


class Labels:
    """Labels of the last million declarations; what had to be forgotten is counted, and has no label."""

    def __init__(self, declarations: int = DECLARATIONS, early: int = EARLY) -> None:
        self._items: BoundedTable[str, tuple[int, ...]] = BoundedTable(declarations)
        self._labels: BoundedTable[str, dict[int, Label]] = BoundedTable(declarations)
        self._early: BoundedTable[str, list[Outcome]] = BoundedTable(early)
        self.items = self.labelled = self.irregular = self.random = 0
        self.unattributed = 0
        """Irregular results of a whole declaration with several items: one of them was, and nobody said which."""

    def declared(self, declaration_id: str, numbers: tuple[int, ...]) -> None:
        """The items of a declaration, or of an amendment; outcomes that came before it count now."""
        known = self._items.get(declaration_id) or ()
        fresh = tuple(number for number in numbers if number not in known)
        self.items += len(fresh)
        self._items.put(declaration_id, known + fresh)
        for outcome in self._early.pop(declaration_id) or ():
            self.decided(outcome)

    def decided(self, outcome: Outcome) -> None:
        """Label the item that the outcome speaks of, or all of them."""
        numbers = self._items.get(outcome.declaration_id)
        if numbers is None:
            self._early.put(outcome.declaration_id, [*(self._early.get(outcome.declaration_id) or ()), outcome])
        elif outcome.item_number is not None:
            self._label(outcome, [outcome.item_number] if outcome.item_number in numbers else [])
        elif outcome.irregular and len(numbers) > 1:
            self.unattributed += 1
        else:
            self._label(outcome, numbers)

    def of(self, declaration_id: str, item_number: int) -> Label | None:
        return (self._labels.get(declaration_id) or {}).get(item_number)

    @property
    def forgotten(self) -> int:
        return self._items.forgotten + self._labels.forgotten + self._early.forgotten

    def _label(self, outcome: Outcome, numbers: tuple[int, ...] | list[int]) -> None:
        """As the risk heads learn it: what names one item corrects what was said of it before, what speaks of all items fills in."""
        row = self._labels.get(outcome.declaration_id) or {}
        label = Label(outcome.irregular, outcome.selection_reason == RANDOM)
        for number in numbers:
            earlier = row.get(number)
            if earlier is None or outcome.item_number is not None:
                self.labelled += earlier is None
                self.irregular += label.irregular - (earlier is not None and earlier.irregular)
                self.random += label.random - (earlier is not None and earlier.random)
                row[number] = label
        if row:
            self._labels.put(outcome.declaration_id, row)
