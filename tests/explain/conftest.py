"""What an engine says of some simulated days, and alerts made by hand."""

from collections.abc import Callable
from dataclasses import replace
from math import log

import orjson
import pytest

from stream_app.contracts.assessment import Alert, HeadState, Reason, Scores, Selection
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.outcome import decode_outcome
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import parse_pipeline
from stream_app.explain.reasons import reason, step, student
from stream_app.simulate import WorldConfig, simulate
from tests.support.goods import decode

QUICK = "[selection]\nwarm_up_items = 100\n[non_compliance]\nmature_outcomes = 20\n[detectors.half_space]\nwindow_size = 200\n"
WORLD = WorldConfig(seed=4, days=6, declarations_per_day=150, traders=150, random_control_share=0.3)


@pytest.fixture(scope="session")
def alerts() -> list[tuple[Declaration, Alert]]:
    """Every alert of six small days with the declaration that it is about; both heads select."""
    engine = Engine(parse_pipeline(QUICK), mode="replay")
    found = []
    for event in simulate(WORLD):
        if event.kind == "outcomes":
            engine.learn_outcome(decode_outcome(event.value, Limits(), event.at))
            continue
        declaration = decode(orjson.loads(event.value), event.at)
        result = engine.process(declaration)
        assert result.failures == []
        if result.alert is not None:
            found.append((declaration, result.alert))
    return found


def cheap() -> Reason:
    """T-shirts at 2 a kilogram where 114 others cost 20, within a fifth or so."""
    path = [
        step("hs2", "61", n=3_112.3, value=18.2),
        step("hs6", "610910", n=412.0, value=19.2, estimate=19.2),
        step("hs6_origin", "610910", "CN", n=114.2, value=20.0, estimate=20.0),
    ]
    range_ = {"typical": 20.0, "lower": 13.4, "upper": 29.9}
    return reason("unit_value_low", "unit_value", actual=2.0, path=path, impact=12.1, distribution=student(log(20.0), 0.2, 8.0), **range_)


def irregular() -> Reason:
    """Nine of fifteen toys from CN were irregular, one in thirty of all goods."""
    path = [
        step("all", n=2_000.0, value=0.0333, estimate=0.0334),
        step("hs2", "95", n=34.0, value=0.2, estimate=0.19),
        step("hs6_origin", "950300", "CN", n=15.0, value=0.6, estimate=0.57),
    ]
    return reason("irregular_before", "share_irregular", actual=0.6, typical=0.0333, path=path, impact=2.8)


def known() -> Reason:
    return reason("known_identity", "trader", actual=214.0, path=[step("all_items", n=1_000.0)], impact=4.0, details={"identity": "trader"})


@pytest.fixture
def made() -> Callable[..., Alert]:
    """An alert with two reasons and one thing said for it, and any field of it changed."""

    def make(**changes: object) -> Alert:
        alert = Alert(
            alert_id="7f19b103-8dbc-52b8-aeb3-6517d18b4c7d",
            revision=1,
            typology="unit_value",
            declaration_id="26NL000001",
            version=2,
            lodged_at="2026-03-02T08:14:05Z",
            office="NL000510",
            trader_id="T-SECRET",
            declarant_id="D-SECRET",
            item_number=3,
            items_alerted=[3, 7],
            hs_code="610910",
            origin_country="CN",
            departure_country="VN",
            score=89.52,
            percentile=99.9737,
            severity="critical",
            lane="red",
            selection=Selection("score:anomaly", 1.0, False, None, None),
            heads=Scores(0.9998, 0.57),
            reasons=[cheap(), irregular()],
            counter_evidence=[known()],
            missing=[],
            failed=[],
            maturity="mature",
            head_states={name: HeadState("mature", 20_000) for name in ("anomaly", "non_compliance", "critical", "revenue_at_risk")},
            model="0.2.0+c496c693",
            mode="live",
            source=None,
        )
        return replace(alert, **changes)

    return make
