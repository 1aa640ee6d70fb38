"""One declaration in, one Assessment out; all learned state of one input partition. Score before learning, always."""

from dataclasses import dataclass, field
from math import log, nan

from stream_app.contracts.assessment import Alert, Assessment, ItemAssessment, Reason, Scores, Selection, Source, deterministic_id
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.features import Features, features, header_codes, missing
from stream_app.engine.alerts import alert, leading, score_of, strictest
from stream_app.engine.non_compliance import NonComplianceHead, Risk, rate_keys
from stream_app.engine.panel import MAX_REASONS, Failure, Opinion, Panel
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.selection import Candidate, ControlLists, Decision, Selector, because
from stream_app.learning.decay import growth
from stream_app.learning.pending import Note


@dataclass(slots=True)
class Result:
    """What came of one declaration: its assessment, an alert where one was selected, how many items were learned from (none of an amendment's),
    detectors that failed, outcomes that had been waiting."""

    assessment: Assessment
    alert: Alert | None
    learned_items: int
    failures: list[Failure] = field(default_factory=list)
    early_outcomes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class Judged:
    """One item on its way through the engine."""

    opinion: Opinion
    risk_keys: tuple[str, ...]
    risk: Risk | None
    candidate: Candidate
    decision: Decision


class Engine:
    """Detectors, heads and selection over the records of one partition, in their order. No clock: time is the declaration's."""

    def __init__(self, pipeline: Pipeline, mode: str = "live", lists: ControlLists | None = None, part: tuple[int, int] = (0, 1)) -> None:
        """`lists`: the worker's, which the shell keeps; `part`: (which, of how many) partitions this engine has."""
        self.pipeline = pipeline
        self.mode = mode
        self.model = pipeline.version()
        # The latest event time seen. A late record counts as of now: it must not see the past with today's weights.
        self._now = 0.0
        self.panel = Panel(pipeline.build_detectors(), pipeline.weights(), pipeline.p_values)
        self.non_compliance = NonComplianceHead(pipeline.non_compliance, pipeline.outcomes)
        self.selector = Selector(pipeline.selection, pipeline.severity, pipeline.p_values, lists, part)

    def process(self, declaration: Declaration, source: Source | None = None) -> Result:
        """Assess a declaration and learn from it. Raises ContractError for one that was seen before; an amendment is scored, not learned again."""
        amended = self._admit(declaration)
        self._now = max(self._now, declaration.lodged_epoch)
        weight = growth(self._now, self.pipeline.profiles.half_life_days)
        risk_weight = self.non_compliance.growth(self._now)
        shared = header_codes(declaration)
        judged = [self._judge(features(declaration, item, weight, shared), risk_weight) for item in declaration.items]
        maturity = self.selector.maturity
        items = [self._assess(one, risk_weight, maturity) for one in judged]
        failures = [failure for one in judged for failure in one.opinion.failures]
        if not amended:
            failures += self._learn(judged)
        keys = {one.opinion.features.item.item_number: one.risk_keys for one in judged}
        early = self.non_compliance.await_outcome(declaration, keys)
        leader = leading(items)
        assessment = self._assessment(declaration, items, leader, source)
        warned = alert(declaration, assessment, leader, judged[items.index(leader)].decision.typology) if leader.alerted else None
        return Result(assessment, warned, 0 if amended else len(items), failures, early)

    def learn_outcome(self, outcome: Outcome) -> Note:
        """Teach the risk heads what a control found."""
        self._now = max(self._now, outcome.decided_epoch)
        return self.non_compliance.learn(outcome)

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Every bounded table by name: rows held, rows forgotten so far."""
        found = {name: (detector.keys_held, detector.keys_forgotten) for name, detector in self.panel.detectors.items()}
        rates, pending = self.non_compliance.rates.table, self.non_compliance.pending
        found["non_compliance"] = len(rates), rates.forgotten
        offices = self.selector.capacities.others
        found["offices"] = len(offices), offices.forgotten
        found["awaiting_outcome"] = len(pending), pending.forgotten + pending.expired
        return found

    def _admit(self, declaration: Declaration) -> bool:
        """Whether this is an amendment of a known declaration; ContractError when this version, or a later one, was seen before."""
        known = self.non_compliance.pending.get(declaration.declaration_id)
        if known is None:
            return False
        if known.version == declaration.version:
            raise ContractError(Fault("/declaration_id", Code.DUPLICATE, "this version of the declaration was received before"))
        if known.version > declaration.version:
            raise ContractError(Fault("/version", Code.STALE_VERSION, "a later version of the declaration was received before"))
        return True

    def _judge(self, x: Features, risk_weight: float) -> Judged:
        opinion = self.panel.score(x)
        keys = rate_keys(x)
        risk = self.non_compliance.score(keys, risk_weight)
        scores = [-log(opinion.odds), risk.probability if risk else nan, nan, nan]
        mature = ("anomaly", "non_compliance") if risk and self.non_compliance.mature else ("anomaly",)
        candidate = Candidate(x.declaration, x.item, scores, mature, opinion.leader or "anomaly", int(x.peers[0]), risk.controls if risk else 0.0)
        return Judged(opinion, keys, risk, candidate, self.selector.decide(candidate, self._now))

    def _assess(self, one: Judged, risk_weight: float, maturity: str) -> ItemAssessment:
        opinion, decision, item = one.opinion, one.decision, one.opinion.features.item
        reasons, counter_evidence = self._explain(one, risk_weight) if decision.selected else ([], [])
        return ItemAssessment(
            item.item_number,
            Scores(1.0 - decision.anomaly_p, one.risk.probability if one.risk else None),
            score_of(decision.p),
            decision.lane,
            decision.selected,
            decision.severity,
            Selection(decision.reason, decision.propensity, decision.sampled, decision.entry, decision.suppressed_by),
            maturity,
            opinion.p_values,
            reasons,
            missing(item),
            [failure.detector for failure in opinion.failures],
            counter_evidence,
        )

    def _explain(self, one: Judged, risk_weight: float) -> tuple[list[Reason], list[Reason]]:
        """What speaks against the item and what speaks for it, the head that selected first. Nothing that is held against it also speaks for it."""
        history, clean = self.non_compliance.explain(one.risk_keys, risk_weight) if one.risk else ([], [])
        unusual = self.panel.explain(one.opinion)
        against = history + unusual if one.decision.head == "non_compliance" else unusual + history
        reasons = [*because(one.decision, self.selector.seen), *against][:MAX_REASONS]
        accused = {reason.feature for reason in reasons}
        usual = [reason for reason in clean + self.panel.counter_evidence(one.opinion) if reason.feature not in accused]
        return reasons, usual[:MAX_REASONS]

    def _learn(self, judged: list[Judged]) -> list[Failure]:
        failures = []
        for one in judged:
            failures += self.panel.learn(one.opinion)
            self.selector.learn(one.candidate)
        return failures

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
            self.model,
            self.mode,
            source,
        )
