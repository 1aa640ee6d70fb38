"""The house's own detectors asked and taught by one kernel call a declaration: eleven calls an item, each with its arrays, cost as much as what
they do. What a detector does is stated once, in its own file (`surprise` and `take`), and compiled both into its own calls and in here.

`Panel` asks detectors one by one where there are others among them, or where one of these gives no score; tests hold both ways to the same bytes.
"""

from typing import Any

import numpy as np

from stream_app.detectors import burst, contexts, half_space, measures, novelty, rare_combination, splitting, tariff_shift
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Goods, Item, item_of
from stream_app.detectors.registry import detector_classes
from stream_app.learning import p_values
from stream_app.learning.book import BOOK, book, codes, floats, ints, matrix
from stream_app.learning.compiled import BOOL, CODE_MATRIX, FLOAT, MATRIX, VOID, Array, inlined, kernel
from stream_app.learning.p_values import PValues

FIRST_STAGE = ("burst", "mass", "novelty", "odd_goods", "odd_office", "odd_origin", "rare_combination", "splitting", "tariff_shift", "unit_value")
SECOND_STAGE = "half_space"
_N = len(FIRST_STAGE)
_ABSENT = 8
"""Keys of a detector that the panel does not have: kernels want every state."""

ABSENT = -1
_ARRIVALS = _N + 1
"""Of the columns' places, where those begin that say of the first stage who counts arrivals, and has no score of an amendment."""
_EXTRA = 2
"""Of a row of what is found: rarity and leader, behind all detectors' scores, the first stage's surprises, and all p-values."""
_QUIET, _WEIGHTS, _COLUMNS, _NUMBERS, _WINDOWS = range(5)
_STATES = 5
"""Places of arrays in the book; the states' follow."""
_TAIL_SHARE, _EXPONENT, _STRENGTHS = range(3)
"""Places among the numbers; the contexts' prior strengths, the pairs' and the limit of splitting follow."""


@inlined
def _states(book: Array) -> Any:
    """The detectors' states, in the order of their names."""
    numbers = floats(book, _NUMBERS)
    return (
        (codes(book, 5), matrix(book, 6), floats(book, 7)),
        (codes(book, 8), codes(book, 9), matrix(book, 10)),
        (codes(book, 11), codes(book, 12)),
        (codes(book, 13), floats(book, 14), ints(book, 15), numbers[2]),
        (codes(book, 16), floats(book, 17), ints(book, 18), numbers[3]),
        (codes(book, 19), floats(book, 20), ints(book, 21), numbers[4]),
        (codes(book, 22), floats(book, 23), numbers[5]),
        (codes(book, 24), codes(book, 25), matrix(book, 26), numbers[6]),
        (codes(book, 27),),
        (codes(book, 28), codes(book, 29), matrix(book, 30)),
        matrix(book, 31),
    )


@inlined
def _expect(states: Any, x: Item) -> None:
    """Have all that the first stage looks up loaded, at once."""
    burst.expect(states[0], x)
    measures.expect(states[1], x)
    novelty.expect(states[2], x)
    contexts.expect(states[3], x)
    contexts.expect(states[4], x)
    contexts.expect(states[5], x)
    rare_combination.expect(states[6], x)
    splitting.expect(states[7], x)
    tariff_shift.expect(states[8], x)
    measures.expect(states[9], x)


@inlined
def _ask(states: Any, x: Item) -> Any:
    """The first stage's scores, in nats."""
    return (
        burst.surprise(states[0], x),
        measures.surprise(states[1], x),
        novelty.surprise(states[2], x),
        contexts.surprise(states[3], x),
        contexts.surprise(states[4], x),
        contexts.surprise(states[5], x),
        rare_combination.surprise(states[6], x),
        splitting.surprise(states[7], x),
        tariff_shift.surprise(states[8], x),
        measures.surprise(states[9], x),
    )


@inlined
def _teach(states: Any, x: Item) -> None:
    burst.take(states[0], x)
    measures.take(states[1], x)
    novelty.take(states[2], x)
    contexts.take(states[3], x)
    contexts.take(states[4], x)
    contexts.take(states[5], x)
    rare_combination.take(states[6], x)
    splitting.take(states[7], x)
    tariff_shift.take(states[8], x)
    measures.take(states[9], x)


@kernel(BOOL, BOOK, CODE_MATRIX, FLOAT, FLOAT, FLOAT, BOOL, MATRIX)
def _score(book: Array, words: Array, growth: float, day: float, share: float, amended: bool, found: Array) -> bool:
    goods, states, n = Goods(words, growth, day, share), _states(book), book[_QUIET, 1]
    quiet, weights, columns, numbers, windows = floats(book, 0), floats(book, 1), ints(book, 2), floats(book, 3), matrix(book, 4)
    second, sound = columns[_N], True
    first = n - (second != ABSENT)
    for number in range(len(words)):
        _expect(states, item_of(goods, number))
    for number in range(len(words)):
        raw, surprises, p = found[number, :n], found[number, n : n + first], found[number, n + first : 2 * n + first]
        scores = _ask(states, item_of(goods, number))
        for place in range(_N):
            if columns[place] != ABSENT:
                sound &= 0.0 <= scores[place] < np.inf
                raw[columns[place]] = np.nan if amended and columns[_ARRIVALS + place] else scores[place]
        for column in range(first):
            p[column] = p_values.p_of(windows, raw, quiet, numbers[_TAIL_SHARE], column)
            surprises[column] = p_values.decades(p[column])
        if second != ABSENT:
            raw[second] = half_space.surprise(states[_N], surprises)
            sound &= 0.0 <= raw[second] < np.inf
            p[second] = p_values.p_of(windows, raw, quiet, numbers[_TAIL_SHARE], second)
        found[number, 2 * n + first], found[number, 2 * n + first + 1] = p_values.combine(p, weights, numbers[_EXPONENT])
    return sound


@kernel(VOID, BOOK, CODE_MATRIX, FLOAT, FLOAT, FLOAT, MATRIX)
def _learn(book: Array, words: Array, growth: float, day: float, share: float, found: Array) -> None:
    goods, states, n = Goods(words, growth, day, share), _states(book), book[_QUIET, 1]
    columns, windows = ints(book, _COLUMNS), matrix(book, _WINDOWS)
    second = columns[_N]
    for number in range(len(words)):
        raw = found[number, :n]
        _teach(states, item_of(goods, number))
        if second != ABSENT:
            half_space.take(states[_N], found[number, n : 2 * n - 1])
            if not half_space.warm(states[_N]):
                raw[second] = np.nan
        p_values.take(windows, raw)


Told = tuple[dict[str, float], float, str | None]
"""Of one item: p-values by detector, rarity in nats, and the leading detector, None where there is none."""


class Fused:
    """Some or all of the house's own detectors, in the order of the panel."""

    def __init__(self, detectors: dict[str, Detector], windows: PValues, weights: Array, exponent: float) -> None:
        classes, names = detector_classes(), (*detectors,)
        self._leaders = *names, None  # None is the last one, and so at -1
        self._names = names
        trees: Any = detectors.get(SECOND_STAGE)
        present: list[Any] = [detectors.get(name) or classes[name](max_keys=_ABSENT) for name in FIRST_STAGE]  # type: ignore[call-arg]
        parts = [part for detector in present for part in detector.state]
        self._n, self._first = len(names), len(names) - (trees is not None)
        columns = [names.index(name) if name in detectors else ABSENT for name in (*FIRST_STAGE, SECOND_STAGE)]
        columns += [int(detector.counts_arrivals) for detector in present]
        numbers = np.array([windows.tail_share, exponent, *[part for part in parts if isinstance(part, float)]])
        nodes = np.zeros((1, 4)) if trees is None else trees.plant(self._first)
        states = [part for part in parts if not isinstance(part, float)]
        self._arrays = windows.quiet, weights, np.array(columns), numbers, windows.windows, *states, nodes
        self._book = book(self._arrays)

    def score(self, goods: Goods, amended: bool = False) -> Array | None:
        """All there is to know of the items, a row each; None where a detector gave no score, finite and not negative. State is left unchanged."""
        found = np.empty((len(goods.words), 2 * self._n + self._first + _EXTRA))
        return found if _score(self._book, *goods, amended, found) else None

    def told(self, found: Array, amended: bool = False) -> list[Told]:
        """What an assessment says of it."""
        names, leaders, rows = self._names, self._leaders, found[:, self._n + self._first :].tolist()
        told = [(dict(zip(names, row, strict=False)), row[-2], leaders[int(row[-1])]) for row in rows]  # the last two have no name
        return [({name: p for name, p in ps.items() if p == p}, *rest) for ps, *rest in told] if amended else told

    def surprises(self, row: Array) -> Array:
        """Of the first stage, from an item's row."""
        return row[self._n : self._n + self._first]

    def learn(self, goods: Goods, found: Array) -> None:
        """Take the items and their scores in, in their order."""
        _learn(self._book, *goods, found)


def fits(detectors: dict[str, Detector]) -> bool:
    """Whether these are the house's own and nothing else."""
    classes = detector_classes()
    return all(name in (*FIRST_STAGE, SECOND_STAGE) and type(detector) is classes[name] for name, detector in detectors.items())
