"""Both probability heads in one kernel call: the groups of an item are encoded once."""

import numpy as np

from stream_app.engine.heads.groups import CROSSES, GROUPS, LAYOUT, encode_into
from stream_app.learning.compiled import CODES, FLOAT, FLOATS, MATRIX, VOID, Array, kernel
from stream_app.learning.risk import MODEL, SCORED, RiskModel, score

_LAYOUT = tuple(LAYOUT)


@kernel(VOID, CODES, FLOATS, *MODEL, FLOAT, *MODEL, FLOAT, MATRIX)
def _score_both(
    codes: Array,
    measures: Array,
    table: Array,
    settings: Array,
    weights: Array,
    blend: Array,
    growth: float,
    other_table: Array,
    other_settings: Array,
    other_weights: Array,
    other_blend: Array,
    other_growth: float,
    scored: Array,
) -> None:
    groups, crosses = np.empty(GROUPS, np.uint64), np.empty(CROSSES, np.uint64)
    encode_into(codes, measures, groups, crosses)
    score(table, settings, weights, blend, _LAYOUT, groups, crosses, growth, scored[0])
    score(other_table, other_settings, other_weights, other_blend, _LAYOUT, groups, crosses, other_growth, scored[1])


def score_both(codes: Array, measures: Array, first: RiskModel, second: RiskModel, growth: tuple[float, float]) -> Array:
    """The item as scored by either model, a row each (learning/risk.py)."""
    scored = np.empty((2, SCORED))
    _score_both(codes, measures, *first.arrays, growth[0], *second.arrays, growth[1], scored)
    return scored
