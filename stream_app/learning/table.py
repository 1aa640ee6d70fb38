"""Tables that never outgrow their bound: what has not been learned from for longest is forgotten, and forgetting is counted."""

from collections import OrderedDict
from collections.abc import Hashable, ItemsView, Iterator, ValuesView
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedTable(Generic[K, V]):
    """In strict order: least recently put out first. For rows that also go by age (`oldest`)."""

    __slots__ = ("_rows", "forgotten", "get", "max_keys")

    def __init__(self, max_keys: int) -> None:
        if max_keys < 1:
            raise ValueError("max_keys must be at least 1")
        self.max_keys = max_keys
        self.forgotten = 0
        self._rows: OrderedDict[K, V] = OrderedDict()
        self.get = self._rows.get

    def put(self, key: K, value: V) -> None:
        """Insert or replace, and make the key the last to be forgotten."""
        rows = self._rows
        rows[key] = value
        rows.move_to_end(key)
        if len(rows) > self.max_keys:
            rows.popitem(last=False)
            self.forgotten += 1

    def pop(self, key: K) -> V | None:
        return self._rows.pop(key, None)

    def oldest(self) -> tuple[K, V] | None:
        """The next row to be forgotten."""
        return next(iter(self._rows.items()), None)

    def items(self) -> ItemsView[K, V]:
        """Rows, the next one to be forgotten first."""
        return self._rows.items()

    def values(self) -> ValuesView[V]:
        return self._rows.values()

    def __iter__(self) -> Iterator[K]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def __getstate__(self) -> tuple[int, int, list[tuple[K, V]]]:
        return self.max_keys, self.forgotten, list(self._rows.items())

    def __setstate__(self, state: tuple[int, int, list[tuple[K, V]]]) -> None:
        self.max_keys, self.forgotten, rows = state
        self._rows = OrderedDict(rows)
        self.get = self._rows.get
