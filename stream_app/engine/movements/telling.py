"""What is said of a container while one of its events is taken in: alerts raised, raised again, and withdrawn."""

from dataclasses import dataclass, field
from math import exp
from typing import Any

import orjson

from stream_app.contracts.assessment import Reason, Source
from stream_app.contracts.contradiction import Contradiction
from stream_app.contracts.declared import Declared
from stream_app.contracts.movement_assessment import Evidence, MovementAlert, MovementScores
from stream_app.detectors.movements.steps import Step
from stream_app.engine.alerts import POINTS_PER_DECADE, score_of
from stream_app.engine.movements.alerts import alert_id, evidence, lane, rfc3339_utc
from stream_app.engine.movements.containers import Container, Raised
from stream_app.engine.movements.overdue import Deadline
from stream_app.engine.movements.panel import Finding, MoveOpinion, MovePanel
from stream_app.engine.movements.selection import MoveSelector
from stream_app.engine.panel import Failure

CONTRADICTION = "mandatory:contradiction"


@dataclass(frozen=True, slots=True)
class Teller:
    """What all that is said has in common."""

    panel: MovePanel
    selector: MoveSelector
    model: str
    mode: str


@dataclass(slots=True)
class Told:
    """What was said while one event of one container was taken in."""

    teller: Teller
    equipment_id: str
    container: Container
    source: Source | None
    opinion: MoveOpinion | None = None
    risk: float | None = None
    """P(a control of the container finds something), as far as the step and what came before it tell."""
    grounds: list[Reason] = field(default_factory=list)
    """Reasons for that."""
    late: bool = False
    first: bool = False
    """Whether it has its first alert, of what is rare and no contradiction."""
    alerts: list[MovementAlert] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    """What declarations are to be told of these alerts."""
    failures: list[Failure] = field(default_factory=list)

    def say(self, opinion: MoveOpinion) -> None:
        """Raise what the step's findings ask for, and withdraw what they no longer support."""
        if not opinion.findings and not self.container.raised:
            return
        step = opinion.move.step
        chosen = {one.typology: one for one in self.teller.selector.chosen(opinion)}
        for raised in self.container.said_of(step.event_id):
            finding = chosen.pop(raised.typology, None)
            if not self.teller.panel.answered(opinion, raised.typology):
                continue
            if raised.standing and not self._holds(opinion, raised):
                self.withdraw(raised)
            elif finding is not None and not raised.standing:
                raised.revision, raised.standing = raised.revision + 1, True
                self._raise(opinion, finding, raised)
        for finding in chosen.values():
            self.first = self.first or (not finding.certain and not self.container.raised)
            raised = Raised(step.event_id, finding.typology, step.at, step.location)
            self.container.remember(raised)
            self._raise(opinion, finding, raised)

    def _holds(self, opinion: MoveOpinion, raised: Raised) -> bool:
        """Whether an alert still stands: found from the same events, or as rare from others. It has been learned from meanwhile, so that
        what it was found from is enough, though it surprises less than it did."""
        if not opinion.raw.get(raised.typology):
            return False
        witnesses = self.teller.panel.witnesses(opinion, raised.typology)
        return [one.event_id for one in witnesses] == raised.rests_on or self.teller.selector.rare(opinion, raised.typology)

    def retract(self, event_id: str) -> None:
        """Withdraw what was said of an event that has been taken back, or told otherwise."""
        for raised in self.container.raised:
            if raised.event_id == event_id and raised.standing:
                self.withdraw(raised)

    def miss(self, deadline: Deadline, nats: float, reasons: list[Reason]) -> None:
        """Alert that a container was not seen by its deadline."""
        raised = Raised(deadline.document, deadline.typology, deadline.at, deadline.place or None)
        if any(one.typology == raised.typology for one in self.container.said_of(raised.event_id)):
            return
        self.container.remember(raised)
        p = exp(-nats)
        severity = self.teller.selector.severity(p, True)
        self.alerts.append(self._alert(raised, None, [], p, 1.0 - p, severity, CONTRADICTION, reasons, self._declared(deadline.document)))
        self._contradict(raised, self._declared(deadline.document), reasons, p, severity)

    def _declared(self, declaration_id: str) -> list[Declared]:
        return [one for one in self.container.declared if one.declaration_id == declaration_id]

    def _contradict(self, raised: Raised, declared: list[Declared], reasons: list[Reason], p: float, severity: str) -> None:
        """Raise the declarations' own alerts."""
        raised.contradicts = [one.declaration_id for one in declared]
        told: list[dict[str, Any]] = orjson.loads(orjson.dumps(reasons))
        said = raised.typology, True, score_of(p), severity, lane(severity), told
        finding_id = alert_id(self.equipment_id, raised.event_id, raised.typology)
        self.contradictions += [Contradiction(one.declaration_id, one.version, finding_id, *said, one.alert) for one in declared]

    def _raise(self, opinion: MoveOpinion, finding: Finding, raised: Raised) -> None:
        panel, selector = self.teller.panel, self.teller.selector
        p = min(opinion.p, finding.p)
        severity = selector.severity(p, finding.certain)
        selection = CONTRADICTION if finding.certain else "score:anomaly"
        reasons, witnesses = panel.explain(opinion, finding.typology), panel.witnesses(opinion, finding.typology)
        raised.rests_on = [one.event_id for one in witnesses]
        declared = panel.declarations(opinion, finding.typology)
        self.alerts.append(self._alert(raised, opinion.move.step, witnesses, p, 1.0 - opinion.p, severity, selection, reasons, declared))
        self._contradict(raised, declared, reasons, p, severity)

    def withdraw(self, raised: Raised) -> None:
        """Take an alert back, and what declarations were told of it."""
        raised.revision, raised.standing = raised.revision + 1, False
        self.alerts.append(self._alert(raised, None, [], 1.0, 0.0, "low", "withdrawn", [], []))
        finding_id = alert_id(self.equipment_id, raised.event_id, raised.typology)
        for declaration_id in raised.contradicts:
            known = next(iter(self._declared(declaration_id)), None)
            version, alert = (known.version, known.alert) if known else (0, None)
            self.contradictions.append(Contradiction(declaration_id, version, finding_id, raised.typology, False, alert=alert))

    def _alert(
        self,
        raised: Raised,
        step: Step | None,
        witnesses: list[Step],
        p: float,
        anomaly: float,
        severity: str,
        selection: str,
        reasons: list[Reason],
        declared: list[Declared],
    ) -> MovementAlert:
        score = score_of(p)
        return MovementAlert(
            alert_id(self.equipment_id, raised.event_id, raised.typology),
            raised.revision,
            "raised" if raised.standing else "withdrawn",
            raised.typology,
            self.equipment_id,
            raised.event_id,
            rfc3339_utc(raised.at),
            raised.location,
            step.vessel_imo if step else None,
            step.voyage if step else None,
            next((one.transport_document for one in reversed(witnesses) if one.transport_document), None),
            sorted({one.declaration_id for one in witnesses if one.declaration_id} | {one.declaration_id for one in declared}),
            evidence(witnesses, declared) or [Evidence("movement", raised.event_id, rfc3339_utc(raised.at), None, raised.location)],
            score,
            round(100.0 * (1.0 - 10 ** (-score / POINTS_PER_DECADE)), 4),
            severity,
            lane(severity, raised.standing),
            selection,
            MovementScores(anomaly),
            reasons,
            self.teller.selector.maturity,
            self.teller.model,
            self.teller.mode,
            self.source,
        )
