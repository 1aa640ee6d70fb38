"""Tables that never outgrow their bound: what has not been learned from for longest is forgotten, and forgetting is counted."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import chain
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


class Generations(Generic[K, V]):
    """In two generations of half the bound each: when the younger is full, the older goes, with all keys not learned from since.

    Rows must be true. Plain dictionaries, read without reordering: an exact order of use would touch three more pieces of memory a key.
    The bound may be passed by the keys of one call; the keys of a call are different ones.
    """

    __slots__ = ("_half", "_older", "_younger", "forgotten", "max_keys")

    def __init__(self, max_keys: int) -> None:
        if max_keys < 2:
            raise ValueError("max_keys must be at least 2")
        self.max_keys = max_keys
        self.forgotten = 0
        self._half = max_keys // 2
        self._younger: dict[K, V] = {}
        self._older: dict[K, V] = {}

    def get(self, keys: Sequence[K]) -> list[V | None]:
        """The rows of the keys, None where there is none. Changes nothing, so that scoring stays pure."""
        found = [*map(self._younger.get, keys)]
        # all() and map() rather than loops: a table answers some fifty keys an item, and this way without bytecode in between.
        if not all(found):
            older = self._older.get
            return [older(key) if row is None else row for key, row in zip(keys, found, strict=True)]
        return found

    def renew(self, keys: Sequence[K]) -> list[V | None]:
        """As `get`, and takes the keys out of the older generation: for learning, which then puts them all."""
        found = [*map(self._younger.get, keys)]
        if not all(found):
            older = self._older.pop
            return [older(key, None) if row is None else row for key, row in zip(keys, found, strict=True)]
        return found

    def put(self, keys: Iterable[K], rows: Iterable[V]) -> None:
        """Insert or replace, and make the keys the last to be forgotten."""
        self._younger.update(zip(keys, rows, strict=True))
        if len(self._younger) >= self._half:
            self.forgotten += len(self._older)
            self._older, self._younger = self._younger, {}

    def items(self) -> Iterator[tuple[K, V]]:
        """All rows, those forgotten next first."""
        return chain(self._older.items(), self._younger.items())

    def __len__(self) -> int:
        return len(self._younger) + len(self._older)


class WeightTable(Generations[K, float]):
    """Sums by key; none is ever 0."""

    __slots__ = ()

    def sums(self, keys: Sequence[K]) -> list[float]:
        """The sums; 0 for keys that are not known."""
        return _filled(self.get(keys))

    def add(self, keys: Sequence[K], amount: float) -> None:
        """Add to every key, new ones from 0."""
        self.put(keys, map(amount.__add__, _filled(self.renew(keys))))


def _filled(found: list[float | None]) -> list[float]:
    return found if all(found) else [value or 0.0 for value in found]  # type: ignore[return-value]
