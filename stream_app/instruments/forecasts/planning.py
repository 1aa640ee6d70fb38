"""What comes in, against who can look at it: workload by lane, and revenue at risk under a control capacity.

Revenue at risk of a declaration is what random controls found owing, a control each: the only sample that nobody selected. Targeted controls
find more; what a capacity recovers is told of both. It assumes that findings go on as they did, and that a control finds what is there.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import Any

from stream_app.contracts.outcome import Outcome

CAPACITIES = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of the declarations that can be controlled."""


class Yield:
    """Duty that controls found owing, a control; Welford's mean and spread."""

    def __init__(self) -> None:
        self.n, self.mean, self.squares = 0, 0.0, 0.0

    def add(self, duty: float) -> None:
        self.n += 1
        away = duty - self.mean
        self.mean += away / self.n
        self.squares += away * (duty - self.mean)

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


def owing(outcome: Outcome) -> float:
    """Duty that a control found owing, in the accounting currency where the outcome says no other."""
    return max(0.0, outcome.duty_difference or 0.0)


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
