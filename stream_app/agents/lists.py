"""customs.watchlists.v1 and customs.suppressions.v1: judged and answered by one worker of the group, read by every worker.

A compacted topic is its own table: each worker reads all of it, from its beginning and outside the group, before its first declaration.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer

from stream_app.agents.intake import Answer, Record, judged_at
from stream_app.contracts.cloudevents import envelope, refuse_other_versions
from stream_app.contracts.control_lists import Entry, decode_suppression, decode_watch_entry, entry_key
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import ContractError
from stream_app.engine.selection import ControlLists, EntryIndex, ListFullError
from stream_app.engine.settings.selection import Lists
from stream_app.learning.table import BoundedTable

KINDS = ("watchlists", "suppressions")
FETCH_MS = 200
MOST_REFUSED = 1_000
"""Offsets that are remembered until they are judged, which is at most a few seconds later."""
_DECODERS: dict[str, Callable[..., Entry]] = {"watchlists": decode_watch_entry, "suppressions": decode_suppression}


class ListEntries:
    """One of the two lists: what a record of its topic says, and how it changes what is held. `kind` is the topic's alias."""

    def __init__(self, kind: str, lists: ControlLists, limits: Limits, settings: Lists, changed: Callable[[], None] = lambda: None) -> None:
        """`changed`: told of every change."""
        self._kind = kind
        self.held: EntryIndex[Any] = lists.watchlist if kind == "watchlists" else lists.suppressions
        self._limits = limits
        self._max_days = settings.max_days
        self._changed = changed
        self._latest: BoundedTable[bytes, tuple[int, bytes | None]] = BoundedTable(2 * settings.max_entries)
        self._no_room: BoundedTable[int, None] = BoundedTable(MOST_REFUSED)

    def __call__(self, record: Record, now: float) -> Answer:
        """Judges, for the receipt or the dead letter. Raises ContractError for a record at fault. Changes nothing: `take` does, on every worker."""
        entry = self._entry(record, now)
        if record.offset in self._no_room:
            raise ListFullError(self.held.max_entries)  # every worker left it out: what came behind it may have made room since
        if entry is not None:
            self.held.make_room(entry.entry_id, now)
        self._note(record)
        return Answer()

    def held_instead(self, record: Record, error: Exception) -> list[bytes | None]:
        """The entry that a refused change would replace once the topic is compacted; none where a full list might have room when it is read again."""
        _, body = self._latest.get(record.key or b"") or (0, None)
        return [body] if body is not None or isinstance(error, ListFullError) else []

    def _note(self, record: Record) -> None:
        """A good record: judged and read by two who do not wait for each other, so the later one counts."""
        key = record.key or b""
        offset, _ = self._latest.get(key) or (-1, None)
        if record.offset > offset:
            self._latest.put(key, (record.offset, record.value))

    def take(self, record: Record, now: float) -> None:
        """Insert, replace or remove; a record at fault changes nothing."""
        try:
            entry = self._entry(record, now)
            if entry is None:
                self.held.remove(entry_key(record.key))
            else:
                self.held.put(entry, now)
        except ListFullError:
            self._no_room.put(record.offset, None)
        except ContractError:
            return
        else:
            self._note(record)
            self._changed()

    def _entry(self, record: Record, now: float) -> Entry | None:
        """None for a tombstone."""
        refuse_other_versions(self._kind, envelope(record.headers))
        if record.value is None:
            entry_key(record.key)
            return None
        return _DECODERS[self._kind](record.value, record.key, self._limits, now, self._max_days)


class Taker(Protocol):
    """What every worker reads."""

    def take(self, record: Record, now: float) -> None: ...


class ListReader:
    """Follows the topics that every worker reads. `lists`: what takes a record in, by topic name."""

    def __init__(self, client: dict[str, Any], lists: Mapping[str, Taker], fetch_max_wait_ms: int) -> None:
        self._client = {
            **client,
            "group_id": None,
            "auto_offset_reset": "earliest",
            "enable_auto_commit": False,
            "fetch_max_wait_ms": fetch_max_wait_ms,
        }
        self._lists = lists
        self._following: asyncio.Task[None] | None = None
        self._read_once = asyncio.Event()

    async def caught_up(self) -> None:
        """Returns when everything that was on the topics at the first call is taken in; from then on new records are, as they come."""
        if self._following is None:
            self._following = asyncio.create_task(self._follow(), name="lists")
        waiting = asyncio.create_task(self._read_once.wait())
        await asyncio.wait([waiting, self._following], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._following.done():
            self._following.result()

    async def watch(self) -> None:
        """Returns when the following has ended by itself; raises what ended it. Cancelled, it ends the following."""
        if self._following is not None:
            await self._following

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(*self._lists, **self._client)
        await consumer.start()
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=FETCH_MS)).values():
                    for message in records:
                        self._take(message)
                if not self._read_once.is_set() and await _at_end(consumer):
                    self._read_once.set()
        finally:
            await consumer.stop()

    def _take(self, message: Any) -> None:
        record = Record(
            message.topic, message.partition, message.offset, message.timestamp / 1000.0, message.key, message.value, [*(message.headers or ())]
        )
        self._lists[message.topic].take(record, judged_at(record))


async def _at_end(consumer: AIOKafkaConsumer) -> bool:
    """By what the fetches themselves told: not every broker answers the question for the end rightly."""
    assigned = consumer.assignment()
    ends = {tp: consumer.highwater(tp) for tp in assigned}
    return bool(assigned) and all([end is not None and await consumer.position(tp) >= end for tp, end in ends.items()])
