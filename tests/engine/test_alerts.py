"""The score scale, and which item speaks for a declaration."""

import pytest

from stream_app.contracts.assessment import ItemAssessment, Scores, Selection
from stream_app.engine.alerts import leading, score_of, strictest


@pytest.mark.parametrize(("p", "score"), [(1.0, 0.0), (0.1, 25.0), (0.01, 50.0), (0.001, 75.0), (1e-4, 100.0), (1e-30, 100.0), (0.0, 100.0)])
def test_every_twentyfive_points_are_ten_times_rarer(p: float, score: float) -> None:
    assert score_of(p) == pytest.approx(score)


def item(number: int, score: float, reason: str | None, lane: str = "green") -> ItemAssessment:
    selection = Selection(reason, 1.0, False, None, None)
    return ItemAssessment(number, Scores(0.5, None), score, lane, reason is not None, "low" if reason else None, selection, "mature", {})


def test_a_list_speaks_before_a_score_a_score_before_a_draw_and_of_equals_the_higher_score() -> None:
    items = [item(1, 90.0, None), item(2, 20.0, "random"), item(3, 50.0, "score:anomaly"), item(4, 60.0, "score:critical")]
    assert leading(items).item_number == 4
    assert leading([*items, item(5, 1.0, "mandatory:rule")]).item_number == 5
    assert leading(items[:2]).item_number == 2
    assert leading([item(1, 10.0, None), item(2, 30.0, None), item(3, 30.0, None)]).item_number == 2


def test_the_lane_of_a_declaration_is_the_strictest_of_its_items_whoever_leads() -> None:
    lanes = {"green": None, "blue": "score:revenue_at_risk", "yellow": "exploration", "red": "random"}
    items = [item(number, 10.0, reason, lane) for number, (lane, reason) in enumerate(lanes.items())]
    assert [strictest(items[: length + 1]) for length in range(4)] == ["green", "blue", "yellow", "red"]
