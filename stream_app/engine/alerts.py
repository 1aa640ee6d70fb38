"""From scored items to one alert: the score scale, the leading item, the alert's identity."""

from collections.abc import Iterable
from math import log10

from stream_app.contracts.assessment import Alert, Assessment, ItemAssessment, deterministic_id
from stream_app.contracts.declaration import Declaration

POINTS_PER_DECADE = 25.0
EARLIER_VERSIONS = 20
"""Of an amended declaration, those whose alerts are known by their id."""


def score_of(p: float) -> float:
    """0 to 100: every 25 points are ten times rarer among recent items; 50 is one in a hundred, 100 one in ten thousand or rarer."""
    return round(min(100.0, POINTS_PER_DECADE * -log10(max(p, 1e-12))), 2) if p < 1.0 else 0.0


LANES = ("green", "blue", "yellow", "red")
"""From release to physical control."""
_STRICT = {lane: place for place, lane in enumerate(LANES)}
_SPEAKS = {"mandatory": 3, "score": 2, "exploration": 1, "random": 1}


def leading(items: list[ItemAssessment]) -> ItemAssessment:
    """The item that speaks for the declaration: a mandatory control before a score, a score before a draw, then the highest score, then the first."""
    return items[0] if len(items) == 1 else max(items, key=_rank)


def strictest(items: list[ItemAssessment]) -> str:
    """The lane of the declaration: opened for one item, it is opened."""
    return LANES[max([_STRICT[item.lane] for item in items])]


def _rank(item: ItemAssessment) -> tuple[int, float]:
    reason = item.selection.reason
    return (_SPEAKS[reason.partition(":")[0]] if reason else 0), item.score


def alert(declaration: Declaration, assessment: Assessment, leader: ItemAssessment, typology: str) -> Alert:
    """The declaration's alert. Its id follows from declaration, version and typology alone."""
    item = next(item for item in declaration.items if item.item_number == leader.item_number)
    return Alert(
        alert_id=_alert_id(declaration.declaration_id, declaration.version, typology),
        revision=1,
        typology=typology,
        declaration_id=declaration.declaration_id,
        version=declaration.version,
        lodged_at=declaration.lodged_at,
        office=declaration.office,
        trader_id=declaration.trader_id,
        declarant_id=declaration.declarant_id,
        item_number=leader.item_number,
        items_alerted=[item.item_number for item in assessment.items if item.alerted],
        hs_code=item.hs_code,
        origin_country=item.origin_country,
        departure_country=declaration.departure_country,
        score=leader.score,
        percentile=round(100.0 * (1.0 - 10 ** (-leader.score / POINTS_PER_DECADE)), 4),
        severity=leader.severity or "low",
        lane=assessment.lane,
        selection=leader.selection,
        heads=leader.scores,
        reasons=leader.reasons,
        counter_evidence=leader.counter_evidence,
        missing=leader.missing,
        failed=leader.failed,
        maturity=leader.maturity,
        head_states=assessment.heads,
        model=assessment.model,
        mode=assessment.mode,
        source=assessment.source,
    )


def is_alert_of(alert_id: str, declaration_id: str, latest: int, typologies: Iterable[str]) -> bool:
    """Whether a version of the declaration, up to its `latest`, would have this id for an alert of one of the typologies."""
    versions = range(latest, max(0, latest - EARLIER_VERSIONS), -1)
    return any(_alert_id(declaration_id, version, typology) == alert_id for typology in typologies for version in versions)


def _alert_id(declaration_id: str, version: int, typology: str) -> str:
    return deterministic_id("alert", declaration_id, version, typology)
