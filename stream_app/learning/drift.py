"""When a mean has moved, and which group of goods moved it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stream_app.learning.adwin import Adwin
from stream_app.learning.compiled import Array
from stream_app.learning.plain import PART

STANDS_OUT = 0.2
"""By so much a group's share of a change must exceed its share of the rows, to be named for it."""
LEAST = 5
"""Batches on either side of the moment from which on a mean is another."""


class Cause(NamedTuple):
    """The group that moved most beyond its size: column and code of the group, its own mean before and after, and its share of the change."""

    column: int
    group: int
    before: float
    after: float
    share: float


class Change(NamedTuple):
    """A mean that is another than before: over the `n` rows since `since` (seconds since 1970), against the `n_before` that came before them."""

    name: str
    before: float
    after: float
    n_before: int
    n: int
    since: float
    cause: Cause | None


class MeanWatch:
    """ADWIN (adwin.py) over the means of batches of rows, one a name; a bounded memory of rows says who moved.

    ADWIN's bound is for values in [0, 1]: means are divided by `ceiling` first, and cut there. `kept` rows are remembered to
    say since when and by whom; NaN is no value.
    """

    KEEPS = {"_rows": int, "_fed": int, **dict.fromkeys(("_adwins", "_values", "_groups", "_times"), PART)}

    def __init__(self, names: Sequence[str], columns: int, batch: int, ceiling: float, delta: float, kept: int = 8_192) -> None:
        self.names = tuple(names)
        self.batch = batch
        self._ceiling = ceiling
        self._adwins = [Adwin(delta) for _ in names]
        self._values = np.full((kept // batch * batch, len(self.names)), np.nan, np.float32)
        self._groups = np.zeros((len(self._values), columns), np.uint8)
        self._times = np.zeros(len(self._values))
        self._rows = 0
        self._fed = 0

    def learn(self, values: Array, groups: Array, at: float) -> list[Change]:
        """Take rows in, fewer than are kept: values [rows, names], codes of groups [rows, columns], and their time. ADWIN gets whole batches."""
        places = np.arange(self._rows, self._rows + len(values)) % len(self._values)
        self._values[places], self._groups[places], self._times[places] = values, groups, at
        self._rows += len(values)
        batches = (self._rows - self._fed) // self.batch
        order = np.arange(self._fed, self._fed + batches * self.batch) % len(self._values)
        self._fed += batches * self.batch
        rows = self._values[order].reshape(batches, self.batch, len(self.names))
        known = ~np.isnan(rows)
        counts = known.sum(axis=1)
        means = np.minimum(np.where(known, rows, 0.0).sum(axis=1) / np.maximum(counts, 1) / self._ceiling, 1.0)
        return [change for row, some in zip(means.tolist(), counts.tolist(), strict=True) for change in self._feed(row, some)]

    def _feed(self, means: list[float], counts: list[int]) -> list[Change]:
        given = enumerate(zip(self._adwins, means, counts, strict=True))
        moved = [place for place, (adwin, mean, count) in given if count and adwin.update(mean)]
        return [change for place in moved if (change := self._change(place))]

    def taken_in(self) -> None:
        """Raises ValueError where fewer rows came than were fed, or a batch waits that should have been."""
        if not 0 <= self._rows - self._fed < self.batch:
            raise ValueError("rows and batches do not fit")

    def present(self, name: str) -> tuple[float, int]:
        """The mean over what ADWIN holds to be the present, cut at the ceiling, and its rows; (0, 0) before the first value."""
        adwin = self._adwins[self.names.index(name)]
        return adwin.estimation * self._ceiling, adwin.width * self.batch

    def _change(self, place: int) -> Change | None:
        """What ADWIN found, dated: it drops its oldest values a few at a time, so its own window begins too early."""
        held = min(self._rows, len(self._values))
        order = np.arange(self._rows - held, self._rows) % len(self._values)
        values, groups = self._values[order, place], self._groups[order]
        known = ~np.isnan(values)
        begin = _split(np.where(known, values, 0.0), known, self.batch)
        new, old = known & (np.arange(held) >= begin), known & (np.arange(held) < begin)
        if not (new.any() and old.any()):
            return None
        before, after = float(values[old].mean()), float(values[new].mean())
        since = float(self._times[order][begin])
        cause = _cause(values, groups, old, new, after - before)
        return Change(self.names[place], before, after, int(old.sum()), int(new.sum()), since, cause)


def _split(values: Array, known: Array, batch: int) -> int:
    """The row that parts the two most different means, by the likelihood ratio of one change (Hinkley 1970); unknown values are 0."""
    counts, sums = known.cumsum(), values.cumsum()
    rows = np.arange(LEAST * batch, len(values) - LEAST * batch + 1, batch)
    n, n_before = max(counts[-1], 1), np.maximum(counts[rows - 1], 1)
    n_after = np.maximum(n - n_before, 1)
    difference = (sums[-1] - sums[rows - 1]) / n_after - sums[rows - 1] / n_before
    return int(rows[(difference**2 * n_before * n_after / n).argmax()]) if len(rows) else len(values) // 2


def _cause(values: Array, groups: Array, old: Array, new: Array, change: float) -> Cause | None:
    """The mean is the sum over groups of (their values / all rows), so its change is the sum of theirs."""
    if not change:
        return None
    best, best_excess = None, STANDS_OUT
    for column in range(groups.shape[1]):
        codes = groups[:, column]
        sums = [np.bincount(codes[chosen], values[chosen], 256) for chosen in (old, new)]
        counts = [np.bincount(codes[chosen], minlength=256) for chosen in (old, new)]
        shares = (sums[1] / new.sum() - sums[0] / old.sum()) / change
        # Had all goods changed alike, every group's share of the change would be its share of the rows.
        excess = shares - counts[1] / new.sum()
        group = int(excess.argmax())
        if excess[group] > best_excess:
            before, after = (float(total[group] / max(count[group], 1)) for total, count in zip(sums, counts, strict=True))
            best, best_excess = Cause(column, group, before, after, float(min(shares[group], 1.0))), float(excess[group])
    return best
