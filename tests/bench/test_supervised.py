"""The figures of a run, worked out by hand."""

import numpy as np
import pytest

from stream_app.engine.pipeline import Pipeline
from tests.bench.contenders.entrants import field
from tests.bench.invented import as_cases, quarter, row
from tests.bench.prequential import Run
from tests.bench.supervised import evaluate_supervised, live, own_selector, ranking, score_of

# Two rows in the warm-up (days 0 and 1), four live in December and January (days 30, 31), of which the last is a copy.
CASES = as_cases(
    row(0, 0, Fraud="1"),
    row(1, 1),
    row(2, 30, Fraud="1", Item_Price="1.0"),
    row(3, 31, Item_Price="2.0"),
    row(4, 31, Fraud="1", Item_Price="3.0"),
    row(5, 31, Fraud="1", Item_Price="3.0"),
)


def a_run(**heads: list[float]) -> Run:
    selected = np.array([True, True, False, True, True, False])
    drawn = np.array([False, False, False, True, False, False])
    return Run("by hand", {name: np.array(values) for name, values in heads.items()}, selected, drawn, learning_s=0.001, scoring_s=0.005)


def test_live_precision_and_recall_begin_after_the_warm_up() -> None:
    found = live(a_run(), CASES)
    # Selected of the live rows 2 to 5: rows 3 and 4, of which 4 is irregular; irregular are 2, 4 and 5.
    assert found["live"] == {"share": 0.5, "precision": 0.5, "recall": pytest.approx(1 / 3)}
    # Never seen: all but row 5. In the test period: rows 3, 4 and 5.
    assert found["live_never_seen"] == {"share": pytest.approx(2 / 3), "precision": 0.5, "recall": 0.5}
    assert found["test"] == {"share": pytest.approx(2 / 3), "precision": 0.5, "recall": 0.5}
    assert found["test_never_seen"] == {"share": 1.0, "precision": 0.5, "recall": 1.0}


def test_the_hit_rate_is_that_of_the_control_sample_alone() -> None:
    sample = live(a_run(), CASES)["control_sample"]
    assert (sample["n"], sample["hit_rate"], sample["truth"]) == (1, 0.0, 0.75)
    assert sample["ci95"][1] > 0.75  # one row says little


def test_ranking_is_measured_in_the_test_period_all_rows_and_never_seen_apart() -> None:
    found = ranking(a_run(non_compliance=[0.0, 1.0, 0.0, 0.4, 0.2, 0.8]), CASES)
    # Rows 3 (honest, 0.4), 4 (0.2) and 5 (0.8): one pair of two is won; of the never-seen 3 and 4 none.
    assert (found["all"]["n"], found["all"]["auc"]) == (3, 0.5)
    assert (found["never_seen"]["n"], found["never_seen"]["auc"]) == (2, 0.0)
    assert found["all"]["brier"] == pytest.approx((0.16 + 0.64 + 0.04) / 3)
    assert found["cpu_s"] == pytest.approx(0.006)
    assert found["us_per_row"] == pytest.approx(2_000.0)


def test_a_head_that_never_spoke_is_no_head() -> None:
    nothing = [float("nan")] * 6
    assert ranking(a_run(non_compliance=nothing), CASES) == {}
    assert score_of(a_run(), "critical") is None
    assert score_of(a_run(critical=[*nothing[1:], 0.5]), "critical").tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 0.5]


def test_everybody_is_measured_on_the_same_rows() -> None:
    found = evaluate_supervised(Pipeline(), quarter(), names=("engine", "logistic", "copies", "ceiling"))
    assert (found["rows"], found["refused"]) == (720, 0)
    for name, figures in found["contenders"].items():
        assert figures["full"]["all"]["n"] == 29 * 12, name  # 1 to 29 January
        assert set(figures["selective"]) >= {"of_rows", "of_budget"}
        assert figures["drift"]["all"]["n"] == 29 * 12
    ceiling = found["contenders"]["ceiling"]
    assert ceiling["full"]["all"]["auc"] == 1.0
    assert found["contenders"]["logistic"]["selective"]["of_rows"]["live"]["share"] == pytest.approx(0.10, abs=0.01)


def test_the_engines_own_selector_is_measured_where_it_can_be_set_up() -> None:
    own = own_selector(field(as_cases(*quarter()), Pipeline()))
    if own is not None:
        assert own["live"]["share"] == pytest.approx(0.10, abs=0.05)
    else:
        assert "pacing" not in type(Pipeline().selection).model_fields
