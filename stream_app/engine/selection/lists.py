"""The watchlist and the suppressions as they stand, found by what a goods item has: nothing is paid for fields that no entry names."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Generic, TypeVar

from stream_app.contracts.control_lists import Entry, Suppression, WatchEntry
from stream_app.contracts.declaration import Declaration, GoodsItem
from stream_app.contracts.errors import Code, ContractError, Fault

E = TypeVar("E", bound=Entry)

HEADER: dict[str, Callable[[Declaration], str | None]] = {
    name: attrgetter(name)
    for name in ("trader_id", "consignee_id", "seller_id", "declarant_id", "carrier_id", "office", "departure_country", "transport_mode", "direction")
}
NARROW_FIRST = ("equipment_id", "trader_id", "consignee_id", "seller_id", "declarant_id", "carrier_id", "hs_prefix", "origin_country")
NARROW_LAST = ("departure_country", "office", "procedure", "transport_mode", "direction")
STRICTEST_FIRST = {"red": 0, "yellow": 1, "blue": 2}


class ListFullError(ContractError):
    """There is no room for a new entry."""

    def __init__(self, max_entries: int) -> None:
        super().__init__(Fault("", Code.TOO_MANY, f"the list holds {max_entries} entries already; take some away"))


class EntryIndex(Generic[E]):
    """Entries by id, each found through the values of the one of its fields that fewest goods items share. At most `max_entries`."""

    def __init__(self, max_entries: int) -> None:
        self.max_entries = max_entries
        self._entries: dict[str, E] = {}
        self._by_value: dict[str, dict[str, list[E]]] = {}
        self._prefix_lengths: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self._entries)

    def make_room(self, entry_id: str, at: float) -> None:
        """For an entry that is to come: when the list is full, what ended before `at` (seconds since 1970) goes.

        Raises ListFullError when that is not enough: an entry that is silently forgotten would be worse.
        """
        if entry_id in self._entries or len(self._entries) < self.max_entries:
            return
        for ended in [held for held, entry in self._entries.items() if entry.expires_at <= at]:
            self.remove(ended)
        if len(self._entries) >= self.max_entries:
            raise ListFullError(self.max_entries)

    def put(self, entry: E, at: float) -> None:
        """Insert or replace; `make_room` says what that may raise."""
        self.make_room(entry.entry_id, at)
        self.remove(entry.entry_id)
        self._entries[entry.entry_id] = entry
        field = _narrowest(entry)
        values = self._by_value.setdefault(field, {})
        for value in entry.criteria[field]:
            values.setdefault(value, []).append(entry)
        self._measure_prefixes()

    def remove(self, entry_id: str) -> bool:
        """Whether there was one."""
        entry = self._entries.pop(entry_id, None)
        if entry is None:
            return False
        field = _narrowest(entry)
        values = self._by_value[field]
        for value in entry.criteria[field]:
            values[value].remove(entry)
            if not values[value]:
                del values[value]
        if not values:
            del self._by_value[field]
        self._measure_prefixes()
        return True

    def matches(self, declaration: Declaration, item: GoodsItem) -> Iterator[E]:
        """Entries that this item meets and that hold at the declaration's event time."""
        at = declaration.lodged_epoch
        for field, values in self._by_value.items():
            for value in self._asked(field, declaration, item):
                for entry in values.get(value, ()):
                    if entry.valid_from <= at < entry.expires_at and _meets(entry, declaration, item):
                        yield entry

    def _asked(self, field: str, declaration: Declaration, item: GoodsItem) -> tuple[str, ...]:
        if field == "hs_prefix":
            return tuple([item.hs_code[:length] for length in self._prefix_lengths])
        return _values(field, declaration, item)

    def _measure_prefixes(self) -> None:
        self._prefix_lengths = tuple(sorted({len(prefix) for prefix in self._by_value.get("hs_prefix", ())}))


class ControlLists:
    """Both lists of one worker. The shell keeps them as the topics say; all its engines read them."""

    def __init__(self, max_entries: int) -> None:
        self.watchlist: EntryIndex[WatchEntry] = EntryIndex(max_entries)
        self.suppressions: EntryIndex[Suppression] = EntryIndex(max_entries)

    def mandatory(self, declaration: Declaration, item: GoodsItem) -> WatchEntry | None:
        """The entry that demands a control: of several the one with the strictest lane, then the first id."""
        if not len(self.watchlist):
            return None
        found = self.watchlist.matches(declaration, item)
        return min(found, key=lambda entry: (STRICTEST_FIRST[entry.lane], entry.entry_id), default=None)

    def suppressing(self, declaration: Declaration, item: GoodsItem, typology: str) -> Suppression | None:
        """The suppression that holds back an alert of this typology; of several the first id."""
        if not len(self.suppressions):
            return None
        found = (e for e in self.suppressions.matches(declaration, item) if not e.typologies or typology in e.typologies)
        return min(found, key=lambda entry: entry.entry_id, default=None)


def _narrowest(entry: Entry) -> str:
    return next(field for field in (*NARROW_FIRST, *NARROW_LAST) if field in entry.criteria)


def _values(field: str, declaration: Declaration, item: GoodsItem) -> tuple[str, ...]:
    if field == "equipment_id":
        return declaration.equipment_ids
    if field == "origin_country":
        return (item.origin_country,)
    value = item.procedure if field == "procedure" else HEADER[field](declaration)
    return () if value is None else (value,)


def _meets(entry: Entry, declaration: Declaration, item: GoodsItem) -> bool:
    """All criteria, each by any of its values."""
    for field, wanted in entry.criteria.items():
        if field == "hs_prefix":
            if not item.hs_code.startswith(tuple(wanted)):
                return False
        elif wanted.isdisjoint(_values(field, declaration, item)):
            return False
    return True
