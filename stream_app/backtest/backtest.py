"""A challenger's replay watched: which goods items fired, which the champion would have fired, and what the outcomes said of them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from stream_app.backtest.labels import Label, Labels
from stream_app.contracts.assessment import ItemAssessment
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.engine.engine import Engine, Result

Key = tuple[str, int]
"""declaration_id, item_number"""


@dataclass(frozen=True, slots=True)
class Fired:
    """One goods item that was selected, and why. `typology`: of its declaration's alert; `reason`: the code of the item's first reason."""

    declaration_id: str
    item_number: int
    version: int
    lodged_at: str
    office: str
    selected_by: str
    typology: str
    reason: str
    lane: str
    severity: str | None
    score: float

    @property
    def day(self) -> str:
        return self.lodged_at[:10]


class Backtest:
    """Watches a Replay of the challenger, and runs the champion on the same events. Holds what fired, and the labels."""

    def __init__(self, champion: Engine) -> None:
        self._champion = champion
        self.labels = Labels()
        self.challenger_fired: dict[Key, Fired] = {}
        self.champion_fired: dict[Key, Fired] = {}

    def assessed(self, declaration: Declaration, result: Result) -> None:
        """After the challenger assessed a declaration. An item that several versions fire counts once, as it fired first."""
        self.labels.declared(declaration.declaration_id, tuple([item.item_number for item in declaration.items]))
        for found, said in ((self.challenger_fired, result), (self.champion_fired, self._champion.process(declaration))):
            for fired in _fired(said):
                found.setdefault((fired.declaration_id, fired.item_number), fired)

    def decided(self, outcome: Outcome) -> None:
        """After the challenger learned an outcome."""
        self._champion.learn_outcome(outcome)
        # An answer speaks of one alert's items, and `valuable` of no finding: only results of controls are labels here.
        if outcome.alert_id is None:
            self.labels.decided(outcome)

    def label(self, key: Key) -> Label | None:
        return self.labels.of(*key)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every item that one of the two fired: by the day, the challenger's first, the highest score first."""
        keys = self.challenger_fired.keys() | self.champion_fired.keys()
        rows = [(self.challenger_fired.get(key) or self.champion_fired[key], key) for key in keys]
        for fired, key in sorted(rows, key=lambda row: (row[0].day, row[1] not in self.challenger_fired, -row[0].score, row[1])):
            label = self.label(key)
            outcome = None if label is None else "irregular" if label.irregular else "compliant"
            yield {**asdict(fired), "challenger": key in self.challenger_fired, "champion": key in self.champion_fired, "outcome": outcome}


def _fired(result: Result) -> Iterator[Fired]:
    assessment, alert = result.assessment, result.alert
    if alert is None:
        return
    for item in assessment.items:
        if item.alerted:
            yield Fired(
                declaration_id=assessment.declaration_id,
                item_number=item.item_number,
                version=assessment.version,
                lodged_at=assessment.lodged_at,
                office=assessment.office,
                selected_by=item.selection.reason or "",
                typology=alert.typology,
                reason=_first_reason(item),
                lane=item.lane,
                severity=item.severity,
                score=item.score,
            )


def _first_reason(item: ItemAssessment) -> str:
    return item.reasons[0].code if item.reasons else "none"
