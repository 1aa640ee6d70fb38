"""A table that never outgrows its bound: what has not been learned from for longest is forgotten, and forgetting is counted."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedTable(Generic[K, V]):
    """Least recently learned out. Reading (`get`) changes nothing, so that scoring stays pure; writing (`put`) refreshes."""

    __slots__ = ("_rows", "forgotten", "get", "max_keys", "touch")

    def __init__(self, max_keys: int) -> None:
        if max_keys < 1:
            raise ValueError("max_keys must be at least 1")
        self.max_keys = max_keys
        self.forgotten = 0
        self._rows: OrderedDict[K, V] = OrderedDict()
        self._bind()

    def _bind(self) -> None:
        """`get` reads a row or None; `touch` makes a key that is there the last to be forgotten. Bound once: both are called for every item."""
        self.get = self._rows.get
        self.touch = self._rows.move_to_end

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

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def __getstate__(self) -> tuple[int, int, list[tuple[K, V]]]:
        return self.max_keys, self.forgotten, list(self._rows.items())

    def __setstate__(self, state: tuple[int, int, list[tuple[K, V]]]) -> None:
        self.max_keys, self.forgotten, rows = state
        self._rows = OrderedDict(rows)
        self._bind()


class WeightTable(Generic[K]):
    """Sums by key, in two generations of half the bound each: when the younger is full, the older goes, with all keys not added to since.

    Plain dictionaries: a tenth of a microsecond a key where a strict order of use costs three.
    """

    __slots__ = ("_half", "_older", "_younger", "forgotten", "max_keys")

    def __init__(self, max_keys: int) -> None:
        if max_keys < 2:
            raise ValueError("max_keys must be at least 2")
        self.max_keys = max_keys
        self.forgotten = 0
        self._half = max_keys // 2
        self._younger: dict[K, float] = {}
        self._older: dict[K, float] = {}

    def get(self, keys: Sequence[K]) -> list[float]:
        """The sums; 0 for keys that are not known."""
        found = [*map(self._younger.get, keys)]
        if None not in found:
            return found  # type: ignore[return-value]  # no None in it
        older = self._older.get
        return [older(key, 0.0) if value is None else value for key, value in zip(keys, found, strict=True)]

    def add(self, keys: Iterable[K], amount: float) -> None:
        """Add to every key, new ones from 0."""
        younger, from_older = self._younger, self._older.pop
        get = younger.get
        for key in keys:
            found = get(key)
            younger[key] = (from_older(key, 0.0) if found is None else found) + amount
            if len(younger) >= self._half:
                self._turn()
                younger, from_older = self._younger, self._older.pop
                get = younger.get

    def _turn(self) -> None:
        self.forgotten += len(self._older)
        self._older, self._younger = self._younger, {}

    def __len__(self) -> int:
        return len(self._younger) + len(self._older)
