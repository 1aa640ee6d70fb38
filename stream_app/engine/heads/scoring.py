"""Both probability heads in one kernel call a declaration: the groups of an item are encoded once."""

from typing import NamedTuple

import numpy as np
from numba import types

from stream_app.detectors.features import CODED, Goods
from stream_app.engine.heads.groups import CROSSES, GROUPS, LAYOUT, encode_into
from stream_app.engine.heads.kept import open_packed
from stream_app.learning.compiled import CODE_MATRIX, CODES, FLOAT, MATRIX, SINGLES, VOID, Array, kernel
from stream_app.learning.risk import CONTROLS, MODEL, PROBABILITY, SCORED, RiskModel, expect, learn, score

_LAYOUT = tuple(LAYOUT)
KEPT_BYTES = 2 * SCORED * 4


class Finding(NamedTuple):
    """What a control found, for one model: its fast speed's weight of that time, and whether it was what the model looks for."""

    model: RiskModel
    growth: float
    found: bool

    @property
    def told(self) -> tuple[float, float, float]:
        """As the kernel takes it."""
        return self.growth, self.model.regression.rate, float(self.found)


@kernel(VOID, CODE_MATRIX, *MODEL, FLOAT, *MODEL, FLOAT, MATRIX, SINGLES)
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
    said: Array,
    kept: Array,
) -> None:
    groups, crosses, scored = np.empty(GROUPS, np.uint64), np.empty(CROSSES, np.uint64), np.empty(2 * SCORED)
    for number in range(len(words)):
        encode_into(words[number, :CODED], words[number, CODED:].view(np.float64), groups, crosses)
        expect(table, weights, groups, crosses)
        expect(other_table, other_weights, groups, crosses)
        score(table, settings, weights, blend, _LAYOUT, groups, crosses, growth, scored[:SCORED])
        score(other_table, other_settings, other_weights, other_blend, _LAYOUT, groups, crosses, other_growth, scored[SCORED:])
        said[number, 0], said[number, 1], said[number, 2] = scored[PROBABILITY], scored[SCORED + PROBABILITY], scored[CONTROLS]
        kept[number] = scored


@kernel(VOID, CODES, *MODEL, FLOAT, FLOAT, FLOAT, *MODEL, FLOAT, FLOAT, FLOAT, types.float32[::1], FLOAT)
def _teach_both(
    words: Array,
    table: Array,
    settings: Array,
    weights: Array,
    blend: Array,
    growth: float,
    rate: float,
    finding: float,
    other_table: Array,
    other_settings: Array,
    other_weights: Array,
    other_blend: Array,
    other_growth: float,
    other_rate: float,
    other_finding: float,
    kept: Array,
    weight: float,
) -> None:
    groups, crosses, scored = np.empty(GROUPS, np.uint64), np.empty(CROSSES, np.uint64), kept.astype(np.float64)
    encode_into(words[:CODED], words[CODED:].view(np.float64), groups, crosses)
    expect(table, weights, groups, crosses)
    expect(other_table, other_weights, groups, crosses)
    learn(table, settings, weights, blend, _LAYOUT, groups, crosses, scored[:SCORED], finding, weight, growth, rate)
    learn(
        other_table,
        other_settings,
        other_weights,
        other_blend,
        _LAYOUT,
        groups,
        crosses,
        scored[SCORED:],
        other_finding,
        weight,
        other_growth,
        other_rate,
    )


def teach_both(packed: bytes, first: Finding, second: Finding, weight: float) -> None:
    """Teach either model what was found of an item as packed (kept.py), `weight` of an outcome."""
    words, kept = open_packed(packed)
    _teach_both(words, *first.model.arrays, *first.told, *second.model.arrays, *second.told, kept, weight)


def score_both(goods: Goods, first: RiskModel, second: RiskModel, growth: tuple[float, float]) -> tuple[list[list[float]], bytes]:
    """Of the items, a row each: both probabilities and the first's controls; and what to keep of them, `KEPT_BYTES` an item: SCORED numbers of
    the first (learning/risk.py), then of the second, in single precision."""
    items = len(goods.words)
    said, kept = np.empty((items, 3)), np.empty((items, 2 * SCORED), np.float32)
    _score_both(goods.words, *first.arrays, growth[0], *second.arrays, growth[1], said, kept)
    return said.tolist(), kept.tobytes()
