"""The supervised heads together: they score every item, keep it until its outcome comes, and learn from that, however late it is."""

from dataclasses import dataclass
from math import nan
from typing import NamedTuple

from stream_app.contracts.assessment import HeadState, Reason
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.features import ROW_BYTES, Features
from stream_app.engine.heads import history
from stream_app.engine.heads.challengers import Challengers
from stream_app.engine.heads.groups import encode
from stream_app.engine.heads.head import Head
from stream_app.engine.heads.kept import are_sound, pack, propensity_of, unpack
from stream_app.engine.heads.priors import Priors, Told, moved
from stream_app.engine.heads.revenue import duty_at_stake
from stream_app.engine.heads.scoring import KEPT_BYTES, score_both, teach_both
from stream_app.engine.pipeline import Pipeline
from stream_app.learning.decay import DAY
from stream_app.learning.lessons import Batch, Lesson, Lessons
from stream_app.learning.pending import Awaiting, Note, Pending, Taught
from stream_app.learning.plain import PART

FAR = 1e11
"""Seconds from 1970 that no outcome is decided at."""


class Growth(NamedTuple):
    """The fast speeds' weights of one moment."""

    non_compliance: float
    critical: float


@dataclass(slots=True)
class Risk:
    """What the heads say of one item: probabilities (None until the first outcome was learned), revenue in accounting currency. `controls`:
    how many of the narrowest known group of its goods were controlled."""

    non_compliance: float | None
    critical: float | None
    revenue_at_risk: float | None
    controls: float
    scored: bytes
    """What `learn` wants back of the item (scoring.py)."""

    @property
    def said(self) -> list[float]:
        """Of the three heads in this order, NaN where one has nothing to say."""
        return [nan if value is None else value for value in (self.non_compliance, self.critical, self.revenue_at_risk)]


class Awaited(Pending[bytes, Outcome]):
    """Goods items as packed (kept.py), and outcomes whose declaration is to come."""

    KEEPS = Pending.keeps(bytes, Outcome)

    __slots__ = ()

    def taken_in(self) -> None:
        """Raises ValueError for an item that kernels cannot read."""
        packed = [item for row in self.rows() for item in (*row.items.values(), *(taught.item for taught in row.taught.values()))]
        if not are_sound(packed):
            raise ValueError("holds what is no goods item")


class Heads:
    """Non-compliance, critical and revenue at risk; one never stands in for another.

    A checkpoint keeps all but the challengers, whose forests have no plain form: they decide nothing, and begin anew. The lessons are kept with the
    engine's shares.
    """

    KEEPS = {"non_compliance": PART, "critical": PART, "pending": PART}

    def __init__(self, pipeline: Pipeline, priors: Priors | None = None) -> None:
        """`priors`: what is known from beyond the declarations; the worker's, which the shell keeps."""
        self._priors = Priors() if priors is None else priors
        self.non_compliance = Head(pipeline.non_compliance)
        self.critical = Head(pipeline.critical)
        outcomes = pipeline.outcomes
        self.challengers = Challengers(pipeline.challengers)
        self.lessons = Lessons()
        self._late = outcomes.late_days * DAY
        self._propensity_cap = outcomes.inverse_propensity_cap
        self.pending = Awaited(outcomes.keep_days, outcomes.keep_declarations, outcomes.early)

    def growth(self, at: float) -> Growth:
        return Growth(self.non_compliance.growth(at), self.critical.growth(at))

    def score(self, items: list[Features], growth: Growth) -> list[Risk]:
        """What the heads say of a declaration's items. State is left unchanged."""
        rows, kept = score_both(items[0].goods, self.non_compliance.model, self.critical.model, growth)
        scored = [kept[begin : begin + KEPT_BYTES] for begin in range(0, len(kept), KEPT_BYTES)]
        if not self._priors.are_silent:
            return [self._with_priors(*one) for one in zip(items, rows, scored, strict=True)]
        if not self.non_compliance.outcomes:
            return [Risk(None, None, None, 0.0, one) for one in scored]
        return [_risk(*one) for one in zip(items, rows, scored, strict=True)]

    def _with_priors(self, x: Features, said: list[float], scored: bytes) -> Risk:
        """Before the first outcome only of items that something was told of."""
        told = self._priors.told(x)
        if told is None and not self.non_compliance.outcomes:
            return Risk(None, None, None, 0.0, scored)
        return _risk(x, said, scored, told)

    def keep(self, items: list[Features], risks: list[Risk], propensities: list[float]) -> dict[int, bytes]:
        """A declaration's items as scored, for `await_outcome`, by number. `propensities`: how likely each was to be controlled."""
        rows, kept = items[0].goods.words.tobytes(), {}
        for x, risk, propensity in zip(items, risks, propensities, strict=True):
            begin = x.number * ROW_BYTES
            kept[x.item.item_number] = pack(rows[begin : begin + ROW_BYTES], risk.scored, propensity)
        return kept

    def await_outcome(self, declaration: Declaration, kept: dict[int, bytes]) -> list[Note]:
        """Keep a declaration's items; learn at once what was found before it came."""
        early = self.pending.keep(declaration.declaration_id, Awaiting(declaration.version, declaration.lodged_epoch, kept, {}))
        return [self.learn(outcome) for outcome in early]

    def learn(self, outcome: Outcome, numbers: list[int] | None = None) -> Note:
        """Teach every item that the outcome speaks of (by default the one it names, or all), once; what says otherwise of an item later corrects it.

        However many items it is about, it counts as one outcome.
        """
        row = self.pending.get(outcome.declaration_id)
        if row is None:
            self.pending.hold(outcome.declaration_id, outcome)
            return Note.UNKNOWN_DECLARATION
        if numbers is None:
            numbers = list(row.items) if outcome.item_number is None else [outcome.item_number]
        if any(number not in row.items for number in numbers):
            return Note.UNKNOWN_ITEM
        fresh = [number for number in numbers if number not in row.taught]
        if not fresh:
            return self._correct(row, outcome, numbers)
        row.taught = {**row.taught}
        # Compliant as a whole, every item was; irregular as a whole, one of them was, and nobody said which.
        share = 1.0 / len(fresh) if outcome.irregular else 1.0
        for number in fresh:
            self._teach(row, number, Taught(outcome.irregular, outcome.critical, share, outcome.decided_epoch, row.items[number]))
            if share == 1.0 and self.challengers.sampled(outcome.declaration_id):
                self.challengers.learn(unpack(row.items[number]), outcome.irregular)
        self._count(outcome.irregular, outcome.critical)
        return Note.LEARNED_LATE if outcome.decided_epoch - row.lodged_epoch > self._late else Note.LEARNED

    def _teach(self, row: Awaiting[bytes], number: int, finding: Taught) -> None:
        row.taught[number] = finding
        self._take(Lesson(*finding, forget=False))

    def _take(self, lesson: Lesson) -> None:
        self.lessons.tell(lesson)
        self.take(lesson)

    @staticmethod
    def are_lessons(batch: Batch) -> bool:
        """Whether kernels can learn them, and sums stay numbers."""
        sound = all(0.0 < lesson.share <= 1.0 and abs(lesson.at) < FAR for lesson in batch.lessons)
        counted = 0 <= batch.critical <= batch.outcomes and 0 <= batch.irregular <= batch.outcomes
        return sound and counted and are_sound([lesson.item for lesson in batch.lessons])

    def take(self, lesson: Lesson) -> None:
        """Learn what a control found, here or in another partition."""
        weight = lesson.share * self._inverse_propensity(propensity_of(lesson.item))
        if lesson.forget:
            kept = unpack(lesson.item)
            groups, _ = encode(kept.codes, kept.measures)
            self.non_compliance.forget(groups, lesson.irregular, lesson.at, weight)
            self.critical.forget(groups, lesson.critical, lesson.at, weight)
        else:
            irregular, critical = self.non_compliance.finding(lesson.irregular, lesson.at), self.critical.finding(lesson.critical, lesson.at)
            teach_both(lesson.item, irregular, critical, weight)

    def _count(self, irregular: bool, critical: bool) -> None:
        self.lessons.tell_outcome(irregular, critical)
        self.count(1, irregular, critical)

    def count(self, outcomes: int, irregular: int, critical: int) -> None:
        """As many outcomes more, of however many items, and what they found."""
        self.non_compliance.count(irregular, outcomes)
        self.critical.count(critical, outcomes)

    def _correct(self, row: Awaiting[bytes], outcome: Outcome, numbers: list[int]) -> Note:
        """Take earlier results out of the rates and learn the new one; the regression and the blend learn it beside the old."""
        wrong = [number for number in _corrected(row.taught, outcome, numbers) if outcome.decided_epoch >= row.taught[number].at]
        if not wrong:
            return Note.REPEATED
        row.taught = {**row.taught}
        share = 1.0 / len(wrong) if outcome.irregular else 1.0
        for number in wrong:
            self._take(Lesson(*row.taught[number], forget=True))
            self._teach(row, number, Taught(outcome.irregular, outcome.critical, share, outcome.decided_epoch, row.items[number]))
        return Note.CORRECTED

    def _inverse_propensity(self, propensity: float) -> float:
        """1 unless [outcomes] inverse_propensity_cap is above 1; then what was rarely selected weighs up to that much."""
        return max(1.0, min(1.0 / propensity, self._propensity_cap)) if self._propensity_cap > 1.0 and propensity > 0.0 else 1.0

    def on_drift(self) -> None:
        """Trust recent outcomes more for the next few hundred of them."""
        self.non_compliance.model.on_drift()
        self.critical.model.on_drift()

    @property
    def mature(self) -> tuple[str, ...]:
        """The heads that have learned enough to select."""
        irregular = ("non_compliance", "revenue_at_risk") if self.non_compliance.state.maturity == "mature" else ()
        return (*irregular, "critical") if self.critical.state.maturity == "mature" else irregular

    def states(self) -> dict[str, HeadState]:
        """Maturity and outcomes by head. Revenue is as mature as the probability it rests on."""
        irregular = self.non_compliance.state
        return {"non_compliance": irregular, "critical": self.critical.state, "revenue_at_risk": irregular}

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Every bounded table by name: rows held, rows forgotten so far."""
        found = {}
        for name, head in (("non_compliance", self.non_compliance), ("critical", self.critical)):
            table = head.model.backoff.table
            found[name] = len(table), table.forgotten
        found["awaiting_outcome"] = len(self.pending), self.pending.forgotten + self.pending.expired
        return found

    def explain(self, x: Features, risk: Risk, head: str) -> tuple[list[Reason], list[Reason]]:
        """What earlier controls say against an item that `head` ranked highest, and for it."""
        against, clean = history.explain(x, self.non_compliance.model, history.IRREGULAR)
        if head == "critical":
            against = history.explain(x, self.critical.model, history.CRITICAL)[0] + against
        if head == "revenue_at_risk" and risk.revenue_at_risk is not None and self.non_compliance.outcomes:
            against = [history.at_stake(x, risk.revenue_at_risk, self.non_compliance.model), *against]
        return against, clean

    def explain_priors(self, x: Features) -> list[Reason]:
        """What seizures and partners' exports say against an item."""
        return self._priors.explain(x)


def _corrected(taught: dict[int, Taught], outcome: Outcome, numbers: list[int]) -> list[int]:
    """The items of which an outcome says otherwise than what was learned. The same result is news where the earlier one was about several items, and
    now this one is named. One about several says nothing of an item that was named, unless it contradicts them all."""
    said = (outcome.irregular, outcome.critical)
    differ = [number for number in numbers if (taught[number].irregular, taught[number].critical) != said]
    if len(numbers) == 1:
        return differ if taught[numbers[0]].share == 1.0 else numbers
    if outcome.irregular and not any(taught[number].irregular for number in numbers):
        return differ
    return [number for number in differ if taught[number].irregular and taught[number].share < 1.0]


def _risk(x: Features, said: list[float], scored: bytes, told: Told | None = None) -> Risk:
    probability, critical, controls = said
    duty = duty_at_stake(x.declaration, x.item)
    if told is not None:
        # What is learned from stays the head's own (`scored`): it is not to learn its way around what it was told.
        probability, critical = moved(probability, told.irregular), moved(critical, told.critical)
    return Risk(probability, critical, None if duty is None else probability * duty, controls, scored)
