"""Everybody who can take part, by name, and what it is called in the tables."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from stream_app.engine.pipeline import Pipeline
from tests.bench.cases import Bools, Cases
from tests.bench.contenders.engine import TidewaiterEngine
from tests.bench.contenders.head import HeadAlone
from tests.bench.contenders.lightgbm_weekly import WeeklyLightGBM
from tests.bench.contenders.memory import ExactMemory, ValuesOracle
from tests.bench.contenders.river_models import FOREST_GROUPS, RiverOnEncodings, adaptive_random_forest, logistic_regression
from tests.bench.features import Matrix, matrix
from tests.bench.prequential import Contender


class Field(NamedTuple):
    """One set of cases and what is read of them."""

    cases: Cases
    matrix: Matrix
    pipeline: Pipeline

    @property
    def first_test_day(self) -> int:
        return int(self.cases.day[np.argmax(self.cases.test)])


def field(cases: Cases, pipeline: Pipeline) -> Field:
    return Field(cases, matrix(cases.declarations), pipeline)


Entry = Callable[[Field, str, int, Bools], Contender]
"""From the field, the label to learn (non_compliance or critical), the first day whose scores count, and the rows that are measured."""

ENTRANTS: dict[str, Entry] = {
    "engine": lambda f, target, first, measured: TidewaiterEngine(f.cases, f.pipeline),
    "head": lambda f, target, first, measured: HeadAlone(f.cases, f.pipeline, target),
    "lightgbm": lambda f, target, first, measured: WeeklyLightGBM(f.cases, f.matrix, target, first),
    "arf": lambda f, target, first, measured: RiverOnEncodings("River ARF", adaptive_random_forest(), f.cases, f.matrix, target, FOREST_GROUPS),
    "logistic": lambda f, target, first, measured: RiverOnEncodings("River LR", logistic_regression(), f.cases, f.matrix, target),
    "copies": lambda f, target, first, measured: ExactMemory(f.cases),
    "ceiling": lambda f, target, first, measured: ValuesOracle(f.cases, measured),
}
