"""What every detector is: a River estimator that turns a goods item into nats of surprise."""

from abc import abstractmethod
from typing import ClassVar

from river import base

from stream_app.contracts.assessment import Reason
from stream_app.detectors.features import Features
from stream_app.learning.hashed import HashedTable
from stream_app.learning.plain import PART, Keeps
from stream_app.learning.shares import Shared


class Detector(base.Estimator):
    """`score_one` is pure, 0 before learning, and grows with surprise; `explain_one` says why, and is asked before the item is learned.

    Bounded: `keys_held` never exceeds what the constructor allows; `keys_forgotten` counts what went to keep it so.
    """

    stage: ClassVar[int] = 1
    """1: reads the item. 2: reads `Features.surprises`, the first stage's p-values."""

    weight: ClassVar[float] = 1.0
    """Share of the alert budget relative to other detectors, unless pipeline.toml says otherwise."""
    quiet: ClassVar[float] = 1.0
    """Nats below which a score, or a part of it, is no evidence, however calm the stream is."""

    counts_arrivals: ClassVar[bool] = False
    """Whether a declaration's own first version would speak in the score of its amendment: then amendments are not scored."""

    KEEPS: ClassVar[Keeps] = {}
    """What it learns, for checkpoints (learning/plain.py)."""

    @property
    def shared(self) -> dict[str, Shared]:
        """What it knows of goods and routes, whoever declares them, by a name of its own: partitions add theirs up."""
        return {}

    @abstractmethod
    def score_one(self, x: Features) -> float:
        """Surprise in nats, 0 or more. State is left unchanged."""

    @abstractmethod
    def learn_one(self, x: Features) -> None:
        """Take the item into what is usual."""

    @abstractmethod
    def explain_one(self, x: Features) -> list[Reason]:
        """Evidence behind the score, strongest first; empty when nothing is unusual. State it with `explain.reasons.reason`."""

    def counter_one(self, x: Features) -> list[Reason]:
        """What speaks for the item: what was asked and found quite usual, strongest first. Asked of selected items, before they are learned."""
        return []

    @property
    def warm(self) -> bool:
        """False while scores mean nothing yet: a window full of such zeros would make the first real score look like one in a million."""
        return True

    @property
    @abstractmethod
    def keys_held(self) -> int:
        """Keys in memory now."""

    @property
    @abstractmethod
    def keys_forgotten(self) -> int:
        """Keys given up so far to stay within the bound."""

    def worth_saying(self, reasons: list[Reason]) -> list[Reason]:
        """Those of `quiet` nats or more, strongest first."""
        return sorted((reason for reason in reasons if reason.impact >= self.quiet), key=lambda reason: -reason.impact)


class TableDetector(Detector):
    """A detector whose keys are those of its hashed tables; what it learns besides is for it to add to KEEPS."""

    KEEPS: ClassVar[Keeps] = {"tables": PART}

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
