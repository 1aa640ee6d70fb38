"""Detectors of contradictions share this: something that should not be, and how rarely it nevertheless is, in ever wider groups.

Real records are not free of them: events get lost, numbers are mistyped. A contradiction weighs -ln of its share among all cases in which
it could have been, so one that is daily bread at a terminal is no evidence there.
"""

from abc import abstractmethod
from math import log
from typing import ClassVar, NamedTuple

from stream_app.contracts.assessment import Reason
from stream_app.contracts.declared import Declared
from stream_app.detectors.movements.base import Move, MovementDetector, group_codes
from stream_app.detectors.movements.steps import Step
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import Array
from stream_app.learning.hashed import HashedTable
from stream_app.learning.incidence import Incidence

Groups = tuple[tuple[str, ...], ...]


class Case(NamedTuple):
    """A case in which it could have been: whether it was, how much worse than the least of its kind (nats), and what it is compared with.

    `subject`: a group in words that the reason's text speaks of, such as the seals before.
    """

    hit: bool
    groups: Groups
    worse: float = 0.0
    actual: str | float | None = None
    typical: float | None = None
    subject: tuple[str, ...] | None = None
    before: Step | None = None
    code: str | None = None
    """Of the reason, where it is not the detector's own."""
    declared: Declared | None = None


LATE_H = ((1.0, "at once"), (6.0, "within hours"), (24.0, "within a day"))
LATEST = "days later"


def told_late(*steps: Step) -> str:
    """How long after it happened the latest of them was recorded: of what is told late more is wrong."""
    hours = max((one.recorded - one.at) / 3_600.0 for one in steps)
    return next((word for limit, word in LATE_H if hours <= limit), LATEST)


class IncidentDetector(MovementDetector):
    """-ln of the share of such cases in which it happened, and what makes this one worse."""

    KEEPS = MovementDetector.KEEPS | {"_cases": int}

    certain = 6.0  # one event in four hundred
    code: ClassVar[str]
    """Of its reasons: the module's name."""
    prior: ClassVar[float] = 0.01
    strength: ClassVar[float] = 100.0

    def __init__(self, max_keys: int = 20_000, min_cases: int = 50) -> None:
        """`min_cases`: before so many are known it says nothing: where nobody sends plans, everything is off the plan."""
        self.max_keys = max_keys
        self.min_cases = min_cases
        self._cases = 0
        self._shares = Incidence(max_keys, self.prior, self.strength)

    @abstractmethod
    def case(self, x: Move) -> Case | None:
        """None where the question does not arise at this step."""

    def _case(self, x: Move) -> tuple[Case, Array] | None:
        """With the codes of its groups, worked out once a step."""
        if self.code not in x.asked:
            case = self.case(x)
            x.asked[self.code] = case and (case, group_codes(*case.groups))
        found: tuple[Case, Array] | None = x.asked[self.code]
        return found

    def score_one(self, x: Move) -> float | None:
        """Nats; 0 where nothing is wrong, None where nothing is asked and until `min_cases` are known."""
        found = self._case(x)
        if found is None or self._cases < self.min_cases:
            return None
        return self._surprise(x, *found) if found[0].hit else 0.0

    def learn_one(self, x: Move) -> None:
        found = self._case(x)
        if found is not None:
            self._shares.count(found[1], found[0].hit, x.growth)
            self._cases += 1

    def explain_one(self, x: Move) -> list[Reason]:
        """What contradicts what, and how often that is so elsewhere."""
        case = self.case(x)
        if case is None or not case.hit:
            return []
        codes = group_codes(*case.groups)
        found = [(group, self._shares.share(codes[place:], x.growth)) for place, group in enumerate(case.groups)]
        path = [step(*group, n=n, value=share) for group, (share, n, _) in reversed(found)]
        if case.subject is not None:
            path.append(step(*case.subject, n=path[-1].n))
        return [reason(case.code or self.code, self.code, actual=case.actual, typical=case.typical, path=path, impact=self._surprise(x, case, codes))]

    def witnesses(self, x: Move) -> list[Step]:
        case = self.case(x)
        return [case.before] if case is not None and case.before is not None else []

    def declarations(self, x: Move) -> list[Declared]:
        case = self.case(x)
        return [case.declared] if case is not None and case.declared is not None else []

    def _surprise(self, x: Move, case: Case, codes: Array) -> float:
        return case.worse - log(self._shares.share(codes, x.growth)[0])

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._shares.table,)
