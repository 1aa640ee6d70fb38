"""What controls of containers find teaches here too: the share of irregular ones by lane, by carrier, and by the place of loading.

A control is a CUSS or CUSI with its result. Each factor's share is a decayed beta-binomial one that backs off to that of all controls; factors
add up in log-odds, as if they were independent given the result (naive Bayes: Duda and Hart, Pattern Classification, 1973). Controls are
selected, so this is the rate among what was thought worth a control. Misses: what only two factors together tell.
"""

from typing import NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.movements.base import Move, group_codes
from stream_app.detectors.movements.steps import Step
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import Array
from stream_app.learning.incidence import Incidence
from stream_app.learning.odds import log_odds, probability
from stream_app.learning.plain import PART

CONTROLS = frozenset({"CUSS", "CUSI"})
PRIOR, STRENGTH = 0.05, 10.0
ENOUGH = 30
"""Results before which nothing is said."""
TWICE = 0.69
"""Log-odds from which on a factor is a reason: twice the odds of all controls."""
REMEMBERED = 8_192
LOADING = frozenset({"GTIN", "LOAD"})


class Factors(NamedTuple):
    """Of a container at one step of its voyage; "-" for what is not known."""

    origin: str
    destination: str
    carrier: str
    loading: str


class ControlRates:
    """P(a control finds something) of a container. Between two results it depends on the factors only."""

    KEEPS = {"_irregular": PART, "results": int, "_growth": float}

    def __init__(self, max_keys: int = 20_000) -> None:
        self.results = 0
        self._growth = 1.0
        self._irregular = Incidence(max_keys, PRIOR, STRENGTH)
        self._known: dict[Factors, float] = {}

    def score_one(self, x: Move) -> float | None:
        """None before ENOUGH results are known."""
        if self.results < ENOUGH:
            return None
        factors = factors_of(x)
        found = self._known.get(factors)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = self._known[factors] = self._probability(factors)
        return found

    def learn_one(self, x: Move) -> None:
        """Take the result of a control in, once: what is told again, or by two, counts as it was told first."""
        here = x.step
        if not _is_result(here) or any(_is_result(one) and one.location == here.location for one in x.voyage[:-1]):
            return
        self._growth = x.growth
        factors = factors_of(x)
        lane, carrier, loading = _codes(factors)
        self._irregular.count(np.concatenate([lane, carrier[:1], loading[:1]]), here.control_result == "irregular", x.growth)
        self.results += 1
        self._known.clear()

    def explain_one(self, x: Move) -> list[Reason]:
        """The factors that at least double the odds, strongest first."""
        if self.results < ENOUGH:
            return []
        factors, base = factors_of(x), self._share(_ALL)
        found = []
        for name, key, codes in zip(_NAMES, _keys(factors), _codes(factors), strict=True):
            share, n, _ = self._irregular.share(codes, self._growth)
            lift = log_odds(share) - log_odds(base)
            if lift >= TWICE and n >= 1.0:
                path = [step("controls", n=self.results, value=base), step(name, *key, n=n, value=share)]
                found.append(reason("controls_irregular", "controls", actual=share, typical=base, path=path, impact=lift))
        return sorted(found, key=lambda one: -one.impact)

    def _probability(self, factors: Factors) -> float:
        *shares, every = self._irregular.shares(_all_codes(factors), _ENDS, self._growth)
        base = log_odds(every)
        return probability(base + sum([log_odds(share) - base for share in shares]))

    def _share(self, codes: Array) -> float:
        return self._irregular.share(codes, self._growth)[0]

    @property
    def size(self) -> tuple[int, int]:
        """Keys held, keys forgotten."""
        return len(self._irregular.table), self._irregular.table.forgotten


_NAMES = ("controls_on_lane", "controls_of_carrier", "controls_loaded_at")
_ALL = group_codes(("controls",))
Groups = tuple[tuple[str, ...], ...]


def factors_of(x: Move) -> Factors:
    """The lane begins in the country where the container was first seen, and ends where it is planned to be discharged, or is now."""
    first = x.voyage[0]
    destination = x.destination()
    ends = x.step.country if destination is None else destination[:2]
    carrier = next((one.carrier_id for one in reversed(x.voyage) if one.carrier_id), None)
    loading = next((one.location for one in x.voyage if one.type in LOADING and one.location), first.location)
    return Factors(first.country or "-", ends or "-", carrier or "-", loading or "-")


def _is_result(one: Step) -> bool:
    return one.type in CONTROLS and one.control_result is not None


def _keys(factors: Factors) -> list[tuple[str, ...]]:
    """What a reason may say of each factor: never who the carrier is."""
    return [(factors.origin, factors.destination), (), (factors.loading,)]


def _all_codes(factors: Factors) -> Array:
    """Those of `_codes`, and of all controls, one behind the other."""
    return group_codes(*(group for groups in _groups(factors) for group in groups), ("controls",))


def _codes(factors: Factors) -> list[Array]:
    """Of each factor, narrowest first; all end in the controls of everything."""
    return [group_codes(*groups) for groups in _groups(factors)]


def _groups(factors: Factors) -> tuple[Groups, ...]:
    return (
        (("controls_on_lane", factors.origin, factors.destination), ("controls_from", factors.origin), ("controls",)),
        (("controls_of_carrier", factors.carrier), ("controls",)),
        (("controls_loaded_at", factors.loading), ("controls",)),
    )


_ENDS = np.cumsum([*map(len, _groups(Factors("-", "-", "-", "-"))), 1])
"""Where the groups of each factor end among `_all_codes`, and those of all controls."""
