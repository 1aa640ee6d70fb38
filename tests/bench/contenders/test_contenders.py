"""The contenders learn what they are taught, when they are taught it, and nothing else."""

from collections.abc import Callable

import numpy as np
import pytest

from stream_app.engine.pipeline import Pipeline
from tests.bench.cases import Cases
from tests.bench.contenders.engine import TidewaiterEngine
from tests.bench.contenders.entrants import ENTRANTS, field
from tests.bench.contenders.head import HeadAlone
from tests.bench.contenders.lightgbm_weekly import WeeklyLightGBM
from tests.bench.contenders.memory import ExactMemory, ValuesOracle, rate_by_group
from tests.bench.contenders.river_models import RiverOnEncodings, adaptive_random_forest, logistic_regression
from tests.bench.features import matrix
from tests.bench.invented import as_cases, quarter, row
from tests.bench.metrics import auc
from tests.bench.policies import EveryRow
from tests.bench.prequential import Choice, Contender, Scored, run

CASES = as_cases(*quarter())
MATRIX = matrix(CASES.declarations)

LEARNERS: dict[str, Callable[[Cases], Contender]] = {
    "engine": lambda cases: TidewaiterEngine(cases, Pipeline()),
    "head": lambda cases: HeadAlone(cases, Pipeline()),
    "lightgbm": lambda cases: WeeklyLightGBM(cases, MATRIX),
    "arf": lambda cases: RiverOnEncodings("", adaptive_random_forest(), cases, MATRIX),
    "logistic": lambda cases: RiverOnEncodings("", logistic_regression(), cases, MATRIX),
}


class FirstFortnight:
    """Labels of the first two weeks only."""

    def choose(self, day: int, places: np.ndarray, scored: Scored) -> Choice:
        return Choice(np.full(len(places), day < 14), np.zeros(len(places), dtype=bool))


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_finds_what_the_labels_teach(name: str) -> None:
    risk = run(LEARNERS[name](CASES), CASES, EveryRow()).heads["non_compliance"]
    assert auc(risk[CASES.test], CASES.irregular[CASES.test]) > 0.95


@pytest.mark.parametrize("name", LEARNERS)
def test_labels_that_nobody_asked_for_change_nothing(name: str) -> None:
    turned = as_cases(*(one | {"Fraud": "0", "Critical Fraud": "0"} if one["Date"] > "2020-12-14" else one for one in quarter()))
    assert turned.irregular.sum() < CASES.irregular.sum()
    first, second = (run(LEARNERS[name](cases), cases, FirstFortnight()).heads["non_compliance"] for cases in (CASES, turned))
    assert np.array_equal(first, second, equal_nan=True)


def test_lightgbm_is_fitted_once_a_week_from_the_first_day_that_counts() -> None:
    contender = WeeklyLightGBM(CASES, MATRIX, first_day=31)
    found = run(contender, CASES, EveryRow()).heads["non_compliance"]
    assert contender.fits == 5  # on days 31, 38, 45, 52 and 59
    assert not found[CASES.day < 31].any()
    assert found[CASES.day >= 31].all()


def test_critical_goods_are_ranked_by_labels_of_their_own() -> None:
    plain = field(CASES, Pipeline())
    for name in ("head", "lightgbm", "logistic"):
        found = run(ENTRANTS[name](plain, "critical", 0, CASES.test), CASES, EveryRow())
        assert set(found.heads) == {"critical"}
        assert auc(found.heads["critical"][CASES.test], CASES.critical[CASES.test]) > 0.9


def test_revenue_at_risk_is_probability_times_duty() -> None:
    found = run(LEARNERS["logistic"](CASES), CASES, EveryRow()).heads
    assert found["revenue_at_risk"] == pytest.approx(found["non_compliance"] * CASES.duty)


def test_the_engine_shows_every_head_and_what_it_selected() -> None:
    engine = TidewaiterEngine(CASES, Pipeline())
    scored = engine.score(0, np.arange(12))
    assert set(scored.heads) == {"anomaly", "non_compliance", "critical", "revenue_at_risk"}
    assert np.isnan(scored.heads["non_compliance"]).all()  # no outcome has come
    assert scored.selected is not None
    assert scored.selected.shape == (12,)


def test_the_head_alone_says_what_it_says_in_the_engine() -> None:
    """From the second week on: before the first outcome the engine says nothing. It keeps what was scored to seven digits."""
    engine, alone = (run(LEARNERS[name](CASES), CASES, EveryRow()).heads["non_compliance"] for name in ("engine", "head"))
    told = ~np.isnan(engine)
    assert told.sum() > 500
    assert alone[told] == pytest.approx(engine[told], abs=1e-5)


def test_the_memory_of_copies_is_their_rate_and_the_general_one_for_what_is_new() -> None:
    cases = as_cases(row(0), row(1), row(2, Item_Price="900.0"), row(3))
    memory = ExactMemory(cases)
    memory.learn(np.array([0, 1]), np.array([True, False]), np.array([False, False]))
    found = memory.score(0, np.array([2, 3])).heads
    # Everything: (1 + 1) / (2 + 2). Two copies of row 3, one of them irregular: (1 + 0.5) / (2 + 1).
    assert found["non_compliance"] == pytest.approx([0.5, 0.5])
    assert found["critical"] == pytest.approx([0.25, 0.25 / 3])  # (0 + 1) / (2 + 2) of everything, which counts as one label
    memory.learn(np.array([3]), np.array([True]), np.array([True]))
    assert memory.score(0, np.array([3])).heads["non_compliance"] == pytest.approx([(2 + 3 / 5) / 4])


def test_the_ceiling_is_the_best_order_of_groups_and_cannot_tell_equals_apart() -> None:
    # Three equals, two of them irregular, and one other that is not: of 2 x 2 pairs one tie each with the honest equal, two won.
    cases = as_cases(row(0, 31, Fraud="1"), row(1, 31, Fraud="1"), row(2, 31), row(3, 31, Item_Price="900.0"))
    found = ValuesOracle(cases, cases.test).score(0, np.arange(4)).heads
    assert found["non_compliance"] == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0.0])
    assert auc(found["non_compliance"], cases.irregular) == pytest.approx(0.75)


def test_the_ceiling_reads_the_measured_rows_only() -> None:
    group, positive = np.array([0, 0, 1, 2]), np.array([True, False, True, True])
    assert rate_by_group(group, positive, np.array([False, True, True, False])).tolist() == [0.0, 1.0, 0.0]
