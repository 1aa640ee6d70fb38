"""Who has not been here before: a first-seen trader, declarant or seller, or a trader with new goods.

Misses: a stolen identity with a long history; a fraud by an established trader in its usual goods.
"""

from math import log

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features
from stream_app.learning.table import Generations, WeightTable

FEATURES = ("trader", "declarant", "seller", "HS6 of the trader")
"""What can be new. The last one in the trader's own history, the others in the whole stream; a missing seller is one seller like another."""

Key = tuple[int | str, ...]
Keys = tuple[list[Key], list[Key]]
"""Of every feature the key of its context and the key of the identity; an identity brings its novelty to its context."""

Finding = tuple[float, str, float, float, float]
"""One identity in its context: nats, feature, and how often the identity, any item and anything new were seen in the context."""


class Novelty(Detector):
    """Sum over identities of -ln P(new | context), where an identity is new in its context; decays as the identity is seen again.

    P(new | context) is estimated as in Good-Turing: how often the context's earlier items brought something new.
    """

    weight = 0.3
    quiet = 0.7

    def __init__(self, max_keys: int = 100_000) -> None:
        self.max_keys = max_keys
        self._contexts: Generations[Key, tuple[float, float]] = Generations(max_keys)
        self._identities: WeightTable[Key] = WeightTable(max_keys)

    def score_one(self, x: Features) -> float:
        keys = x.notes[self] = _keys(x)
        return sum([finding[0] for finding in self._findings(keys)])

    def _findings(self, keys: Keys) -> list[Finding]:
        found = []
        contexts, identities = keys
        for feature, row, times in zip(FEATURES, self._contexts.get(contexts), self._identities.sums(identities), strict=True):
            if row is not None:
                items, brought = row
                impact = -log((brought + 0.5) / (items + 1.0)) / (1.0 + times) ** 2
                found.append((impact, feature, times, items, brought))
        return found

    def learn_one(self, x: Features) -> None:
        contexts, identities = x.notes.pop(self, None) or _keys(x)
        rows = zip(self._contexts.renew(contexts), self._identities.sums(identities), strict=True)
        counted = [((row[0] if row else 0.0) + 1.0, (row[1] if row else 0.0) + (0.0 if times else 1.0)) for row, times in rows]
        self._contexts.put(contexts, counted)
        self._identities.add(identities, 1.0)

    def explain_one(self, x: Features) -> list[Reason]:
        """Every identity that is new, or nearly, where new ones are rare."""
        # The score is their sum: at a quarter of what is evidence, at least one of the four is told.
        found = [finding for finding in self._findings(_keys(x)) if finding[0] >= self.quiet / len(FEATURES)]
        return [_reason(*finding) for finding in sorted(found, reverse=True)]

    @property
    def keys_held(self) -> int:
        return len(self._contexts) + len(self._identities)

    @property
    def keys_forgotten(self) -> int:
        return self._contexts.forgotten + self._identities.forgotten


def _keys(x: Features) -> Keys:
    d = x.declaration
    trader = d.trader_id
    return [(0,), (1,), (2,), (3, trader)], [(0, trader), (1, d.declarant_id), (2, d.seller_id or ""), (3, trader, x.hs6)]


def _reason(impact: float, feature: str, times: float, items: float, brought: float) -> Reason:
    how = "seen for the first time" if not times else f"seen {times:,.0f} times before"
    text = f"{feature} {how}; {brought:,.0f} of {items:,.0f} earlier items brought a new one"
    group = "all earlier items" if " " not in feature else "earlier items of the trader"
    return Reason("novelty", text, feature, times, None, None, None, "times seen", group, items, round(impact, 3))
