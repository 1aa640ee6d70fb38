"""Decayed counts of controls and of those that found something. Additive: the tallies of several partitions add up to one."""

from dataclasses import dataclass

from stream_app.learning.decay import growth
from stream_app.learning.intervals import CONFIDENCE, Rate, weighted, wilson


@dataclass(slots=True)
class Tally:
    """Sums in growing weights (see decay.py): of weights, of weights of hits, of squared weights."""

    total: float = 0.0
    hits: float = 0.0
    squares: float = 0.0

    def add(self, hit: bool, weight: float = 1.0) -> None:
        """Count one control. `weight`: growth, over the propensity where that is to be made good."""
        self.total += weight
        self.squares += weight * weight
        if hit:
            self.hits += weight

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.total + other.total, self.hits + other.hits, self.squares + other.squares)

    def rate(self, confidence: float = CONFIDENCE) -> Rate | None:
        """The share of hits; None before the first control. `n` is Kish's effective number, which needs no decaying: growth cancels out."""
        if not self.total:
            return None
        return wilson(self.hits / self.total, self.total * self.total / self.squares, confidence)

    def count(self, at: float, half_life_days: float) -> float:
        """The decayed number of controls as of `at`, for tallies that were weighted by growth alone."""
        return self.total / growth(at, half_life_days)


@dataclass(slots=True)
class Design:
    """The share irregular among all that was scored, from controls that a logged policy chose: a post-stratified Hajek estimate.

    Two strata: what the policy was certain to select (propensity 1), and what it selected by chance, each control weighing 1 / propensity
    (Hajek 1971). They are put together by how many items of either kind were scored, whether or not their outcomes came; so it is enough that
    outcomes come alike within a stratum. Controls that somebody else ordered are no part of the design, and are left out.
    """

    certain: Tally
    chance: Tally
    scored_certain: float = 0.0
    scored_chance: float = 0.0
    scored_never: float = 0.0
    """Items that could not be selected: while there are any, nothing can be said of all."""

    @classmethod
    def empty(cls) -> "Design":
        return cls(Tally(), Tally())

    def scored(self, certain: int, by_chance: int, never: int, weight: float) -> None:
        """Count scored items, selected or not: those with propensity 1, between 0 and 1, and 0."""
        self.scored_certain += certain * weight
        self.scored_chance += by_chance * weight
        self.scored_never += never * weight

    def control(self, hit: bool, propensity: float, weight: float) -> None:
        """Count the outcome of an item that the policy selected with this propensity, in (0, 1]."""
        if propensity >= 1.0:
            self.certain.add(hit, weight)
        else:
            self.chance.add(hit, weight / propensity)

    def __add__(self, other: "Design") -> "Design":
        scored = (
            self.scored_certain + other.scored_certain,
            self.scored_chance + other.scored_chance,
            self.scored_never + other.scored_never,
        )
        return Design(self.certain + other.certain, self.chance + other.chance, *scored)

    def rate(self, confidence: float = CONFIDENCE) -> Rate | None:
        """None while a stratum that has items has no outcome, or there are items that cannot have one: nothing is claimed of what nobody sees."""
        strata = [(self.scored_certain, self.certain.rate(confidence)), (self.scored_chance, self.chance.rate(confidence))]
        present = [(scored, rate) for scored, rate in strata if scored]
        known = [(scored, rate) for scored, rate in present if rate is not None]
        if self.scored_never or not known or len(known) < len(present):
            return None
        total = sum(scored for scored, _ in known)
        return weighted([(scored / total, rate) for scored, rate in known])
