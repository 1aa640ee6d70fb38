"""What every movement detector is: a River estimator that turns one step of a container's voyage into nats of surprise."""

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from typing import Any, ClassVar

import numpy as np
from river import base

from stream_app.contracts.assessment import Reason
from stream_app.contracts.declared import Declared
from stream_app.detectors.movements.steps import Plan, Step
from stream_app.learning.compiled import Array
from stream_app.learning.hashed import HashedTable
from stream_app.learning.keys import code
from stream_app.learning.plain import PART, Keeps

ARRIVAL, MASS, SEALS, DECLARATION = 1, 2, 4, 8
"""That the container comes from another place, was weighed, that somebody looked at its seals, and that a declaration of the voyage names it."""


@dataclass(slots=True)
class Move:
    """One step at the end of what is known of its voyage. `growth` is the decay weight of now."""

    voyage: list[Step]
    """The steps of the voyage up to and including the one that is judged."""
    planned: list[Plan]
    growth: float
    declared: list[Declared] = field(default_factory=list)
    """What declarations of this voyage say of the container, the latest last."""
    asked: dict[str, Any] = field(default_factory=dict)
    """What detectors worked out about the step when they scored it: learning need not do so again."""
    step: Step = field(init=False)
    previous: Step | None = field(init=False)
    """The step before it, None for the voyage's first."""
    tells: int = field(init=False)
    """What there is to ask about the step: those of ARRIVAL, MASS, SEALS and DECLARATION that hold, added up."""

    def __post_init__(self) -> None:
        self.step = step = self.voyage[-1]
        self.previous = last = self.voyage[-2] if len(self.voyage) > 1 else None
        self.tells = (
            (ARRIVAL if last is not None and step.location is not None and last.location != step.location else 0)
            | (MASS if step.gross_mass_kg is not None else 0)
            | (SEALS if step.seals is not None else 0)
            | (DECLARATION if self.declared else 0)
        )

    def destination(self) -> str | None:
        """Where the container is planned to be discharged for good, by the plan that lies furthest ahead; None where nobody says."""
        found = None
        for plan in self.planned:
            if plan.type == "DISC" and not plan.transshipment and plan.location and (found is None or plan.at > found.at):
                found = plan
        return None if found is None else found.location

    def arrival(self) -> Step:
        """The first step of the stay that the step belongs to: since then the container has been at this place."""
        voyage, here = self.voyage, self.voyage[-1].location
        place = len(voyage) - 1
        while place and voyage[place - 1].location == here:
            place -= 1
        return voyage[place]


class MovementDetector(base.Estimator):
    """`score_one` is pure: None where there is nothing to ask of the step, else nats, 0 for what is usual; it grows with surprise.

    Bounded: `keys_held` never exceeds what the constructor allows; `keys_forgotten` counts what went to keep it so.
    """

    KEEPS: ClassVar[Keeps] = {"tables": PART}
    """What it learns, for checkpoints (learning/plain.py); what it learns besides its tables is for it to add."""

    stage: ClassVar[int] = 1
    """Those of stage 1 are asked first."""
    asks: ClassVar[frozenset[str] | None] = None
    """Types of the steps at which its question arises at all; None: at any."""
    needs: ClassVar[int] = 0
    """What such a step must tell for it to arise: ARRIVAL and the others, added up."""
    joins: ClassVar[bool] = False
    """Whether it compares with declarations, and is asked again when one comes."""
    weight: ClassVar[float] = 1.0
    """Share of the alert budget relative to other detectors, unless pipeline.toml says otherwise."""
    quiet: ClassVar[float] = 1.5
    """Nats below which a score is no evidence, however calm the stream is."""
    certain: ClassVar[float] = inf
    """Nats among all events from which on it is alerted whatever the budget: a contradiction, and not only something rare. Among all
    events: a question that arises at one in a hundred steps adds 4.6 nats to its answer."""

    @abstractmethod
    def score_one(self, x: Move) -> float | None:
        """Surprise in nats, None where the question does not arise. State is left unchanged."""

    @abstractmethod
    def learn_one(self, x: Move) -> None:
        """Take the step into what is usual."""

    @abstractmethod
    def explain_one(self, x: Move) -> list[Reason]:
        """Evidence behind the score, strongest first. State it with `explain.reasons.reason`."""

    def witnesses(self, x: Move) -> list[Step]:
        """The steps that the finding rests on, beside the one that is judged."""
        return [x.previous] if x.previous else []

    def declarations(self, x: Move) -> list[Declared]:
        """The declarations that the finding contradicts."""
        return []

    @classmethod
    def asked_of(cls, kind: str, tells: int) -> bool:
        """Whether its question may arise at a step of that type, which tells that: `score_one` is None for all others."""
        return (cls.asks is None or kind in cls.asks) and cls.needs & tells == cls.needs

    @property
    @abstractmethod
    def tables(self) -> tuple[HashedTable, ...]:
        """All that it holds by key."""

    @property
    def keys_held(self) -> int:
        return sum(map(len, self.tables))

    @property
    def keys_forgotten(self) -> int:
        return sum(table.forgotten for table in self.tables)


@lru_cache(65_536)
def group_code(name: str, *key: object) -> int:
    """The code of a group by its level and key."""
    return code("\x1f".join([name, *map(str, key)]))


@lru_cache(16_384)
def group_codes(*groups: tuple[str, ...]) -> Array:
    """Codes of groups, each (level, part, part, ...), in the order given. The same groups come again and again: nobody is to write to it."""
    return np.array([group_code(*group) for group in groups], np.uint64)
