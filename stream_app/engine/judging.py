"""A declaration's items between their scores and their assessments: what panel, heads and selection say, side by side."""

from dataclasses import dataclass

from stream_app.contracts.assessment import ItemAssessment, Reason, Scores, Selection
from stream_app.contracts.declaration import Declaration
from stream_app.detectors.features import Features, missing
from stream_app.engine.alerts import score_of
from stream_app.engine.heads.heads import Growth, Heads, Risk
from stream_app.engine.panel import MAX_REASONS, Failure, Hearing, Opinion, Panel
from stream_app.engine.selection import Candidate, Decision, Selector, because

MAX_EXPLAINED = 50
"""Items of one declaration that get reasons: the rarest of those selected."""


@dataclass(slots=True)
class Judged:
    """One item on its way through the engine."""

    opinion: Opinion
    risk: Risk
    candidate: Candidate
    decision: Decision


@dataclass(slots=True)
class Verdict:
    """A declaration's items as judged, and as they are assessed; `maturity` of the anomaly head, when they were."""

    hearing: Hearing
    judged: list[Judged]
    items: list[ItemAssessment]
    maturity: str

    @property
    def failures(self) -> list[Failure]:
        """What raised on the way."""
        return [failure for one in self.judged for failure in one.opinion.failures]

    @property
    def risks(self) -> list[Risk]:
        """What the heads said."""
        return [one.risk for one in self.judged]

    @property
    def propensities(self) -> list[float]:
        """How likely each item was to be controlled."""
        return [one.decision.propensity for one in self.judged]

    def typology_of(self, item: ItemAssessment) -> str:
        """What an alert of this item is about."""
        return self.judged[self.items.index(item)].decision.typology


class Judge:
    """Asks the panel, the heads and the selection of one engine; teaches the panel and the selection. Holds nothing of its own."""

    __slots__ = ("heads", "panel", "selector")

    def __init__(self, panel: Panel, heads: Heads, selector: Selector) -> None:
        self.panel = panel
        self.heads = heads
        self.selector = selector

    def judge(self, declaration: Declaration, goods: list[Features], fast: Growth, now: float) -> Verdict:
        """All items scored, selected or released, and explained where they are selected. Of what is learned only the capacity is drawn on.
        `fast`: the heads' weights of now; `now`: the latest event time, seconds since 1970."""
        hearing = self.panel.hear(goods)
        judged = self._decide(declaration, hearing.opinions, fast, now)
        maturity = self.selector.maturity
        told = _worth_explaining(judged)
        self.panel.recall(hearing, told)
        return Verdict(hearing, judged, [self._assess(one, maturity, number in told) for number, one in enumerate(judged)], maturity)

    def learn(self, verdict: Verdict) -> list[Failure]:
        """Take the items in; what raised."""
        failures = self.panel.learn_all(verdict.hearing)
        self.selector.learn_all([one.candidate for one in verdict.judged])
        return failures

    def _decide(self, declaration: Declaration, opinions: list[Opinion], fast: Growth, now: float) -> list[Judged]:
        items = [opinion.features for opinion in opinions]
        risks, mature = self.heads.score(items, fast), ("anomaly", *self.heads.mature)
        candidates = [
            Candidate(declaration, x.item, [opinion.rarity, *risk.said], mature, opinion.leader or "anomaly", x.like, risk.controls)
            for x, opinion, risk in zip(items, opinions, risks, strict=True)
        ]
        decisions = self.selector.decide_all(candidates, now)
        return [Judged(*one) for one in zip(opinions, risks, candidates, decisions, strict=True)]

    def _assess(self, one: Judged, maturity: str, told: bool) -> ItemAssessment:
        opinion, decision, item = one.opinion, one.decision, one.opinion.features.item
        reasons, counter_evidence = self._explain(one) if told else ([], [])
        return ItemAssessment(
            item.item_number,
            Scores(1.0 - decision.anomaly_p, one.risk.non_compliance, one.risk.critical, one.risk.revenue_at_risk),
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

    def _explain(self, one: Judged) -> tuple[list[Reason], list[Reason]]:
        """What speaks against the item and what speaks for it, the head that selected first. Nothing that is held against it also speaks for it."""
        try:
            history, clean = self.heads.explain(one.opinion.features, one.risk, one.decision.head)
            told = self.heads.explain_priors(one.opinion.features)
        except Exception as error:  # as a detector that raises: what it would have said is missing, the item is still assessed
            one.opinion.failures.append(Failure("risk_heads", error))
            history, clean, told = [], [], []
        unusual = self.panel.explain(one.opinion)
        against = unusual + history if one.decision.head == "anomaly" else history + unusual
        reasons = [*because(one.decision, self.selector.seen), *told, *against][:MAX_REASONS]
        accused = {reason.feature for reason in reasons}
        usual = [reason for reason in clean + self.panel.counter_evidence(one.opinion) if reason.feature not in accused]
        return reasons, usual[:MAX_REASONS]


def _worth_explaining(judged: list[Judged]) -> set[int]:
    """Places of the selected items; of the rarest MAX_EXPLAINED where there are more, or 999 items would outgrow a record."""
    chosen = [number for number, one in enumerate(judged) if one.decision.selected]
    return set(sorted(chosen, key=lambda number: judged[number].decision.p)[:MAX_EXPLAINED])
