"""Detectors that compare how long something took share this: the logarithm of a time span against the back-off of its groups, two-sided.

Ships sail once a week, so what misses one takes a week more: no bell curve fits that, and `learning/precedents.py` knows it once it was seen.
"""

from abc import abstractmethod
from math import exp, log
from typing import NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.movements.base import Move, MovementDetector, group_codes
from stream_app.detectors.movements.incidents import told_late
from stream_app.detectors.movements.steps import Step
from stream_app.explain.reasons import reason, step, student
from stream_app.learning.compiled import Array
from stream_app.learning.decay import DAY
from stream_app.learning.hashed import HashedTable
from stream_app.learning.incidence import Incidence
from stream_app.learning.peers import PeerSpread, Spread
from stream_app.learning.precedents import Precedents

SHORTEST_S = 60.0
"""Clocks are not better than a minute."""
ODD_NATS, ODD_SHARE = 4.0, 0.01
"""From when on a span is odd, and the share of those, before any is known."""
EMPTY = 0.4
"""What the surprise of an empty container's span weighs: nobody hurries to bring it back, and there is nothing in it."""
OWN_LEVELS = 2
"""The narrowest groups, which are of the same place or the same two; beyond them a span is compared with those of other places."""

Group = tuple[str, ...]
"""The name of a level in the catalogue, and the parts of the group's key."""


class Span(NamedTuple):
    """What took how long, and the groups to compare it with, narrowest first."""

    seconds: float
    groups: tuple[Group, ...]
    since: Step


class Measured(NamedTuple):
    """A span with the codes of its groups, its logarithm, how late it was told, and what its peers let expect: None until enough are known."""

    span: Span
    codes: Array
    value: Array
    late: Array
    spread: Spread | None
    nats: float
    """ln of the curve's peak over the density there (learning/precedents.py)."""


class SpanDetector(MovementDetector):
    """How far a span is from what its groups usually take, in either direction, and whether any of them took about as long."""

    feature: str
    """Of its reasons, which are `<feature>_low` and `<feature>_high`."""

    def __init__(self, max_keys: int = 100_000, min_peers: float = 5.0, below: float = 0.4, elsewhere: float = 0.4) -> None:
        """`below`: what the surprise of a span that is shorter than usual weighs; `elsewhere`: of one that only other places' are known for."""
        self.max_keys = max_keys
        self.min_peers = min_peers
        self.below = below
        self.elsewhere = elsewhere
        self._peers = PeerSpread([(0, -1, False, 1.0)], max_keys, min_peers, mean_strength=2.0, variance_strength=8.0, clip=3.0)
        self._precedents = Precedents(max_keys)
        self._odd = Incidence(1_024, ODD_SHARE)

    def _measured(self, x: Move) -> Measured | None:
        """Worked out once a step, before it is learned."""
        if self.feature not in x.asked:
            x.asked[self.feature] = self._measure(x)
        found: Measured | None = x.asked[self.feature]
        return found

    def _measure(self, x: Move) -> Measured | None:
        span = self.span(x)
        if span is None:
            return None
        codes, value = group_codes(*span.groups), np.array([log(max(span.seconds, SHORTEST_S))])
        late = group_codes(("told_late", x.step.type, told_late(span.since, x.step)), ("told", x.step.type))
        return Measured(span, codes, value, late, *self._precedents.judged(self._peers, codes, value, x.growth))

    @abstractmethod
    def span(self, x: Move) -> Span | None:
        """What there is to measure at this step; None for nothing."""

    def score_one(self, x: Move) -> float | None:
        """Nats; None where nothing ends with the step, and until `min_peers` spans of the widest group are known."""
        found = self._measured(x)
        return None if found is None or found.spread is None else self._surprise(x, found, found.spread)

    def _surprise(self, x: Move, found: Measured, spread: Spread) -> float:
        nats = found.nats
        if spread.level >= OWN_LEVELS:
            nats *= self.elsewhere
        if x.step.laden is False:
            nats *= EMPTY
        if found.value[0] < spread.mean:
            nats *= self.below
        return max(0.0, nats - self._told_badly(x, found.late)) if nats > 0.0 else 0.0

    def _told_badly(self, x: Move, late: Array) -> float:
        """Nats by which more spans are odd among those of which an end was told as late: wrong times are told late, mostly."""
        return max(0.0, log(self._odd.lift(late, x.growth)))

    def learn_one(self, x: Move) -> None:
        found = self._measured(x)
        if found is not None:
            self._odd.count(found.late, found.nats >= ODD_NATS, x.growth)
            self._precedents.learn_both(self._peers, found.codes, found.value, x.growth)

    def explain_one(self, x: Move) -> list[Reason]:
        """How long it took against what is usual, in days."""
        found = self._measured(x)
        return [] if found is None or found.spread is None else [self._reason(x, found, found.spread)]

    def _reason(self, x: Move, found: Measured, spread: Spread) -> Reason:
        levels = self._peers.levels(found.codes, 0, x.growth)
        expected = self._peers.expected(levels)
        path = [
            step(name, *key, n=own.n, value=_days(own.mean) if own.n else None, estimate=None if mean is None else _days(mean))
            for (name, *key), own, mean in zip(found.span.groups, levels, expected, strict=True)
        ][::-1]
        return reason(
            f"{self.feature}_{'low' if found.value[0] < spread.mean else 'high'}",
            self.feature,
            actual=found.span.seconds / DAY,
            typical=_days(spread.mean),
            lower=_days(spread.mean - 2 * spread.deviation),
            upper=_days(spread.mean + 2 * spread.deviation),
            distribution=student(spread.mean - log(DAY), spread.deviation, spread.freedom),
            path=path,
            speaks=len(path) - 1 - spread.level,
            impact=self._surprise(x, found, spread),
        )

    def witnesses(self, x: Move) -> list[Step]:
        found = self._measured(x)
        return [] if found is None else [found.span.since]

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return self._peers.table, self._precedents.bins, self._odd.table


def _days(logarithm: float) -> float:
    return exp(logarithm) / DAY
