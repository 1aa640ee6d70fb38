"""A challenger beside the champion: it judges the same declarations, learns the same outcomes, and decides nothing.

Outcomes are those of what the champion selected: a challenger that would have looked elsewhere has no labels there (docs/shadow.md).
"""

from collections import Counter
from enum import StrEnum
from typing import Any, NamedTuple

from stream_app.contracts.assessment import Source
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.engine.engine import Engine, Result
from stream_app.learning.keys import sampled
from stream_app.learning.pending import Note

NO_ALERT = "none"


class Agreement(StrEnum):
    """Of two configurations on one thing. COLD: one of the two had not seen enough to select by score, so nothing is compared."""

    BOTH = "both"
    WOULD_FIRE_ONLY = "would_fire_only"
    LIVE_ONLY = "live_only"
    NEITHER = "neither"
    COLD = "cold"


def agreement(live: bool, challenger: bool) -> Agreement:
    """Who fired."""
    if live:
        return Agreement.BOTH if challenger else Agreement.LIVE_ONLY
    return Agreement.WOULD_FIRE_ONLY if challenger else Agreement.NEITHER


class Compared(NamedTuple):
    """One declaration. `typology`: of the live alert, without one of the challenger's, else "none"; `renamed`: both fired, for different reasons."""

    agreement: Agreement
    typology: str
    renamed: bool


def compare(live: Result, challenger: Result) -> Compared:
    """What both said of the same version of a declaration."""
    if "cold" in (live.assessment.items[0].maturity, challenger.assessment.items[0].maturity):
        return Compared(Agreement.COLD, NO_ALERT, False)
    ours, theirs = (result.alert.typology if result.alert else None for result in (live, challenger))
    found = agreement(ours is not None, theirs is not None)
    return Compared(found, ours or theirs or NO_ALERT, found is Agreement.BOTH and ours != theirs)


class Shadow:
    """The challenger's engine of one partition. `share` of the declarations, by their id, bounds what it costs; their outcomes reach it alike."""

    def __init__(self, engine: Engine, share: float = 1.0) -> None:
        self.engine = engine
        self._share = share

    def takes(self, declaration_id: str) -> bool:
        """The same in every process: all versions of a declaration are taken, and its outcomes, or none."""
        return sampled(declaration_id, self._share)

    def process(self, declaration: Declaration, source: Source | None, live: Result) -> tuple[Result, Compared]:
        """What the challenger says of a declaration that the champion has assessed. Raises whatever the engine raises."""
        result = self.engine.process(declaration, source)
        return result, compare(live, result)

    def learn_outcome(self, outcome: Outcome, live: Engine) -> Note:
        """After the champion did. An answer speaks of the champion's alert: officers saw that one, whether or not the challenger raised it."""
        return self.engine.learn_outcome(outcome, live.answered(outcome) if outcome.alert_id is not None else None)


class Tally:
    """Comparisons so far, by agreement and typology: some sixty numbers, however long it runs."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Agreement, str]] = Counter()
        self.renamed = 0

    def add(self, compared: Compared) -> None:
        self.counts[compared.agreement, compared.typology] += 1
        self.renamed += compared.renamed

    def total(self, which: Agreement) -> int:
        return sum(count for (found, _), count in self.counts.items() if found is which)

    def summary(self) -> dict[str, Any]:
        """Totals by agreement, how many of `both` name another reason, and the counts of whoever fired, by typology."""
        by_typology: dict[str, dict[str, int]] = {}
        for (found, typology), count in sorted(self.counts.items()):
            if typology != NO_ALERT:
                by_typology.setdefault(typology, {})[found.value] = count
        return {**{which.value: self.total(which) for which in Agreement}, "renamed": self.renamed, "by_typology": by_typology}
