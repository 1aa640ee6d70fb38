"""One movement in, one assessment out; all learned state of one partition of containers. Score before learning, always."""

from dataclasses import dataclass, field
from typing import Any

from stream_app.contracts.assessment import Source, deterministic_id
from stream_app.contracts.contradiction import Contradiction
from stream_app.contracts.declared import Declared
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.movement import ACTUAL, Movement
from stream_app.contracts.movement_assessment import MovementAlert, MovementAssessment, MovementScores
from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.itinerary import Itinerary
from stream_app.detectors.movements.steps import Step
from stream_app.detectors.movements.voyages import Cycle, told_once
from stream_app.engine.alerts import score_of
from stream_app.engine.movements.alerts import lane
from stream_app.engine.movements.containers import Container, Containers
from stream_app.engine.movements.controls import ControlRates
from stream_app.engine.movements.overdue import CERTAIN, NEVER_ARRIVED, SHORTLANDED, Deadline, Deadlines
from stream_app.engine.movements.panel import MAX_REASONS, MovePanel
from stream_app.engine.movements.revisions import Revisions
from stream_app.engine.movements.selection import MoveSelector
from stream_app.engine.movements.telling import Teller, Told
from stream_app.engine.panel import Failure
from stream_app.engine.pipeline import Pipeline
from stream_app.learning.decay import DAY, growth
from stream_app.learning.plain import PART

GRACE_DAYS = 60.0
"""How far before its plan or declaration a container may have been seen."""
KEPT_BEHIND_DAYS = 4.0
"""Of a new voyage until the one before it is given up: so long corrections of it may come."""
SEVERITIES = ("low", "medium", "high", "critical")


@dataclass(slots=True)
class MovementResult:
    """What came of one movement: its assessment, alerts that it raised or took back, detectors that failed."""

    assessment: MovementAssessment
    alerts: list[MovementAlert] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    """What declarations are to be told: `MovementEngine.revise`, of the partition where all that is said of that declaration meets."""
    missed: list["MissedResult"] = field(default_factory=list)
    """Containers whose deadlines had passed by then."""


@dataclass(slots=True)
class MissedResult:
    """What is said of a container without any event of it: by a declaration, or because a deadline has passed."""

    equipment_id: str
    alerts: list[MovementAlert] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


class MovementEngine:
    """Itineraries, detectors and selection over the movements of one partition. No clock: time is that of the records.

    A step is judged against what came before it on its voyage when it is taken in. What comes late, or is taken back, has the voyage's later
    steps judged again: alerts that no longer stand are withdrawn, so the alerts that stand are those of the events in their right order.
    """

    KEEPS = {"panel": PART, "selector": PART, "containers": PART, "deadlines": PART, "controls": PART, "revisions": PART, "_now": float}

    def __init__(self, pipeline: Pipeline, mode: str = "live") -> None:
        self.pipeline = pipeline
        self.settings = pipeline.movements
        self.mode = mode
        self.model = pipeline.version()
        self.containers = Containers(self.settings.max_containers, self.settings.voyages())
        self.panel = MovePanel(self.settings.build_detectors(), self.settings.weights(), pipeline.p_values)
        self.selector = MoveSelector(self.settings, pipeline.severity)
        self._teller = Teller(self.panel, self.selector, self.model, mode)
        self.deadlines = Deadlines(self.settings.overdue_days, self.settings.max_deadlines)
        self.controls = ControlRates()
        self.revisions = Revisions()
        self._voyages = self.settings.voyages()
        self._now = 0.0

    def process(self, movement: Movement, source: Source | None = None) -> MovementResult:
        """Assess a movement and learn from it. Raises ContractError for one that was seen before."""
        container = self.containers.get(movement.equipment_id)
        if container is None:
            container = Container(Itinerary())
        if container.itinerary.knows(movement):
            raise ContractError(Fault("/event_id", Code.DUPLICATE, "this event of the container was received before"))
        self._now = max(self._now, movement.recorded_epoch)
        step = container.itinerary.take(movement)
        told = Told(self._teller, movement.equipment_id, container, source)
        if movement.classifier != ACTUAL and movement.event_type == "DISC" and movement.retracts is None and movement.location:
            self.deadlines.add(movement.occurred_epoch, movement.equipment_id, SHORTLANDED, movement.event_id, movement.location)
        if step is not None:
            self._judge(told, step)
        else:
            self._reconsider(told, movement)
        self.containers.put(movement.equipment_id, container, self._now)
        if step is not None:
            self.selector.count(told.first)
        missed = self._overdue(source)
        return MovementResult(self._assessment(movement, told, source), told.alerts, told.failures, told.contradictions, missed)

    def declare(self, declared: Declared, source: Source | None = None) -> MissedResult:
        """Take in what a declaration says of a container, before its movements or after them."""
        container = self.containers.get(declared.equipment_id) or Container(Itinerary())
        if not container.declare(declared):
            return MissedResult(declared.equipment_id)
        self._now = max(self._now, declared.lodged_epoch)
        told = Told(self._teller, declared.equipment_id, container, source)
        if not self._compare(told, declared) and declared.direction == "import":
            self.deadlines.add(declared.lodged_epoch, declared.equipment_id, NEVER_ARRIVED, declared.declaration_id, declared.departure_country)
        self.containers.put(declared.equipment_id, container, self._now)
        return MissedResult(declared.equipment_id, told.alerts, told.contradictions, told.failures)

    def _compare(self, told: Told, declared: Declared) -> bool:
        """Judge the voyage by what declarations say of it; False where the new one speaks of none that is known."""
        container, itinerary = told.container, told.container.itinerary
        if not itinerary.steps:
            return False
        cycle = itinerary.cycle_of(len(itinerary.steps) - 1, self._voyages)
        voyage = told_once(itinerary.steps[cycle.start : cycle.end])
        for place in range(len(voyage)):
            opinion = self.panel.score(self._move(container, cycle, voyage, place), joined=True)
            told.say(opinion)
            self.panel.learn(opinion)
            told.failures += opinion.failures
        return container.behind(declared) < voyage[0].at

    def revise(self, finding: Contradiction) -> dict[str, Any] | None:
        """The alert of a declaration, as it is with this finding, or without it; None where that changes nothing."""
        return self.revisions.revise(finding)

    def _overdue(self, source: Source | None) -> list[MissedResult]:
        """What deadlines that have passed by now say."""
        found = []
        for deadline in self.deadlines.passed(self._now):
            container = self.containers.get(deadline.equipment_id)
            if container is None or (deadline.typology == SHORTLANDED and not container.itinerary.still_plans(deadline.document)):
                continue
            missed = not any(self._is_in_time(step, deadline.at) for step in self._awaited(container, deadline))
            nats, reasons = self.deadlines.judge(deadline, missed, growth(self._now, self.settings.half_life_days))
            if nats >= CERTAIN:
                told = Told(self._teller, deadline.equipment_id, container, source)
                told.miss(deadline, nats, reasons)
                self.containers.put(deadline.equipment_id, container, self._now)
                found.append(MissedResult(deadline.equipment_id, told.alerts, told.contradictions))
        return found

    def _awaited(self, container: Container, deadline: Deadline) -> list[Step]:
        """The steps of a container that a deadline would be kept by."""
        steps = container.itinerary.steps
        if deadline.typology == SHORTLANDED:
            return [step for step in steps if step.location == deadline.place]
        answering = [one for one in container.itinerary.cycles(self._voyages) if container.answers(deadline.document, steps[one.start].at)]
        return steps[answering[0].start :] if answering else []

    def _is_in_time(self, step: Step, deadline: float) -> bool:
        """Whether it is no step of long before."""
        return step.at >= deadline - (self.deadlines.days + GRACE_DAYS) * DAY

    def _seen_after_all(self, told: Told, step: Step, begins: float) -> None:
        """Withdraw what was said of a container that was missed, and has come on a voyage that began then."""
        for raised in told.container.raised:
            never = raised.typology == NEVER_ARRIVED and told.container.answers(raised.event_id, begins)
            awaited = never or (raised.typology == SHORTLANDED and raised.location == step.location)
            if awaited and raised.standing and self._is_in_time(step, raised.at):
                told.withdraw(raised)

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Every bounded table by name: rows held, rows forgotten so far."""
        found = {f"movements.{name}": (detector.keys_held, detector.keys_forgotten) for name, detector in self.panel.detectors.items()}
        found["movements.controls"] = self.controls.size
        found["movements.revisions"] = self.revisions.size
        found["movements.deadlines"] = len(self.deadlines), self.deadlines.forgotten
        return found | {"movements.containers": (len(self.containers), self.containers.forgotten)}

    def _judge(self, told: Told, step: Step) -> None:
        """Judge a step that is new, and those of its voyage behind it again."""
        itinerary = told.container.itinerary
        cycle = itinerary.cycle_of(itinerary.steps.index(step), self._voyages)
        steps = itinerary.steps[cycle.start : cycle.end]
        voyage = told_once(steps)
        told.late = step is not steps[-1]
        if told.container.raised:
            self._seen_after_all(told, step, steps[0].at)
        if step in voyage:
            told.opinion = opinion = self.panel.score(self._move(told.container, cycle, voyage, voyage.index(step)))
            told.say(opinion)
            self.panel.learn(opinion)
            told.failures += opinion.failures
            told.risk, told.grounds = self.controls.score_one(opinion.move), self.controls.explain_one(opinion.move) if told.alerts else []
            self.controls.learn_one(opinion.move)
        if told.late or len(voyage) < len(steps):
            self._again(told, cycle, steps, voyage, step)
        if len(steps) < len(itinerary.steps):
            self._between_voyages(told, cycle)

    def _between_voyages(self, told: Told, judged: Cycle) -> None:
        """Judge the other voyage again where the step is late: it may have moved its begin. Give up the one before, once nothing late is to come."""
        itinerary = told.container.itinerary
        cycles = itinerary.cycles(self._voyages)
        if told.late or judged.end < len(itinerary.steps):
            self._again_all(told, [cycle for cycle in cycles if cycle != judged])
        start = cycles[-1].start
        if itinerary.steps[-1].at - itinerary.steps[start].at > KEPT_BEHIND_DAYS * DAY:
            told.container.begin_voyage(start)

    def _again_all(self, told: Told, cycles: list[Cycle]) -> None:
        for cycle in cycles:
            steps = told.container.itinerary.steps[cycle.start : cycle.end]
            self._again(told, cycle, steps, told_once(steps), None)

    def _again(self, told: Told, cycle: Cycle, steps: list[Step], voyage: list[Step], new: Step | None) -> None:
        """Judge a voyage's steps again, without learning from them: all, or those behind the new one, and behind the first that was told again."""
        dropped = [step for step in steps if step not in voyage] if len(voyage) < len(steps) else []
        first = None if new is None else min([step.order for step in (new, *dropped)])
        for place, step in enumerate(voyage):
            if first is None or (step.order > first and step is not new):
                opinion = self.panel.score(self._move(told.container, cycle, voyage, place))
                told.say(opinion)
                told.failures += opinion.failures
        for step in dropped:
            told.retract(step.event_id)

    def _reconsider(self, told: Told, movement: Movement) -> None:
        """After a retraction, or a plan that was recorded before what came in its place: judge the steps that stood under it again."""
        itinerary = told.container.itinerary
        if movement.retracts is not None:
            told.retract(movement.retracts)
        elif movement.recorded_epoch > max([step.recorded for step in itinerary.steps], default=0.0):
            return
        self._again_all(told, itinerary.cycles(self._voyages))

    def _move(self, container: Container, cycle: Cycle, voyage: list[Step], place: int) -> Move:
        steps = voyage[: place + 1]
        planned = container.itinerary.planned(cycle, steps[-1].recorded)
        declared = container.declared_for(voyage, container.itinerary.left_before(cycle.start)) if container.declared else []
        return Move(steps, planned, growth(self._now, self.settings.half_life_days), declared)

    def _assessment(self, movement: Movement, told: Told, source: Source | None) -> MovementAssessment:
        opinion, raised = told.opinion, [alert for alert in told.alerts if alert.status == "raised"] if told.alerts else []
        for alert in raised:
            alert.scores.non_compliance = told.risk
            alert.reasons = [*alert.reasons, *told.grounds][:MAX_REASONS]
        severity = max([alert.severity for alert in raised], key=SEVERITIES.index) if raised else None
        return MovementAssessment(
            deterministic_id("movement", movement.equipment_id, movement.event_id),
            movement.equipment_id,
            movement.event_id,
            movement.event_type,
            movement.classifier,
            movement.occurred_at,
            movement.location,
            MovementScores(1.0 - opinion.p if opinion else 0.0, told.risk),
            score_of(opinion.p) if opinion else 0.0,
            lane(severity),
            bool(raised),
            severity,
            list(dict.fromkeys(alert.typology for alert in raised)),
            opinion.p_values if opinion else {},
            raised[0].reasons if raised else [],
            told.late,
            [alert.alert_id for alert in told.alerts if alert.status == "withdrawn"],
            [failure.detector for failure in told.failures],
            self.selector.maturity,
            self.model,
            self.mode,
            source,
            [alert.alert_id for alert in raised],
        )
