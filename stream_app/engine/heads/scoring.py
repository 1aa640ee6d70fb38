"""Both probability heads in one kernel call a declaration: the groups of an item are encoded once."""

import numpy as np

from stream_app.detectors.features import CODED, Goods
from stream_app.engine.heads.groups import CROSSES, GROUPS, LAYOUT, encode_into
from stream_app.learning.compiled import CODE_MATRIX, FLOAT, MATRIX, VOID, Array, kernel
from stream_app.learning.risk import MODEL, SCORED, RiskModel, expect, score

_LAYOUT = tuple(LAYOUT)


@kernel(VOID, CODE_MATRIX, *MODEL, FLOAT, *MODEL, FLOAT, MATRIX)
def _score_both(
    words: Array,
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
    for number in range(len(words)):
        encode_into(words[number, :CODED], words[number, CODED:].view(np.float64), groups, crosses)
        expect(table, weights, groups, crosses)
        expect(other_table, other_weights, groups, crosses)
        score(table, settings, weights, blend, _LAYOUT, groups, crosses, growth, scored[number, :SCORED])
        score(other_table, other_settings, other_weights, other_blend, _LAYOUT, groups, crosses, other_growth, scored[number, SCORED:])


def score_both(goods: Goods, first: RiskModel, second: RiskModel, growth: tuple[float, float]) -> list[list[float]]:
    """The items as scored by either model, a row each: SCORED numbers of the first (learning/risk.py), then of the second."""
    scored = np.empty((len(goods.words), 2 * SCORED))
    _score_both(goods.words, *first.arrays, growth[0], *second.arrays, growth[1], scored)
    return scored.tolist()
