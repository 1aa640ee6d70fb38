"""Who has not been here before: a first-seen trader, declarant, or trader with these goods.

Misses: a stolen identity with a long history; a fraud by an established trader in its usual goods.
"""

from math import log

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features
from stream_app.learning.table import BoundedTable

Identities = tuple[tuple[str, str, str], ...]
"""(feature, context key, identity key) of everything that can be new; an identity brings its novelty to its context."""

Finding = tuple[float, str, float, float, float]
"""One identity in its context: nats, feature, and how often the identity, any item and anything new were seen in the context."""


class Novelty(Detector):
    """Sum over identities of -ln P(new | context), where an identity is new in its context; decays as the identity is seen again.

    P(new | context) is estimated as in Good-Turing: how often the context's earlier items brought something new.
    """

    weight = 0.3
    quiet = 0.7

    def __init__(self, max_keys: int = 400_000) -> None:
        self.max_keys = max_keys
        self._rows: BoundedTable[str, list[float]] = BoundedTable(max_keys)

    def score_one(self, x: Features) -> float:
        identities = x.notes[self] = _identities(x)
        return sum([finding[0] for finding in self._findings(identities)])

    def _findings(self, identities: Identities) -> list[Finding]:
        get, found = self._rows.get, []
        for feature, context, identity in identities:
            row = get(context)
            if row is None:
                continue
            items, brought = row
            seen = get(identity)
            times = seen[0] if seen else 0.0
            impact = -log((brought + 0.5) / (items + 1.0)) / (1.0 + times) ** 2
            found.append((impact, feature, times, items, brought))
        return found

    def learn_one(self, x: Features) -> None:
        rows = self._rows
        for _, context, identity in x.notes.pop(self, None) or _identities(x):
            row, seen = rows.get(context), rows.get(identity)
            if row is None:
                row = [0.0, 0.0]
                rows.put(context, row)
            else:
                rows.touch(context)
            row[0] += 1.0
            row[1] += seen is None
            if seen is None:
                rows.put(identity, [1.0, 0.0])
            else:
                seen[0] += 1.0
                rows.touch(identity)

    def explain_one(self, x: Features) -> list[Reason]:
        """Every identity that is new, or nearly, where new ones are rare."""
        identities = _identities(x)
        # The score is their sum: at a quarter of what is evidence, at least one of the four is told.
        found = [finding for finding in self._findings(identities) if finding[0] >= self.quiet / len(identities)]
        return [_reason(*finding) for finding in sorted(found, reverse=True)]

    @property
    def keys_held(self) -> int:
        return len(self._rows)

    @property
    def keys_forgotten(self) -> int:
        return self._rows.forgotten


def _identities(x: Features) -> Identities:
    d = x.declaration
    trader, declarant = d.trader_id, d.declarant_id
    return (
        ("trader", "traders", f"trader/{trader}"),
        ("declarant", "declarants", f"declarant/{declarant}"),
        ("HS6 of the trader", f"HS6 of/{trader}", f"HS6 of/{trader}/{x.hs6}"),
        ("declarant of the trader", f"declarant of/{trader}", f"declarant of/{trader}/{declarant}"),
    )


def _reason(impact: float, feature: str, times: float, items: float, brought: float) -> Reason:
    how = "seen for the first time" if not times else f"seen {times:,.0f} times before"
    text = f"{feature} {how}; {brought:,.0f} of {items:,.0f} earlier items brought a new one"
    group = "all earlier items" if " " not in feature else "earlier items of the trader"
    return Reason("novelty", text, feature, times, None, None, None, "times seen", group, items, round(impact, 3))
