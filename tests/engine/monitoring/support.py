"""A monitor without an engine: declarations as assessed, with the selection that a test wants."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from stream_app.contracts.assessment import ItemAssessment, Scores, Selection
from stream_app.contracts.indicator import Indicator
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.features import features
from stream_app.engine.engine import Engine
from stream_app.engine.monitoring.monitor import Monitor
from stream_app.engine.monitoring.notes import Scored
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.settings.watching import Feedback
from tests.support.goods import declaration_document, decode, item_document

DAY = 86_400.0
START = 1_772_409_600.0  # 2026-03-02T00:00:00Z
RELEASED = Selection(None, 0.1, False, None, None)
BY_ANOMALY = Selection("score:anomaly", 1.0, False, None, None)
DRAWN = Selection("random", 0.1, True, None, None)
ALERT = "7f19b103-8dbc-52b8-aeb3-6517d18b4c7d"


@cache
def _assessed() -> ItemAssessment:
    return Engine(Pipeline()).process(decode(declaration_document())).assessment.items[0]


class Desk:
    """Declarations and outcomes at a monitor, at times in days since START."""

    def __init__(self, pipeline: Pipeline | None = None) -> None:
        pipeline = pipeline or Pipeline(feedback=Feedback(half_life_days=36_500))
        self.monitor = Monitor(pipeline, ("unit_value", "novelty"), "live", 3)

    def scored(
        self,
        declaration_id: str,
        *selections: Selection,
        day: float = 0.0,
        leader: int = 1,
        probability: float | None = None,
        critical: float | None = None,
        lane: str = "green",
        p_value: float = 0.5,
        alert: bool = False,
        amended: bool = False,
        item: dict[str, object] | None = None,
        **header: object,
    ) -> None:
        """One declaration with an item a selection, numbered from 1."""
        lodged = START + day * DAY
        header = {"lodged_at": datetime.fromtimestamp(lodged, UTC).isoformat(), **header}
        documents = [item_document(number, **(item or {})) for number in range(1, len(selections) + 1)]
        declaration = decode(declaration_document(declaration_id, documents, **header), lodged)
        given = {"scores": Scores(0.5, probability, critical), "lane": lane, "p_values": {"unit_value": p_value, "novelty": 0.5}}
        items = [replace(_assessed(), item_number=number, selection=one, **given) for number, one in enumerate(selections, start=1)]
        rows = [(x, item, "unit_value") for x, item in zip(features(declaration, 1.0), items, strict=True)]
        self.monitor.scored(Scored(declaration, rows, items[leader - 1], amended, True), None, lodged)
        if alert:
            selected = [number for number, one in enumerate(selections, start=1) if one.reason]
            self.monitor.waiting.alerted(ALERT, declaration_id, leader, selected)

    def outcome(
        self, declaration_id: str, irregular: bool, item: int | None = 1, day: float = 1.0, reason: str = "risk", critical: bool = False
    ) -> bool:
        at = START + day * DAY
        return self.monitor.outcome(Outcome("O", declaration_id, "T-1", item, "physical", reason, irregular, critical, "", at), at)

    def answer(self, declaration_id: str, answer: str, day: float = 1.0, alert_id: str = ALERT) -> bool:
        at = START + day * DAY
        irregular = answer == "confirmed_risk"
        outcome = Outcome("A", declaration_id, "T-1", None, "other", "risk", irregular, False, "", at, alert_id, answer)
        numbers = self.monitor.waiting.answered(outcome)
        return numbers is not None and self.monitor.answer(outcome, numbers, at)

    def told(self, day: float = 400.0) -> dict[tuple[str, str, str, str], Indicator]:
        """The figures at the end of the period before `day`, by name, dimension, value and segment; one more declaration ends it."""
        self.scored(f"END-{day}", RELEASED, day=day)
        taken = self.monitor.take()
        return {(one.name, one.subject.by, one.subject.of, one.subject.segment): one for one in taken}
