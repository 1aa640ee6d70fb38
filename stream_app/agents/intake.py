"""The way of any input record: decode, handle, answer. A record at fault gets a receipt and a dead letter, and the stream goes on."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, Protocol, runtime_checkable

import faust
import structlog

from stream_app.agents.breaker import BreakerTrippedError, RefusalBreaker
from stream_app.agents.outbox import Message, Outbox
from stream_app.brokers.topics import Catalogue
from stream_app.contracts.assessment import encode
from stream_app.contracts.cloudevents import INTERNAL_TYPES, RESULT_TYPES, TYPES, Envelope, envelope, headers
from stream_app.contracts.dead_letter import dead_letter_headers
from stream_app.contracts.decode import DAY
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.receipt import Status, receipt
from stream_app.metrics import Metrics
from stream_app.operations import traceback_of

SERVICE = "tidewaiter"
EVENT_TYPES = RESULT_TYPES | INTERNAL_TYPES
OLDEST_SECONDS = 400 * DAY
EXPENDABLE = ("shadow_alerts",)
"""Results that may be lost rather than hold up the others: what nobody acts on."""
REPEATS = (Code.DUPLICATE, Code.STALE_VERSION)
log = structlog.get_logger()


class Record(NamedTuple):
    """One Kafka record, as bytes."""

    topic: str
    partition: int
    offset: int
    timestamp: float
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


@dataclass(slots=True)
class Answer:
    """What handling an accepted record gives: results as (topic alias, key, id, body), and the note or status on its receipt."""

    results: list[tuple[str, str, str, bytes]] = field(default_factory=list)
    status: Status = "accepted"
    note: str | None = None


Handler = Callable[[Record, float], Answer]
"""Decodes, judges and learns one record; raises ContractError where it is at fault. The float is now, in seconds since 1970."""


@runtime_checkable
class ReadsAhead(Protocol):
    """A handler that decodes records before their turn."""

    def read(self, records: list[Record]) -> None: ...


@runtime_checkable
class PutsBack(Protocol):
    """A handler of a compacted topic: what was refused there takes the place of what holds, and is read again by whoever starts."""

    def held_instead(self, record: Record, error: Exception) -> list[bytes | None]:
        """What is to stand under the record's key: a value, or None for none; empty where it may stay as it is."""


READ_TOGETHER = 32
"""Records; more would push one another out of the processor's cache before they are used."""


class Intake:
    """One input topic: `kind` is its alias. `internal`: what the service sent to itself, which nobody waits for a receipt of."""

    def __init__(self, kind: str, handle: Handler, catalogue: Catalogue, metrics: Metrics, breaker: RefusalBreaker, internal: bool = False) -> None:
        self.kind = kind
        self._internal = internal
        self._handle = handle
        self._catalogue = catalogue
        self._metrics = metrics
        self._breaker = breaker
        self.tripped: BreakerTrippedError | None = None

    def read(self, records: list[Record]) -> None:
        """Those that come next, for a handler that wants to see them ahead; never raises."""
        if isinstance(self._handle, ReadsAhead):
            self._handle.read(records)

    def process(self, record: Record) -> list[Message]:
        """Everything to produce for one record; never raises. `tripped` is set by the refusal that was one too many."""
        started, event = time.perf_counter(), envelope(record.headers)
        try:
            answer = self._handle(record, judged_at(record))
        except ContractError as error:
            return self._refuse(record, event, error, error.faults)
        except Exception as error:
            log.error("record failed", topic=self.kind, partition=record.partition, offset=record.offset, **traceback_of(error))
            fault = Fault("", Code.INTERNAL, "the service failed on this record")
            return self._refuse(record, event, error, (fault,))
        finally:
            self._metrics.processing.labels(self.kind).observe(time.perf_counter() - started)
        self._breaker.accepted()
        self._metrics.events.labels(self.kind, answer.status).inc()
        sent = [self._result(*result) for result in answer.results]
        return sent if self._internal else [*sent, self._receipt(record, event, answer.status, (), answer.note)]

    def _refuse(self, record: Record, event: Envelope, error: Exception, faults: tuple[Fault, ...]) -> list[Message]:
        code = faults[0].code
        status: Status = "duplicate" if code in REPEATS else "rejected"
        self._metrics.events.labels(self.kind, status).inc()
        self._metrics.dead_letters.labels(self.kind, code.value).inc()
        if status == "duplicate":  # a producer that sends everything twice is harmless, and common
            self._breaker.accepted()
        else:
            self._count_refusal()
        why = dead_letter_headers(record.headers, record.topic, record.partition, record.offset, error, code)
        letter = Message(self._catalogue.dead_letters(self.kind).name, record.key, record.value, why, original=True)
        if self._internal:
            return [letter]
        return [letter, *self._put_back(record, event, error), self._receipt(record, event, status, faults, None)]

    def _put_back(self, record: Record, event: Envelope, error: Exception) -> list[Message]:
        """Before the receipt: nobody sends again what was not answered yet. A worker without the right to write there goes on without."""
        if not isinstance(self._handle, PutsBack) or event.source == SERVICE:  # its own word is not said again, or it might have no end
            return []
        given = headers(TYPES[self.kind], SERVICE, f"{record.topic}/{record.partition}/{record.offset}")
        return [Message(record.topic, record.key, value, given, expendable=True) for value in self._handle.held_instead(record, error)]

    def _count_refusal(self) -> None:
        try:
            self._breaker.refused()
        except BreakerTrippedError as error:
            self._metrics.breaker.labels(self.kind).set(1)
            self.tripped = error

    def _result(self, alias: str, key: str, event_id: str, body: bytes) -> Message:
        given = headers(EVENT_TYPES[alias], SERVICE, event_id, subject=key)
        return Message(self._catalogue[alias].name, key.encode(), body, given, expendable=alias in EXPENDABLE)

    def _receipt(self, record: Record, event: Envelope, status: Status, faults: Iterable[Fault], note: str | None) -> Message:
        answer = receipt(record.topic, record.partition, record.offset, event.event_id, status, tuple(faults), note)
        return self._result("receipts", event.source, answer.receipt_id, encode(answer))


def judged_at(record: Record) -> float:
    """The time to judge a record's own times by, in seconds since 1970: when it was sent, as its Kafka timestamp says.

    Read again after a restart, the same record must be accepted or refused as it was the first time, so it is not our clock, unless the
    producer's is plainly wrong: ahead of ours, or further back than any topic keeps. Ours may be set back while we run: then all that is sent
    now would look as if it came from the future, and all that is lodged now would be refused.
    """
    now = _latest_time()
    return record.timestamp if now - OLDEST_SECONDS <= record.timestamp <= now else now


class LatestTime:
    """The latest time of day that a clock has told, in seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._latest = 0.0

    def __call__(self) -> float:
        self._latest = max(self._latest, self._clock())
        return self._latest


_latest_time = LatestTime()


def record_of(event: faust.Event) -> Record:
    """The record as it came: Faust's own event would turn repeated headers into one."""
    message: Any = event.message
    return Record(message.topic, message.partition, message.offset, message.timestamp, message.key, message.value, list(message.headers or ()))


class Positions(Protocol):
    """Which records were learned from already."""

    def is_next(self, record: Record) -> bool: ...

    def advance(self, record: Record) -> None: ...

    def position(self, topic: str, partition: int) -> int: ...

    def owns(self, partition: int) -> bool: ...


Turn = Callable[[Record, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Returns when it is a record's turn; awaits what it is given before it waits."""


async def run_batches(
    stream: Any,
    intake: Intake,
    outbox: Outbox,
    positions: Positions,
    limit: int,
    turn: Turn | None,
    done: Callable[[list[Record]], None],
    leave: Callable[[], Awaitable[None]],
) -> None:
    """An agent's loop: every record of a batch processed once, everything it gave acknowledged by the broker, then the batch acknowledged.
    `leave`: before the worker stops for good, writes what the last checkpoints do not have, and moves the offsets behind it."""
    async for events in stream.batches(limit):
        records, generation = [record_of(event) for event in events], stream.app.consumer_generation_id
        for done_so_far, record in enumerate(records, start=1):
            if done_so_far % READ_TOGETHER == 1:
                intake.read(records[done_so_far - 1 : done_so_far - 1 + READ_TOGETHER])
            if turn is not None and positions.is_next(record):
                await turn(record, outbox.settle)  # a checkpoint waits for what was posted, and cannot wait that long
            # A rebalance may have come meanwhile, and even gone: the partition's new owner reads the record again, be it this worker, which has
            # then begun anew from the last checkpoint, behind this batch.
            if stream.app.consumer_generation_id != generation:
                break
            if not positions.owns(record.partition) or not positions.is_next(record):
                continue
            messages = intake.process(record)
            # Learned and advanced in one step: a checkpoint between the two would be wrong about one of them.
            positions.advance(record)
            await outbox.post(messages)
            if intake.tripped is not None:
                await _stop_after(stream, outbox, events[:done_so_far], intake.tripped, leave)
            if done_so_far % READ_TOGETHER == 0:
                await asyncio.sleep(0)  # fetching, sending and the broker's answers go on beside a long batch
        await outbox.settle()
        done(records)


async def _stop_after(stream: Any, outbox: Outbox, handled: list[faust.Event], reason: Exception, leave: Callable[[], Awaitable[None]]) -> NoReturn:
    """What was answered stays answered: the next start goes on behind it."""
    await outbox.settle()
    for event in handled:
        event.ack()
    await leave()
    await stream.app.consumer.commit()
    raise reason
