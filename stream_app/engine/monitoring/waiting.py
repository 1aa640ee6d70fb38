"""Items as they were scored, until their outcome comes, and the outcome met with its item.

One control counts once, however many items it speaks of, for the items of a declaration are no independent draws: at the item it names, or
else at the one that led. An item's first outcome counts. An outcome that came before its declaration does not: nothing that the service said
can have led to it.
"""

from typing import NamedTuple

import numpy as np
from numba import types

from stream_app.contracts.outcome import CONFIRMED, FALSE_POSITIVE, VALUABLE, Outcome
from stream_app.detectors.features import DEPARTURE, DUTY_RATE, HS6, NET_MASS, ORIGIN, TRADER
from stream_app.engine.monitoring.notes import Batch
from stream_app.engine.settings.watching import Feedback
from stream_app.learning.compiled import CODES, MATRIX, Array, kernel
from stream_app.learning.decay import DAY
from stream_app.learning.keys import code, joined
from stream_app.learning.plain import PART, Table
from stream_app.learning.scored import AMENDED, ANSWERED, LEADS, NEVER_SEEN, NEW_TRADER, SELECTED, ScoredItem, ScoredItems
from stream_app.learning.seen import FirstSeen
from stream_app.learning.table import BoundedTable

CODE_MATRIX = types.uint64[:, ::1]
HALF_DECADES_A_NAT = 0.8686  # 2 / ln 10


class Control(NamedTuple):
    """One outcome and the item it counts at.

    `hit`: selecting it was right. `found`: something irregular, None where that was not said. `irregular`, `critical`: this very item, None
    where it may have been another. `drawn`: the administration says that it drew this control at random.
    """

    item: ScoredItem
    hit: bool
    found: bool | None
    irregular: bool | None
    critical: bool | None
    drawn: bool
    decided_epoch: float

    def has(self, flag: int) -> bool:
        return bool(self.item.flags & flag)


class Waiting:
    """Bounded by `[feedback]` keep_items, max_patterns and max_traders."""

    KEEPS = {
        **dict.fromkeys(("scored", "patterns", "traders"), PART),
        "_alerts": Table(int, tuple[int, list[int], int]),
        "_begun": float | None,
    }

    def __init__(self, settings: Feedback) -> None:
        self._newcomer_seconds = settings.new_trader_days * DAY
        self.scored = ScoredItems(settings.keep_items)
        self.patterns, self.traders = FirstSeen(settings.max_patterns), FirstSeen(settings.max_traders)
        self._alerts: BoundedTable[int, tuple[int, list[int], int]] = BoundedTable(settings.keep_items // 8)
        self._begun: float | None = None

    def reserve(self, declaration_id: str, items: int) -> None:
        """Room for the rows of a declaration, which `add` brings in this order."""
        self.scored.reserve(code(declaration_id), items)

    def alerted(self, alert_id: str, declaration_id: str, leader: int, numbers: list[int]) -> None:
        """An alert that an officer may answer."""
        self._alerts.put(code(alert_id), (code(declaration_id), numbers, leader))

    def add(self, batch: Batch) -> None:
        """Keep a batch until its outcomes; its rows now say which patterns were never seen and which traders are new.

        Neither is said before the partition itself is as old as a new trader may be; an amendment keeps what its first version was.
        """
        rows = batch.rows
        first = np.flatnonzero(rows["flags"] & AMENDED == 0)
        if len(first):
            if self._begun is None:
                self._begun = float(batch.at[0])
            at = batch.at[first]
            since = self.traders.meet(batch.codes[first, TRADER], at)
            unseen = np.isnan(self.patterns.meet(_patterns(batch.codes[first], batch.measures[first]), at))
            newcomers = ~(at - since >= self._newcomer_seconds)
            old_enough = at - self._begun >= self._newcomer_seconds
            rows["flags"][first] |= np.where(old_enough, unseen * NEVER_SEEN + newcomers * NEW_TRADER, 0).astype(np.uint8)
        self.scored.add(rows)

    def of_earlier_version(self, declaration_id: str) -> dict[int, ScoredItem]:
        """The declaration's items as they are kept, by number."""
        return self.scored.items(code(declaration_id))

    def is_pending(self, declaration_id: str) -> bool:
        """Whether the declaration is reserved, and its rows are still to be added."""
        return self.scored.is_pending(code(declaration_id))

    def meet(self, outcome: Outcome) -> Control | None:
        """The result of a control with its item; None where it was counted before, or nothing waits for it."""
        declaration = code(outcome.declaration_id)
        items, number = self.scored.items(declaration), outcome.item_number
        named = items.values() if number is None else [items[number]] if number in items else []
        fresh = [item for item in named if not item.flags & ANSWERED]
        if not fresh:
            return None
        self.scored.mark(declaration, [item.item_number for item in fresh], ANSWERED)
        # Irregular as a whole, one of several items was, and nobody said which.
        said = number is not None or not outcome.irregular or len(items) == 1
        return Control(
            _unit(fresh),
            hit=outcome.irregular,
            found=outcome.irregular,
            irregular=outcome.irregular if said else None,
            critical=outcome.critical if said else None,
            drawn=outcome.selection_reason == "random",
            decided_epoch=outcome.decided_epoch,
        )

    def answered(self, outcome: Outcome) -> list[int] | None:
        """The item numbers that an answer speaks of, the alert's leading one first; None where no such alert was raised."""
        declaration, numbers, leader = self._alerts.get(code(outcome.alert_id or "")) or (0, [], 0)
        if declaration != code(outcome.declaration_id):
            return None
        others = [number for number in numbers if number != leader] if outcome.answer == FALSE_POSITIVE else []
        return [leader, *others]

    def leader(self, declaration_id: str) -> int | None:
        """The number of the item that led when the declaration was scored."""
        return next((number for number, item in self.scored.items(code(declaration_id)).items() if item.flags & LEADS), None)

    def meet_answer(self, outcome: Outcome, numbers: list[int]) -> Control | None:
        """An answer with its alert's leading item, the first of `numbers`; None where that was counted before, or is not waiting. What is
        `valuable` is a hit, and no finding."""
        declaration = code(outcome.declaration_id)
        item = self.scored.items(declaration).get(numbers[0])
        if item is None:
            return None
        self.scored.mark(declaration, numbers, ANSWERED)
        if item.flags & ANSWERED:
            return None
        said = None if outcome.answer == VALUABLE else outcome.answer == CONFIRMED
        return Control(item, said is not False, said, said, said and outcome.critical, drawn=False, decided_epoch=outcome.decided_epoch)


def _unit(items: list[ScoredItem]) -> ScoredItem:
    """The item that a control counts at: the leading one, unless another was selected and it was not."""
    candidates = [item for item in items if item.flags & SELECTED] or items
    return next((item for item in candidates if item.flags & LEADS), candidates[0])


@kernel(CODES, CODE_MATRIX, MATRIX)
def _patterns(codes: Array, measures: Array) -> Array:
    """HS6, origin, departure, duty rate in hundredths of a percent, and net mass within half a decade; a missing one is one like another."""
    found = np.empty(len(codes), np.uint64)
    for row in range(len(codes)):
        rate, mass = measures[row, DUTY_RATE], measures[row, NET_MASS]
        rated = 0 if np.isnan(rate) else 1 + int(rate * 100.0)
        weighed = 0 if np.isnan(mass) else 100 + int(np.floor(mass * HALF_DECADES_A_NAT))
        place = joined(joined(codes[row, HS6], codes[row, ORIGIN]), codes[row, DEPARTURE])
        found[row] = joined(joined(place, np.uint64(rated)), np.uint64(weighed))
    return found
