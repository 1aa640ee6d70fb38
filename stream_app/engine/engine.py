"""One declaration in, one Assessment out; all learned state of one input partition. Score before learning, always."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stream_app.contracts.assessment import Alert, Assessment, HeadState, ItemAssessment, Source, deterministic_id
from stream_app.contracts.declaration import Declaration, submitter_of
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.milestone import Milestone
from stream_app.contracts.outcome import VALUABLE, Outcome
from stream_app.detectors.features import Features, features
from stream_app.detectors.registry import detector_classes, movement_detector_classes
from stream_app.engine.alerts import alert, is_alert_of, leading, strictest
from stream_app.engine.heads.heads import Heads
from stream_app.engine.heads.priors import Priors
from stream_app.engine.judging import Judge, Verdict
from stream_app.engine.monitoring.monitor import Monitor
from stream_app.engine.monitoring.notes import Scored
from stream_app.engine.movements.overdue import NEVER_ARRIVED, SHORTLANDED
from stream_app.engine.panel import Failure, Panel
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.selection import TYPOLOGIES, ControlLists, Selector
from stream_app.engine.shares import Shares
from stream_app.instruments.base import Event
from stream_app.instruments.data_quality import DataQuality
from stream_app.instruments.suite import build
from stream_app.learning.decay import growth
from stream_app.learning.pending import Note
from stream_app.learning.plain import PART

TAUGHT = (Note.LEARNED, Note.LEARNED_LATE)


@dataclass(slots=True)
class Result:
    """What came of one declaration: its assessment, an alert where one was selected, how many items were learned from (none of an amendment's),
    detectors that failed, outcomes that had been waiting."""

    assessment: Assessment
    alert: Alert | None
    learned_items: int
    failures: list[Failure] = field(default_factory=list)
    early_outcomes: list[Note] = field(default_factory=list)


class Engine:
    """Detectors, heads and selection over the records of one partition, in their order. No clock: time is the declaration's."""

    KEEPS = {
        "_now": float,
        "panel": PART,
        "heads": PART,
        "selector": PART,
        "monitor": PART,
        "instruments": PART,
        "_has_milestones": bool,
        "beside": PART,
    }

    def __init__(
        self,
        pipeline: Pipeline,
        mode: str = "live",
        lists: ControlLists | None = None,
        part: tuple[int, int] = (0, 1),
        priors: Priors | None = None,
    ) -> None:
        """`lists`, `priors`: the worker's, which the shell keeps; `part`: (which, of how many) partitions this engine has."""
        self.pipeline = pipeline
        self.mode = mode
        self.model = pipeline.version()
        # The latest event time seen. A late record counts as of now: it must not see the past with today's weights.
        self._now = 0.0
        self.panel = Panel(pipeline.build_detectors(), pipeline.weights(), pipeline.p_values)
        self.heads = Heads(pipeline, priors)
        self.shares = Shares(self.panel.detectors, self.heads)
        self.selector = Selector(pipeline.selection, pipeline.severity, pipeline.p_values, lists, part)
        self.judge = Judge(self.panel, self.heads, self.selector)
        self.monitor = Monitor(pipeline, tuple(self.panel.detectors), mode, None if mode == "replay" else part[0])
        self.instruments = build(pipeline.instruments, ("time_release", "performance"))
        self._has_milestones = False
        self.beside = build(pipeline.instruments, pipeline.instruments.beside)

    def process(self, declaration: Declaration, source: Source | None = None) -> Result:
        """Assess a declaration and learn from it. Raises ContractError for one that was seen before; an amendment is scored, not learned again."""
        amended = self._admit(declaration)
        self._now = max(self._now, declaration.lodged_epoch)
        goods = features(declaration, growth(self._now, self.pipeline.profiles.half_life_days), amended)
        verdict = self.judge.judge(declaration, goods, self.heads.growth(self._now), self._now)
        failures = verdict.failures
        if not amended:
            failures += self.judge.learn(verdict)
        early = self._await_outcome(declaration, goods, verdict, amended)
        leader = leading(verdict.items)
        assessment = self._assessment(declaration, verdict.items, leader, source)
        warned = alert(declaration, assessment, leader, verdict.typology_of(leader)) if leader.alerted else None
        seen = [(one.opinion.features, item, one.opinion.leader) for one, item in zip(verdict.judged, verdict.items, strict=True)]
        self._watch(Scored(declaration, seen, leader, amended, verdict.maturity == "mature"), warned)
        self._learn_beside(declaration, assessment, received=None if source is None else source.timestamp_ms / 1_000.0)
        return Result(assessment, warned, 0 if amended else len(verdict.items), failures, early)

    def _await_outcome(self, declaration: Declaration, goods: list[Features], verdict: Verdict, amended: bool) -> list[Note]:
        """Keep the items as scored; what became of outcomes that came before them."""
        propensities = verdict.propensities
        if amended:
            decided = dict(zip([x.item.item_number for x in goods], propensities, strict=True))
            propensities = self.monitor.propensities(declaration.declaration_id, decided, self._now)
        return self.heads.await_outcome(declaration, self.heads.keep(goods, verdict.risks, propensities))

    def _watch(self, scored: Scored, warned: Alert | None) -> None:
        """Have the monitor and the instruments see what was scored, and heed what feedback says of the heads' shares."""
        self.monitor.scored(scored, warned, self._now)
        if factors := self.monitor.take_favour():
            self.selector.ranks.favour(factors)
        if self._has_milestones:
            self.instruments.learn(scored.declaration)

    def learn_outcome(self, outcome: Outcome, answered: list[int] | None = None) -> Note:
        """Teach the risk heads what a control found, or what an officer answered to an alert (`answered`: its items, if another engine raised it)."""
        self._now = max(self._now, outcome.decided_epoch)
        if outcome.alert_id is not None:
            return self._learn_answer(outcome, answered or self.answered(outcome))
        note = self.heads.learn(outcome)
        if self._has_milestones:
            self.instruments.learn(outcome)
        self._learn_beside(outcome)
        if note in TAUGHT:
            self.monitor.outcome(outcome, self._now)
            self._heed_drift()
        return note

    def learn_milestone(self, milestone: Milestone) -> None:
        """Teach the instruments a step of clearance. Before the first one they hold nothing: declarations alone tell them nothing."""
        self._has_milestones = True
        self.instruments.learn(milestone)
        self.monitor.tell(self.instruments.take())

    def _learn_beside(self, *events: Event, received: float | None = None) -> None:
        """Data quality and forecasts, where the pipeline runs them in the service."""
        if self.beside.instruments:
            for event in events:
                self.beside.learn(event, received)
            self.monitor.tell(self.beside.take())

    def refuse(self, body: bytes | None, faults: Sequence[Fault]) -> None:
        """Count a declaration that broke its contract in its submitter's data quality, as of now: its own times may be what is wrong with it."""
        quality = self.beside.instruments.get("data_quality")
        if isinstance(quality, DataQuality) and self._now > 0.0:
            quality.refused(submitter_of(body), self._now, faults)
            self.monitor.tell(self.beside.take())

    def answered(self, outcome: Outcome) -> list[int] | None:
        """The items that an answer speaks of, the alert's leading one first; None where no such alert was raised.

        An alert that was published and is not known here (it was decided by lists of that time, docs/selection.md) is known by its id, and stands
        for the item that leads now.
        """
        numbers, known = self.monitor.waiting.answered(outcome), self.heads.pending.get(outcome.declaration_id)
        if numbers is not None or known is None:
            return numbers
        # Detectors that are switched off now, too; and what its containers may have said of it.
        typologies = {*TYPOLOGIES, *detector_classes(), *self.panel.detectors, *movement_detector_classes(), NEVER_ARRIVED, SHORTLANDED}
        if not is_alert_of(outcome.alert_id or "", outcome.declaration_id, known.version, typologies):
            return None
        leader = self.monitor.leader(outcome.declaration_id, self._now)
        return None if leader is None else [leader]

    def _learn_answer(self, outcome: Outcome, numbers: list[int] | None) -> Note:
        """A confirmed risk is irregular at the alert's leading item, a false positive compliant at all that were alerted, `valuable` counts only."""
        if numbers is None:
            return Note.UNKNOWN_ALERT
        counted = self.monitor.answer(outcome, numbers, self._now)
        if outcome.answer == VALUABLE:
            return Note.COUNTED if counted else Note.REPEATED
        self._heed_drift()
        return self.heads.learn(outcome, numbers)

    def _heed_drift(self) -> None:
        if self.monitor.take_worse():
            self.heads.on_drift()

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Every bounded table by name: rows held, rows forgotten so far."""
        found = {name: (detector.keys_held, detector.keys_forgotten) for name, detector in self.panel.detectors.items()}
        offices = self.selector.capacities.others
        found["offices"] = len(offices), offices.forgotten
        return found | self.heads.sizes() | self.monitor.sizes() | self.instruments.sizes() | self.beside.sizes()

    def _admit(self, declaration: Declaration) -> bool:
        """Whether this is an amendment of a known declaration; ContractError when this version, or a later one, was seen before."""
        known = self.heads.pending.get(declaration.declaration_id)
        if known is None:
            return False
        if known.version == declaration.version:
            raise ContractError(Fault("/declaration_id", Code.DUPLICATE, "this version of the declaration was received before"))
        if known.version > declaration.version:
            raise ContractError(Fault("/version", Code.STALE_VERSION, "a later version of the declaration was received before"))
        return True

    def _assessment(self, declaration: Declaration, items: list[ItemAssessment], leader: ItemAssessment, source: Source | None) -> Assessment:
        return Assessment(
            deterministic_id("assessment", declaration.declaration_id, declaration.version),
            declaration.declaration_id,
            declaration.version,
            declaration.lodged_at,
            declaration.office,
            leader.score,
            strictest(items),
            leader.alerted,
            leader.severity,
            items,
            {"anomaly": HeadState(self.selector.maturity, self.selector.seen), **self.heads.states()},
            self.model,
            self.mode,
            source,
        )
