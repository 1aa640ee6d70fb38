"""Pairs of attributes that do not belong together: an origin that does not make the goods, a route that nobody takes.

Misses: a false attribute that is common for its partner; three attributes that are usual two by two.
"""

from math import log
from operator import add, itemgetter, truediv

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features
from stream_app.learning.table import WeightTable

ATTRIBUTES = ("HS6", "origin", "departure", "procedure", "mode of transport", "office")
PAIRS = tuple((i, j) for i in range(len(ATTRIBUTES)) for j in range(i + 1, len(ATTRIBUTES)))
OFFICE = ATTRIBUTES.index("office")

Keys = tuple[list[tuple[int, str]], list[tuple[int, str, str]]]
"""Of the six attributes (their place, value), and of the fifteen pairs (their place, two values)."""


class RareCombination(Detector):
    """Surprise of one attribute given another, -ln P(b | a), the largest of the fifteen pairs.

    P(b | a) = (n_ab + k P(b)) / (n_a + k): the overall share of b until a is known well. A small office is no surprise in itself, so
    pairs with the office count only what they exceed the office's own rarity by.
    """

    quiet = 2.0

    def __init__(self, max_keys: int = 400_000, prior_strength: float = 5.0) -> None:
        self.max_keys = max_keys
        self.prior_strength = prior_strength
        self._values: WeightTable[tuple[int, str]] = WeightTable(max_keys)
        self._pairs: WeightTable[tuple[int, str, str]] = WeightTable(max_keys)
        self._total = 0.0

    def score_one(self, x: Features) -> float:
        return log(max(1.0, *self._lifts(x)))

    def _lifts(self, x: Features) -> list[float]:
        """1 / P(b | a) of every pair, in the order of PAIRS; for the office P(b) / P(b | a)."""
        if not self._total:
            return [1.0] * len(PAIRS)
        values, pairs = x.notes[self] = _keys(x)
        alone = self._values.sums(values)
        # Sums stay in growing weights, which cancel out of every ratio; the prior strength is scaled up to them instead.
        k = self.prior_strength * x.growth
        scale, half = k / (self._total + x.growth), 0.5 * x.growth
        priors = [(n + half) * scale for n in alone]
        likely = map(add, self._pairs.sums(pairs), _SECONDS(priors))
        found = [*map(truediv, _FIRSTS([n + k for n in alone]), likely)]
        office = priors[OFFICE] / k
        for q in _WITH_OFFICE:
            found[q] *= office
        return found

    def learn_one(self, x: Features) -> None:
        values, pairs = x.notes.pop(self, None) or _keys(x)
        self._values.add(values, x.growth)
        self._pairs.add(pairs, x.growth)
        self._total += x.growth

    def explain_one(self, x: Features) -> list[Reason]:
        """The two rarest pairs."""
        ranked = sorted(((log(max(lift, 1.0)), q) for q, lift in enumerate(self._lifts(x))), reverse=True)
        return self.worth_saying([self._reason(x, impact, q) for impact, q in ranked[:2] if impact > 0.0])

    def _reason(self, x: Features, impact: float, q: int) -> Reason:
        (i, j), (keys, pairs) = PAIRS[q], _keys(x)
        values = [value for _, value in keys]
        seen, both = self._values.sums(keys)[i] / x.growth, self._pairs.sums(pairs)[q] / x.growth
        group = f"{ATTRIBUTES[i]} {values[i]}"
        text = f"{ATTRIBUTES[j]} {values[j]} is unusual for {group}: {both:,.0f} of {seen:,.0f} earlier items"
        feature = f"{ATTRIBUTES[i]} x {ATTRIBUTES[j]}"
        return Reason("rare_combination", text, feature, values[j], None, None, None, "share of items", group, round(seen, 1), round(impact, 3))

    @property
    def keys_held(self) -> int:
        return len(self._values) + len(self._pairs)

    @property
    def keys_forgotten(self) -> int:
        return self._values.forgotten + self._pairs.forgotten


_FIRSTS = itemgetter(*(i for i, _ in PAIRS))
_SECONDS = itemgetter(*(j for _, j in PAIRS))
_WITH_OFFICE = tuple(index for index, (_, j) in enumerate(PAIRS) if j == OFFICE)


def _keys(x: Features) -> Keys:
    d, item = x.declaration, x.item
    a = x.hs6, item.origin_country, d.departure_country, item.procedure or d.procedure, d.transport_mode, d.office
    return [*enumerate(a)], [*zip(range(len(PAIRS)), _FIRSTS(a), _SECONDS(a), strict=True)]
