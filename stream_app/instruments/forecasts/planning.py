"""What comes in, against who can look at it: workload by lane, and revenue at risk under a control capacity.

Revenue at risk of a declaration is what random controls found owing, a controlled declaration each: the only sample that nobody selected. Targeted
controls find more; what a capacity recovers is told of both. It assumes that findings go on as they did, and that a control finds what is there.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.instruments.base import Plain
from stream_app.instruments.findings import UNKNOWN, Found, Lodged, Rates, owed, restored, taken, told
from stream_app.learning.table import BoundedTable

CAPACITIES = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of the declarations that can be controlled."""


class Yield:
    """Duty that was found owing, a controlled declaration; Welford's mean and spread."""

    def __init__(self) -> None:
        self.n, self.mean, self.squares = 0, 0.0, 0.0

    def add(self, duty: float) -> None:
        self.n += 1
        away = duty - self.mean
        self.mean += away / self.n
        self.squares += away * (duty - self.mean)

    def take_out(self, duty: float) -> None:
        """What was added before."""
        self.n -= 1
        if not self.n:
            self.mean, self.squares = 0.0, 0.0
            return
        away = duty - self.mean
        self.mean -= away / self.n
        self.squares = max(0.0, self.squares - away * (duty - self.mean))

    def told(self, confidence: float) -> dict[str, Any]:
        """Mean with its interval by the central limit theorem; findings are skewed, so below some hundred controls it is too narrow."""
        if not self.n:
            return {"n": 0, "mean": None, "lower": None, "upper": None}
        reach = NormalDist().inv_cdf((1.0 + confidence) / 2.0) * sqrt(self.squares / max(self.n - 1, 1) / self.n)
        return {
            "n": self.n,
            "mean": round(self.mean, 2),
            "lower": round(max(0.0, self.mean - reach), 2),
            "upper": round(self.mean + reach, 2),
        }

    def state(self) -> list[float]:
        return [self.n, self.mean, self.squares]

    def restore(self, state: Sequence[float]) -> None:
        self.n, self.mean, self.squares = int(state[0]), state[1], state[2]


class _Controlled(NamedTuple):
    """A declaration that was controlled; `counted`: what its yield has of it."""

    at_random: bool
    found: Found
    counted: float


class Yields:
    """Of random and of targeted controls. Outcomes that come again, correct one another or come before their declaration count once, in accounting
    currency; of more than `most` declarations the ones longest untouched count as they are."""

    def __init__(self, most: int) -> None:
        self.random, self.targeted = Yield(), Yield()
        self._controlled: BoundedTable[str, _Controlled] = BoundedTable(most)
        self._lodged: BoundedTable[str, Lodged] = BoundedTable(most)
        self._rates = Rates()

    def declared(self, event: Declaration) -> None:
        self._rates.declared(event.currency, event.exchange_rate)
        self._lodged.put(event.declaration_id, Lodged(event.currency, event.exchange_rate, len(event.items)))
        if known := self._controlled.get(event.declaration_id):
            self._count(event.declaration_id, known.at_random, known.found)

    def outcome(self, event: Outcome) -> None:
        """The first of a declaration says whether it was selected at random."""
        known = self._controlled.get(event.declaration_id)
        at_random = known.at_random if known else event.selection_reason == "random"
        self._count(event.declaration_id, at_random, taken(known.found if known else (), event, self._rates))

    def _count(self, number: str, at_random: bool, found: Found) -> None:
        known, duty = self._controlled.get(number), owed(found, self._lodged.get(number) or UNKNOWN)
        counted_in = self.random if at_random else self.targeted
        if known is not None:
            counted_in.take_out(known.counted)
        counted_in.add(duty)
        self._controlled.put(number, _Controlled(at_random, found, duty))

    def sizes(self) -> dict[str, tuple[int, int]]:
        return {
            "forecast_controlled": (len(self._controlled), self._controlled.forgotten),
            "forecast_lodged": (len(self._lodged), self._lodged.forgotten),
        }

    def state(self) -> Plain:
        return {
            "yields": [self.random.state(), self.targeted.state()],
            "controlled": [[number, at_random, told(found), duty] for number, (at_random, found, duty) in self._controlled.items()],
            "lodged": [[number, *one] for number, one in self._lodged.items()],
            "forgotten": [self._controlled.forgotten, self._lodged.forgotten],
            "rates": self._rates.state(),
        }

    def restore(self, state: Plain) -> None:
        for which, one in zip((self.random, self.targeted), state["yields"], strict=True):
            which.restore(one)
        for number, at_random, found, counted in state["controlled"]:
            self._controlled.put(number, _Controlled(at_random, restored(found), counted))
        for number, *lodged in state["lodged"]:
            self._lodged.put(number, Lodged(*lodged))
        self._controlled.forgotten, self._lodged.forgotten = state["forgotten"]
        self._rates.restore(state["rates"])


def capacities(volume: float, random: Yield, targeted: Yield) -> list[dict[str, Any]]:
    """For `volume` declarations to come: what each capacity would find, and what it would leave."""
    at_risk = volume * random.mean
    lines = []
    for share in CAPACITIES:
        controls = share * volume
        found = min(at_risk, controls * targeted.mean)
        lines.append(
            {
                "share": share,
                "controls": round(controls, 1),
                "found_at_random": round(controls * random.mean, 2),
                "found_targeted": round(found, 2),
                "left_at_risk": round(at_risk - found, 2),
            }
        )
    return lines
