"""One declaration in, one Assessment out; all learned state of one input partition. Score before learning, always."""

from dataclasses import dataclass, field
from math import log

from stream_app.contracts.assessment import Alert, Assessment, ItemAssessment, Reason, Scores, Source, deterministic_id
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.features import Features, features, header_codes, missing
from stream_app.engine.alerts import alert, by_severity, score_of
from stream_app.engine.non_compliance import NonComplianceHead, Risk, rate_keys
from stream_app.engine.panel import MAX_REASONS, Failure, Opinion, Panel
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.selection import Selector, Verdict
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
    verdict: Verdict


class Engine:
    """Detectors, heads and selection over the records of one partition, in their order. No clock: time is the declaration's."""

    def __init__(self, pipeline: Pipeline, mode: str = "live") -> None:
        self.pipeline = pipeline
        self.mode = mode
        self.model = pipeline.version()
        # The latest event time seen. A late record counts as of now: it must not see the past with today's weights.
        self._now = 0.0
        self.panel = Panel(pipeline.build_detectors(), pipeline.weights(), pipeline.p_values)
        self.non_compliance = NonComplianceHead(pipeline.non_compliance, pipeline.outcomes)
        self.selector = Selector(pipeline.selection, pipeline.severity, pipeline.p_values)

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
        leader = by_severity(items)
        assessment = self._assessment(declaration, items, leader, source)
        warned = alert(declaration, assessment, leader, self._typology(judged[items.index(leader)])) if leader.alerted else None
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
        verdict = self.selector.decide(-log(opinion.odds), risk.probability if risk else None, self.non_compliance.mature)
        return Judged(opinion, keys, risk, verdict)

    def _assess(self, one: Judged, risk_weight: float, maturity: str) -> ItemAssessment:
        opinion, verdict, item = one.opinion, one.verdict, one.opinion.features.item
        reasons, counter_evidence = self._explain(one, risk_weight) if verdict.alerted else ([], [])
        return ItemAssessment(
            item.item_number,
            Scores(1.0 - verdict.anomaly_p, one.risk.probability if one.risk else None),
            score_of(verdict.p),
            verdict.lane,
            verdict.alerted,
            verdict.severity,
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
        reasons = (history + unusual if one.verdict.head == "non_compliance" else unusual + history)[:MAX_REASONS]
        accused = {reason.feature for reason in reasons}
        usual = [reason for reason in clean + self.panel.counter_evidence(one.opinion) if reason.feature not in accused]
        return reasons, usual[:MAX_REASONS]

    def _learn(self, judged: list[Judged]) -> list[Failure]:
        failures = []
        for one in judged:
            failures += self.panel.learn(one.opinion)
            self.selector.learn(-log(one.opinion.odds), one.risk.probability if one.risk else None)
        return failures

    def _assessment(self, declaration: Declaration, items: list[ItemAssessment], leader: ItemAssessment, source: Source | None) -> Assessment:
        return Assessment(
            deterministic_id("assessment", declaration.declaration_id, declaration.version),
            declaration.declaration_id,
            declaration.version,
            declaration.lodged_at,
            declaration.office,
            leader.score,
            leader.lane,
            leader.alerted,
            leader.severity,
            items,
            self.model,
            self.mode,
            source,
        )

    @staticmethod
    def _typology(one: Judged) -> str:
        return "non_compliance" if one.verdict.head == "non_compliance" else one.opinion.leader or "anomaly"
