"""What share of every window was selected."""

import numpy as np
import pytest

from stream_app.engine.pipeline import Pipeline
from tests.bench.contenders.engine import TidewaiterEngine
from tests.bench.invented import as_cases, row
from tests.bench.policies import EveryRow
from tests.bench.prequential import run
from tests.bench.windows import Watched, budget, burst_recall, window_shares


def test_windows_begin_at_every_place() -> None:
    selected = np.array([True, False, False, True, True])
    assert window_shares(selected, 2).tolist() == [0.5, 0.0, 0.5, 1.0]
    assert window_shares(selected, 5).tolist() == [0.6]


def test_a_budget_holds_in_the_windows_that_stay_inside_the_band() -> None:
    # One in fifty for 10,000 rows, then nothing: a window of 5,000 holds 1.5 % until 1,250 of its rows lie in the silence.
    selected = np.concatenate([np.arange(10_000) % 50 == 0, np.zeros(5_000, dtype=bool)])
    found = budget(selected)
    assert (found["least"], found["largest"]) == (0.0, pytest.approx(0.02))
    assert found["share"] == pytest.approx(200 / 15_000)
    assert found["held"] == pytest.approx((5_001 + 1_250) / 10_001, abs=0.005)


def test_a_fraud_that_was_split_is_caught_once_with_any_of_its_parcels() -> None:
    cases = as_cases(*(row(number) for number in range(5)))
    group = {"00000000": "a", "00000001": "a", "00000002": "b", "00000003": "c"}
    found = burst_recall(cases, np.array([False, True, False, True, True]), group)
    assert found == {"frauds": 3, "recall": pytest.approx(2 / 3)}


def test_the_watch_changes_nothing_and_sees_every_row() -> None:
    cases = as_cases(*(row(number, number // 50, Item_Price=str(800.0 + number % 17 if number != 690 else 1.0)) for number in range(700)))
    plain = run(TidewaiterEngine(cases, Pipeline()), cases, EveryRow())
    watched = Watched(TidewaiterEngine(cases, Pipeline()), len(cases))
    seen = run(watched, cases, EveryRow())
    assert np.array_equal(plain.heads["anomaly"], seen.heads["anomaly"])
    assert watched.selected[690]
