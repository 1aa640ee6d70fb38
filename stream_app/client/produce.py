"""Send lines of JSON as events, and count the service's answers: for integrators who try their data, and for replays into a live service.

Streaming, with bounded memory: at most MAX_OUTSTANDING records are without their receipt, and MAX_PENDING_BYTES without the broker's answer.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial

from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from stream_app.client.ledger import Ledger
from stream_app.client.producer import EventProducer, RecordMetadata, event_key
from stream_app.client.receipts import ReceiptReader
from stream_app.client.summary import ProduceSummary, Tally

MAX_OUTSTANDING = 50_000
MAX_PENDING_BYTES = 32 << 20
_PUMP_EVERY = 256
_PUMP_SECONDS = 0.25
_WAIT_SECONDS = 0.1


Progress = Callable[[ProduceSummary], None]


def produce_lines(
    lines: Iterable[bytes],
    kind: str,
    connection: Connection,
    catalogue: Catalogue,
    source: str = "tidewaiter-client",
    wait_for_receipts: bool = True,
    timeout_seconds: float = 60.0,
    progress: Progress | None = None,
) -> ProduceSummary:
    """Send every line that is not blank to the topic `kind`, good or bad: the service judges, and its receipts are counted.

    Gives up after `timeout_seconds` without an answer of the broker or a receipt, and says so in `stopped`. `progress` is called about four times
    a second. Raises BrokerUnavailableError if there is no broker, or no such topic.
    """
    with ExitStack() as stack:
        reader = stack.enter_context(ReceiptReader(connection, catalogue)) if wait_for_receipts else None
        producer = stack.enter_context(EventProducer(connection, catalogue, kind, source))
        run = _Run(producer, reader, timeout_seconds, progress)
        run.send_all(lines)
        producer.close(0 if run.stopped else timeout_seconds)
        return run.finish()


def event_id(body: bytes) -> str:
    """The CloudEvents id of a body: the same bytes sent again are the same event."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


class _Run:
    """One call of produce_lines. The producer's thread only appends to `_answers`; all else happens on the caller's."""

    def __init__(self, producer: EventProducer, reader: ReceiptReader | None, timeout_seconds: float, progress: Progress | None) -> None:
        self.stopped = ""
        self._producer = producer
        self._reader = reader
        self._timeout_seconds = timeout_seconds
        self._progress = progress
        self._ledger = Ledger(producer.topic)
        self._answers: deque[tuple[int, int, RecordMetadata | Exception]] = deque()
        self._pending_bytes = 0
        self._tally = Tally()
        self._pumped_at = self._reported_at = time.monotonic()

    def send_all(self, lines: Iterable[bytes]) -> None:
        for number, line in enumerate(lines, 1):
            body = line.rstrip(b"\r\n")
            if not body.strip():
                continue
            self._send(number, body)
            if number % _PUMP_EVERY == 0 or time.monotonic() - self._pumped_at > _PUMP_SECONDS:
                self._pump(0.0)
            if not self._has_room() and not self._wait_until(self._has_room):
                self.stopped = f"no answer for {self._timeout_seconds:g} s"
            if self.stopped:
                self.stopped += f"; nothing was sent after line {number}"
                return
        if not self._wait_until(lambda: len(self._ledger) == 0):
            self.stopped = f"no answer for {self._timeout_seconds:g} s"

    def finish(self) -> ProduceSummary:
        """The totals, once the producer is closed."""
        self._take_answers()
        summary = self._tally.summary(self._ledger.waiting, self.stopped, unconfirmed=self._ledger.pending)
        if self._progress is not None:
            self._progress(summary)
        return summary

    def _send(self, number: int, body: bytes) -> None:
        answer = partial(self._answer, number, len(body))
        self._ledger.sent()
        self._pending_bytes += len(body)
        try:
            delivery = self._producer.send(body, event_key(body), event_id(body))
        except (MessageSizeTooLargeError, KafkaTimeoutError) as error:
            answer(error)
            if isinstance(error, KafkaTimeoutError):
                self.stopped = str(error)
            return
        delivery.add_callback(answer)
        delivery.add_errback(answer)

    def _answer(self, number: int, size: int, answer: RecordMetadata | Exception) -> None:
        self._answers.append((number, size, answer))

    def _has_room(self) -> bool:
        return len(self._ledger) < MAX_OUTSTANDING and self._pending_bytes < MAX_PENDING_BYTES

    def _wait_until(self, enough: Callable[[], bool]) -> bool:
        """False if nothing moved for the timeout. The time that `lines` took to come is nobody's fault and does not count."""
        deadline = time.monotonic() + self._timeout_seconds
        while not enough():
            if self._pump(_WAIT_SECONDS):
                deadline = time.monotonic() + self._timeout_seconds
            elif time.monotonic() > deadline:
                return False
        return True

    def _pump(self, wait_seconds: float) -> bool:
        """Take what the broker and the service have answered; whether there was anything. Waits only if there is not."""
        moved = self._take_answers()
        if self._reader is not None:
            moved |= self._take_receipts(self._reader, 0.0 if moved else wait_seconds)
        elif not moved and wait_seconds:
            time.sleep(0.01)
        self._pumped_at = time.monotonic()
        self._report()
        return moved

    def _take_answers(self) -> bool:
        moved = bool(self._answers)
        while self._answers:
            number, size, answer = self._answers.popleft()
            self._pending_bytes -= size
            if isinstance(answer, Exception):
                self._ledger.settled()
                self._tally.failed(number, answer)
            else:
                self._acknowledge(number, answer)
        self._ledger.forget_passed()
        return moved

    def _acknowledge(self, number: int, metadata: RecordMetadata) -> None:
        self._tally.sent += 1
        if self._reader is None:
            self._ledger.settled()
        elif (receipt := self._ledger.acknowledged(number, metadata.partition, metadata.offset)) is not None:
            self._tally.answered(number, receipt)

    def _take_receipts(self, reader: ReceiptReader, wait_seconds: float) -> bool:
        moved = False
        for receipt in reader.poll(wait_seconds):
            if (number := self._ledger.answered(receipt)) is not None:
                self._tally.answered(number, receipt)
                moved = True
        return moved

    def _report(self) -> None:
        if self._progress is not None and self._pumped_at - self._reported_at > _PUMP_SECONDS:
            self._reported_at = self._pumped_at
            self._progress(self._tally.summary(self._ledger.waiting, self.stopped))
