"""When what comes in is distributed otherwise than before: histograms of features by subject, recent against reference."""

from typing import NamedTuple

import numpy as np
from numba import types

from stream_app.learning.compiled import INTS, MATRIX, VOID, Array, kernel
from stream_app.learning.plain import PART

HISTOGRAMS, BYTES, BYTE_ROWS = types.float32[:, :, ::1], types.uint8[::1], types.uint8[:, ::1]

BINS = 128
FADE = 0.75
"""Weight of the reference in the next one: about four tests are remembered."""
CERTAIN = 4.0
"""Standard deviations of what sampling alone does to the index."""


class Shift(NamedTuple):
    """A feature of a subject that moved: `stability` is the population stability index beyond what sampling explains.

    `since`: when the rows that are compared began (seconds since 1970); `bin` is the one that moved most, with its shares; medians are bins,
    the first bin (missing) left out.
    """

    subject: int
    feature: int
    since: float
    stability: float
    n_before: int
    n: int
    bin: int
    share_before: float
    share: float
    median_before: int
    median: int


class Histograms:
    """The population stability index, sum of (q - p) ln(q / p) over bins (Siddiqi, Credit Risk Scorecards, 2006), of each feature of each subject.

    Tested when a subject has had `test_rows` more rows; then they join its reference, or, after a shift, are its reference: a shift is told once.
    Under no change the index is about chi-square with (occupied bins - 1) degrees, times (1/n + 1/m) (Yurdakul 2018); n and m count
    declarations, since the items of one are no independent draws. What that explains is subtracted; every occupied bin has half a declaration more.
    """

    KEEPS = dict.fromkeys(("_recent", "_reference", "_declarations", "_rows", "_since", "latest"), PART)

    def __init__(self, subjects: int, features: int, test_rows: int, limit: float) -> None:
        self._test_rows = test_rows
        self._limit = limit
        self._recent = np.zeros((subjects, features, BINS), np.float32)
        self._reference = np.zeros((subjects, features, BINS), np.float32)
        self._declarations = np.zeros((subjects, 2))
        self._rows = np.zeros(subjects, np.int64)
        self._since = np.zeros(subjects)
        self.latest = np.zeros(features)
        """The last index of subject 0 (everything), by feature; 0 before the first test."""

    def learn(self, subjects: Array, bins: Array, first: Array, at: float) -> list[Shift]:
        """Take rows of one time in: subjects [rows, kinds] and bins [rows, features], both bytes, and which are the first of a declaration."""
        for column in subjects.T:
            self._since[column[self._rows[column] == 0]] = at
        _count(self._recent, self._declarations, self._rows, subjects, bins, first)
        found: list[Shift] = []
        for subject in np.flatnonzero(self._rows >= self._test_rows).tolist():
            found += self._test(subject)
        return found

    def _test(self, subject: int) -> list[Shift]:
        recent, reference = self._recent[subject], self._reference[subject]
        declarations, declarations_before = self._declarations[subject]
        found: list[Shift] = []
        moved = np.ones(len(recent), np.bool_)
        if declarations_before:
            together = self._rows[subject] / max(declarations, 1.0)
            parts, p, q, occupied = _index(reference, recent, 0.5 * together)
            degrees = np.maximum(occupied - 1.0, 1.0)
            explained = (degrees + CERTAIN * np.sqrt(2.0 * degrees)) * (1.0 / declarations + 1.0 / declarations_before)
            index = np.maximum(parts.sum(axis=1) - explained, 0.0)
            moved = index >= self._limit
            found = [self._shift(subject, feature, index, parts, p, q) for feature in np.flatnonzero(moved).tolist()]
            if subject == 0:
                self.latest = index
        reference *= np.where(moved, 0.0, FADE)[:, None].astype(np.float32)
        reference += recent
        self._declarations[subject] = 0.0, declarations + FADE * declarations_before
        recent[:] = 0.0
        self._rows[subject] = 0
        return found

    def _shift(self, subject: int, feature: int, index: Array, parts: Array, p: Array, q: Array) -> Shift:
        most = int(parts[feature].argmax())
        before, now = self._reference[subject, feature], self._recent[subject, feature]
        shares = float(p[feature, most]), float(q[feature, most])
        return Shift(
            subject,
            feature,
            float(self._since[subject]),
            float(index[feature]),
            int(before.sum()),
            int(now.sum()),
            most,
            *shares,
            _median(before),
            _median(now),
        )


@kernel(VOID, HISTOGRAMS, MATRIX, INTS, BYTE_ROWS, BYTE_ROWS, BYTES)
def _count(recent: Array, declarations: Array, rows: Array, subjects: Array, bins: Array, first: Array) -> None:
    for row in range(len(subjects)):
        for subject in subjects[row]:
            for feature in range(bins.shape[1]):
                recent[subject, feature, bins[row, feature]] += np.float32(1.0)
            declarations[subject, 0] += first[row]
            rows[subject] += 1


def _index(reference: Array, recent: Array, more: float) -> tuple[Array, Array, Array, Array]:
    """By feature: each bin's part of the index, its shares before and now, and how many bins are occupied; in those are `more` rows than counted."""
    occupied = (reference + recent) > 0.0
    half = more * occupied
    p = (reference + half) / (reference + half).sum(axis=1, keepdims=True)
    q = (recent + half) / (recent + half).sum(axis=1, keepdims=True)
    parts = np.zeros_like(p)
    np.subtract(q, p, out=parts, where=occupied)
    parts *= np.log(np.divide(q, p, out=np.ones_like(p), where=occupied))
    return parts, p, q, occupied.sum(axis=1)


def _median(counts: Array) -> int:
    total = counts[1:].cumsum()
    return int(np.searchsorted(total, total[-1] / 2.0)) + 1
