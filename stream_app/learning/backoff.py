"""Hierarchical back-off of decayed beta-binomial rates: P(irregular) of a goods item from ever narrower groups of controlled items."""

from stream_app.learning.table import Generations


class BackoffRates:
    """Each group's posterior rate is the prior of the next narrower one, worth `strength` controls. Sums are forward-decayed, so they add up.

    Groups are nested, so a control speaks at every level: the rate ranks well and is over-confident (on the KCS files AUC 0.886 and Brier
    0.096, against 0.874 and 0.102 with each level's own controls taken out of the wider ones).
    """

    __slots__ = ("prior", "strength", "table")

    def __init__(self, max_keys: int = 200_000, strength: float = 4.0, prior: float = 0.1) -> None:
        self.table: Generations[str, list[float]] = Generations(max_keys)
        self.strength = strength
        self.prior = prior

    def rate(self, keys: tuple[str, ...], growth: float) -> tuple[float, float]:
        """(P(irregular), controls in the narrowest known group) for keys given widest first. State is left unchanged."""
        rate, n, k = self.prior, 0.0, self.strength
        for sums in self.table.get(keys):
            if sums is None:
                break
            n = sums[0] / growth
            rate = (sums[1] / growth + k * rate) / (n + k)
        return rate, n

    def learn(self, keys: tuple[str, ...], irregular: bool, growth: float) -> None:
        """Add one control result to every group."""
        weight = growth if irregular else 0.0
        rows = self.table.renew(keys)
        self.table.put(keys, [[growth, weight] if row is None else [row[0] + growth, row[1] + weight] for row in rows])
