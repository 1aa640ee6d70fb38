"""Lines put in the order of their times, while they come in about that order: what lies far enough back is final."""

from collections.abc import Iterable, Iterator
from typing import IO

DAY_S = 86_400


class Sorter:
    """Holds lines by day until `flush` says that nothing earlier will come; memory is what is pending."""

    def __init__(self, target: IO[bytes] | None = None) -> None:
        """`target`: where `flush` writes to."""
        self._target = target
        self._pending: dict[int, list[tuple[int, int, bytes]]] = {}
        self.lines = 0

    def add(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """(epoch seconds, line); lines of one second keep the order in which they came."""
        for at, line in rows:
            self.lines += 1
            self._pending.setdefault(at // DAY_S, []).append((at, self.lines, line))

    def flush(self, before: int | None = None) -> None:
        """Write every day that ends at or before this epoch second; None: all."""
        if self._target is not None:
            self._target.writelines(line for _, line in self.take(before))

    def take(self, before: int | None = None) -> Iterator[tuple[int, bytes]]:
        """(epoch seconds, line) of those days, which are held no longer."""
        for day in sorted(self._pending):
            if before is None or (day + 1) * DAY_S <= before:
                yield from ((at, line) for at, _, line in sorted(self._pending.pop(day)))
