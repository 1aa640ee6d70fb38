"""Shares and lessons of all partitions, heard by every worker and given to its engines (docs/shares.md)."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream_app.agents.partitions import Partitions
from stream_app.agents.telling import ShareTeller, Topics
from stream_app.engine.engine import Engine
from stream_app.learning.share import total
from stream_app.metrics import Metrics
from stream_app.state.errors import RefusedError
from stream_app.state.manifest import Seal
from stream_app.state.shares import Book, Place, lessons_told, share_told

FETCH_MS = 200
TOGETHER = 16
"""Chunks that are sent before the first of them is awaited."""
LOOK_SECONDS = 0.2
FETCH_BYTES = 8 << 20
CATCH_UP_SECONDS = 60.0
"""Without a record heard: a worker that waits for ever holds its partitions, and nobody reads them."""
log: Any = structlog.get_logger()


class Sharing:
    """Between the engines of all partitions. `on`: "auto" where there are several partitions, "on", "off"."""

    def __init__(
        self,
        client: dict[str, Any],
        topics: Topics,
        partitions: Partitions,
        on: str,
        seconds: float,
        seal: Seal,
        metrics: Metrics,
        wait_ms: int = 100,
        patience: float = CATCH_UP_SECONDS,
    ) -> None:
        """`seconds`: between two tellings of a partition's share; `patience`: in seconds, with a broker that tells nothing."""
        self.teller = ShareTeller(client, topics, partitions, seconds, seal, metrics, wait_ms)
        self._client = {**client, "group_id": None, "enable_auto_commit": False, "auto_offset_reset": "earliest", "fetch_max_wait_ms": wait_ms}
        self._shares, self._lessons = (TopicPartition(name, 0) for name in topics)
        self._partitions, self._on, self._seconds, self._seal, self._metrics = partitions, on, seconds, seal, metrics
        self._patience, self._heard = patience, 0
        self._book = Book()
        self._dirty: set[Place] = set()
        self._last_batch: dict[tuple[int, str], int] = {}
        self._known: dict[tuple[int, str], Engine] = {}
        self._following: asyncio.Task[None] | None = None
        self._rewind: int | None = None
        self._caught_up = asyncio.Event()

    def decide(self) -> None:
        """Once the number of partitions is known, before engines are made."""
        self._partitions.sharing = self._on == "on" or (self._on == "auto" and self._partitions.count > 1)

    async def caught_up(self) -> None:
        """Returns when this worker's engines know all that was told before; without sharing, when they have given back what they once were lent."""
        if not self._partitions.sharing:
            for number in self._partitions.adopted.intersection(self._partitions.mine):
                for _, engine in self._partitions.engines_of(number):
                    engine.shares.alone()
            return
        present = {(number, name): engine for number, name, engine in self._engines()}
        self.teller.keep_only({number for number, _ in present})
        before, self._known = self._known, present
        if not present:
            return
        self._caught_up.clear()
        self._rewind = min(engine.shares.lessons.position for engine in present.values())
        if self._following is None:
            self._following = asyncio.create_task(self._follow(), name="shares")
        await self._heard_all(self._following)
        for place, engine in present.items():
            if before.get(place) is not engine and place[0] not in self._partitions.adopted:
                # Learned anew from the log: the others have heard of it.
                engine.shares.lessons.begin_behind(self._last_batch.get(place, 0))
        await self._lend(self._book.places())

    async def _heard_all(self, following: asyncio.Task[None]) -> None:
        """Or as much as was heard before nothing came any more: the rest comes as it is heard."""
        waiting = asyncio.create_task(self._caught_up.wait())
        heard, done = -1, False
        while not done and heard != self._heard:
            heard = self._heard
            done = bool((await asyncio.wait([waiting, following], timeout=self._patience, return_when=asyncio.FIRST_COMPLETED))[0])
        waiting.cancel()
        if following.done():
            following.result()
        if not done:
            self._metrics.shares_refused.labels("not_heard").inc()
            log.warning("shares not all heard", seconds=self._patience, records=heard)
            self._caught_up.set()  # what was heard is lent, and what is heard from now on

    async def watch(self) -> None:
        """For as long as the worker runs; raises what ended the following."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._following is not None and self._following.done():
                self._following.result()
            if self._dirty and self._caught_up.is_set():
                dirty, self._dirty = sorted(self._dirty), set()
                await self._lend(dirty)
                await asyncio.sleep(self._seconds / 4.0)

    def _engines(self) -> Iterator[tuple[int, str, Engine]]:
        """Of partitions without any record, too: they know what the others know from the first one on."""
        for number in self._partitions.mine:
            yield from ((number, *one) for one in self._partitions.engines_of(number))

    async def _lend(self, places: list[Place]) -> None:
        """Give every engine what the others have of these places, a chunk at a time: records go on in between."""
        started = time.thread_time()
        for place in places:
            for number, name, engine in list(self._engines()):
                if name == place.engine:
                    self._lend_to(engine, number, place)
            self._metrics.share_seconds.inc(time.thread_time() - started)
            await asyncio.sleep(0)
            started = time.thread_time()
        for number, name, engine in self._engines():
            self._metrics.shares_dropped.labels(name, str(number)).set(engine.shares.dropped)

    def _lend_to(self, engine: Engine, number: int, place: Place) -> None:
        shares = engine.shares
        table = shares.tables.get(place.table)
        others = self._book.of_others(place, number)
        fitting = {one: share for one, share in others.items() if table is not None and share.rows.shape[1] == table.width}
        for misfit in others.keys() - fitting.keys():
            self._refuse(RefusedError("misfit", "a share is not as wide as its table"))
            self._book.drop(misfit, place)
        if table is None:
            return
        try:
            shares.lend((place.table, place.chunk), total(fitting.values(), table.width))
        except ValueError as error:
            self._refuse(RefusedError("misfit", str(error)))
            for one in fitting:
                self._book.drop(one, place)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(**self._client, max_partition_fetch_bytes=FETCH_BYTES)
        await consumer.start()
        try:
            consumer.assign([self._shares, self._lessons])
            await consumer.seek_to_beginning(self._shares)
            while True:
                if self._rewind is not None:
                    rewind, self._rewind = self._rewind, None
                    consumer.seek(self._lessons, rewind)
                for tp, records in (await consumer.getmany(timeout_ms=FETCH_MS)).items():
                    for record in records:
                        if tp == self._lessons and self._rewind is not None:
                            break  # new engines are further back: all is read again from there
                        self._take(tp, record)
                        await asyncio.sleep(0)  # declarations go on in between
                if self._rewind is None and not self._caught_up.is_set() and await self._at_end(consumer):
                    self._caught_up.set()
        finally:
            await consumer.stop()

    async def _at_end(self, consumer: AIOKafkaConsumer) -> bool:
        """By what the fetches themselves told: not every broker answers the question for the end rightly."""
        for tp in (self._shares, self._lessons):
            end = consumer.highwater(tp)
            if end is None or await consumer.position(tp) < end:
                return False
        return True

    def _take(self, tp: TopicPartition, record: Any) -> None:
        self._heard += 1
        try:
            if tp == self._shares:
                self._take_share(record.value)
            else:
                self._take_lessons(record.value)
        except RefusedError as error:
            self._refuse(error)
        if tp == self._lessons:
            for engine in self._known.values():
                engine.shares.lessons.position = max(engine.shares.lessons.position, record.offset + 1)

    def _take_share(self, value: bytes | None) -> None:
        if value is None:
            return
        told = share_told(value, self._seal)
        self._check(told.place.engine, told.learning)
        if self._book.put(told):
            self._dirty.add(told.place)
            self._metrics.shares_heard.labels("shares").inc()
            self._metrics.share_heard_at.labels(str(told.partition)).set_to_current_time()

    def _take_lessons(self, value: bytes | None) -> None:
        if value is None:
            return
        told = lessons_told(value, self._seal)
        self._check(told.engine, told.learning)
        place = told.partition, told.engine
        self._last_batch[place] = max(self._last_batch.get(place, 0), told.batch.number)
        try:
            hearers = [engine for (number, name), engine in self._known.items() if name == told.engine and number != told.partition]
            heard = [engine.shares.hear(told.partition, told.batch) for engine in hearers]
        except ValueError as error:
            raise RefusedError("misfit", str(error)) from None
        if any(heard):
            self._metrics.shares_heard.labels("lessons").inc()

    def _check(self, engine: str, learning: str) -> None:
        if self._partitions.learning().get(engine) != learning:
            raise RefusedError("other_settings", "was learned by other settings: a sum of both would mean nothing")

    def _refuse(self, error: RefusedError) -> None:
        self._metrics.shares_refused.labels(error.code).inc()
        log.warning("share not used", code=error.code, reason=str(error))

    async def stop(self) -> None:
        if self._following is not None:
            self._following.cancel()
        await self.teller.stop()
