"""Who gets a control, and with it a label."""

from hashlib import blake2b

import numpy as np

from tests.bench.cases import Bools, Cases, Places
from tests.bench.prequential import Choice, Scored

WARM_UP_DAYS = 30
BUDGET = 0.10
RANDOM_SHARE = 0.015
"""Of all rows, inside the budget: the control sample that knows no score."""


class EveryRow:
    """Every row is controlled: full labels."""

    def choose(self, day: int, places: Places, scored: Scored) -> Choice:
        return Choice(np.ones(len(places), dtype=bool), np.zeros(len(places), dtype=bool))


class DailyTop:
    """After a warm-up with every row: `random_share` drawn by a hash of the declaration, then the best scores of the day up to the budget.

    What is left of the budget (a tenth of 96 rows is 9.6) goes over to the next day.
    """

    def __init__(self, cases: Cases, head: str, budget: float = BUDGET, random_share: float = RANDOM_SHARE, warm_up_days: int = WARM_UP_DAYS) -> None:
        self.drawn = control_sample(cases, random_share)
        self._head = head
        self._budget = budget
        self._warm_up_days = warm_up_days
        self._room = 0.0

    def choose(self, day: int, places: Places, scored: Scored) -> Choice:
        if day < self._warm_up_days:
            return EveryRow().choose(day, places, scored)
        drawn = self.drawn[places]
        self._room += self._budget * len(places)
        top_up = max(0, int(self._room) - int(drawn.sum()))
        score = np.where(drawn, -np.inf, np.nan_to_num(scored.heads[self._head]))
        selected = drawn.copy()
        selected[np.argsort(-score, kind="stable")[: min(top_up, int((~drawn).sum()))]] = True
        self._room -= float(selected.sum())
        return Choice(selected, drawn)


class OwnSelector:
    """After the warm-up, what the contender's own selector chose, its control sample within it."""

    def __init__(self, warm_up_days: int = WARM_UP_DAYS) -> None:
        self._warm_up_days = warm_up_days

    def choose(self, day: int, places: Places, scored: Scored) -> Choice:
        if day < self._warm_up_days:
            return EveryRow().choose(day, places, scored)
        if scored.selected is None or scored.drawn is None:
            raise ValueError("this contender has no selector with a control sample")
        return Choice(scored.selected, scored.drawn)


def control_sample(cases: Cases, share: float, seed: str = "control sample") -> Bools:
    """The same rows for every contender: those whose hashed declaration id falls below `share`."""
    key = seed.encode()
    digests = (blake2b(declaration.declaration_id.encode(), digest_size=8, key=key).digest() for declaration in cases.declarations)
    return np.array([int.from_bytes(digest) < share * 2.0**64 for digest in digests])
