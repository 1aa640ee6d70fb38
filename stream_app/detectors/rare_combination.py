"""Pairs of attributes that do not belong together: an origin that does not make the goods, a route that nobody takes.

Misses: a false attribute that is common for its partner; three attributes that are usual two by two.
"""

from math import log

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features
from stream_app.learning.table import BoundedTable

ATTRIBUTES = ("HS6", "origin", "departure", "procedure", "mode of transport", "office")
PAIRS = tuple((i, j) for i in range(len(ATTRIBUTES)) for j in range(i + 1, len(ATTRIBUTES)))
QUIET = 2.0


class RareCombination(Detector):
    """Surprise of one attribute given another, -ln P(b | a), the largest of the fifteen pairs.

    P(b | a) = (n_ab + k P(b)) / (n_a + k): the overall share of b until a is known well.
    """

    def __init__(self, max_keys: int = 400_000, prior_strength: float = 2.0) -> None:
        self.max_keys = max_keys
        self.prior_strength = prior_strength
        self._weights: BoundedTable[tuple[int, str, str], float] = BoundedTable(max_keys)
        self._total = 0.0

    def _surprises(self, x: Features) -> list[float]:
        if not self._total:
            return [0.0] * len(PAIRS)
        get, k, growth, values = self._weights.get, self.prior_strength, x.growth, _values(x)
        total = self._total / growth + 1.0
        alone = [get((index, value, ""), 0.0) / growth for index, value in enumerate(values)]
        shares = [k * (n + 0.5) / total for n in alone]
        return [
            -log((get((i * 6 + j, values[i], values[j]), 0.0) / growth + shares[j]) / (alone[i] + k)) for i, j in PAIRS
        ]  # fmt: skip

    def score_one(self, x: Features) -> float:
        return max(0.0, *self._surprises(x))

    def learn_one(self, x: Features) -> None:
        values, growth = _values(x), x.growth
        for index, value in enumerate(values):
            self._add((index, value, ""), growth)
        for i, j in PAIRS:
            self._add((i * 6 + j, values[i], values[j]), growth)
        self._total += growth

    def _add(self, key: tuple[int, str, str], growth: float) -> None:
        self._weights.put(key, self._weights.get(key, 0.0) + growth)

    def explain_one(self, x: Features) -> list[Reason]:
        """The two rarest pairs."""
        ranked = sorted(zip(self._surprises(x), PAIRS, strict=True), reverse=True)
        return [self._reason(x, impact, i, j) for impact, (i, j) in ranked[:2] if impact >= QUIET]

    def _reason(self, x: Features, impact: float, i: int, j: int) -> Reason:
        values = _values(x)
        seen = self._weights.get((i, values[i], ""), 0.0) / x.growth
        both = self._weights.get((i * 6 + j, values[i], values[j]), 0.0) / x.growth
        group = f"{ATTRIBUTES[i]} {values[i]}"
        text = f"{ATTRIBUTES[j]} {values[j]} is unusual for {group}: {both:,.0f} of {seen:,.0f} earlier items"
        feature = f"{ATTRIBUTES[i]} x {ATTRIBUTES[j]}"
        return Reason("rare_combination", text, feature, values[j], None, None, None, "share of items", group, round(seen, 1), round(impact, 3))

    @property
    def keys_held(self) -> int:
        return len(self._weights)

    @property
    def keys_forgotten(self) -> int:
        return self._weights.forgotten


def _values(x: Features) -> tuple[str, ...]:
    d, item = x.declaration, x.item
    return x.hs6, item.origin_country, d.departure_country, item.procedure or d.procedure, d.transport_mode, d.office
