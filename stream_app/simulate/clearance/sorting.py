"""Lines put in the order of their times, while they come in about that order: what lies far enough back is final."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO

import numpy as np

from stream_app.simulate.columns import Ints

DAY_S = 86_400
TOGETHER = 2_000
"""Lines that become bytes at once."""


class Lines:
    """Of one day, as they came."""

    def __init__(self) -> None:
        self.at: list[Ints] = []
        self.texts: list[str] = []

    def sorted(self) -> tuple[Ints, list[str]]:
        """By time; lines of one second in the order in which they came."""
        at, texts = np.concatenate(self.at), self.texts
        order = np.argsort(at, kind="stable")
        return at[order], list(map(texts.__getitem__, order.tolist()))


class Sorter:
    """Holds lines by day until `flush` says that nothing earlier will come; memory is what is pending."""

    def __init__(self, target: IO[bytes] | None = None) -> None:
        """`target`: where `flush` writes to."""
        self._target = target
        self._pending: dict[int, Lines] = {}
        self.lines = 0

    def add(self, at: Ints, texts: Sequence[str]) -> None:
        """Epoch seconds and lines, as many of each."""
        self.lines += len(texts)
        order = np.argsort(at, kind="stable")
        at, texts = at[order], list(map(texts.__getitem__, order.tolist()))
        days = at // DAY_S
        for start, end in pairwise([*np.flatnonzero(np.diff(days, prepend=-1)).tolist(), len(texts)]):
            lines = self._pending.setdefault(int(days[start]), Lines())
            lines.at.append(at[start:end])
            lines.texts += texts[start:end]

    def flush(self, before: int | None = None) -> None:
        """Write every day that ends at or before this epoch second; None: all."""
        for _, texts in self._final(before):
            if self._target is not None:
                for begin in range(0, len(texts), TOGETHER):
                    self._target.write("".join(texts[begin : begin + TOGETHER]).encode())

    def take(self, before: int | None = None) -> Iterator[tuple[int, str]]:
        """(epoch seconds, line) of those days, which are held no longer."""
        for at, texts in self._final(before):
            yield from zip(at.tolist(), texts, strict=True)

    def _final(self, before: int | None) -> Iterator[tuple[Ints, list[str]]]:
        for day in sorted(self._pending):
            if before is None or (day + 1) * DAY_S <= before:
                yield self._pending.pop(day).sorted()
