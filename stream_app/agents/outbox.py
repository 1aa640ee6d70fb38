"""Results on their way out: produced in bulk, and every delivery verified before the input advances."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import structlog
from aiokafka.errors import MessageSizeTooLargeError
from faust.exceptions import ProducerSendError

Headers = Sequence[tuple[str, bytes | None]]
TRUNCATED_BYTES = 256 * 1024
log: Any = structlog.get_logger()


class Message(NamedTuple):
    """One record to produce. `original`: a dead letter, whose body may be cut rather than block the stream. `expendable`: it may be lost."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    original: bool = False
    expendable: bool = False


class Producer(Protocol):
    """What the outbox needs of Faust's producer."""

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
    ) -> Awaitable[object]: ...


def _told(error: Exception) -> None:
    log.warning("result lost", exception=type(error).__qualname__)


class Outbox:
    """Collects deliveries; `settle` waits for all of them and raises the first that failed. `lost` hears of expendable messages that did."""

    def __init__(self, producer: Producer, lost: Callable[[Exception], None] = _told) -> None:
        self._producer = producer
        self._lost = lost
        self._sent: list[tuple[Message, Awaitable[object]]] = []
        self._clear = asyncio.Event()
        self._clear.set()
        self._refused: Exception | None = None

    async def post(self, messages: Iterable[Message]) -> None:
        """All that came of one record, in this order."""
        self._clear.clear()
        for message in messages:
            try:
                self._sent.append((message, await self._send(message)))
            except Exception as error:
                self._bear(message, error)

    async def cleared(self) -> None:
        """Returns when everything posted before is acknowledged; raises what was refused, which stops the worker, too."""
        await self._clear.wait()
        if self._refused is not None:
            raise self._refused

    async def settle(self) -> None:
        """Every message is acknowledged by all in-sync replicas when this returns."""
        sent, self._sent = self._sent, []
        for message, delivery in sent:
            try:
                await self._settle(message, delivery)
            except Exception as error:
                self._bear(message, error)
        self._clear.set()

    async def _settle(self, message: Message, delivery: Awaitable[object]) -> None:
        try:
            await delivery
        except MessageSizeTooLargeError:
            if not message.original:
                raise
            await (await self._send(_cut(message)))

    def _bear(self, message: Message, error: Exception) -> None:
        """Raises it, unless the message may be lost."""
        if not message.expendable:
            self._refused = error
            self._clear.set()
            raise error
        self._lost(error)

    async def _send(self, message: Message) -> Awaitable[object]:
        try:
            return await self._producer.send(message.topic, message.key, message.value, None, None, message.headers)
        except ProducerSendError as error:
            if not message.original or not isinstance(error.__cause__, MessageSizeTooLargeError):
                raise
            return await self._send(_cut(message))


def _cut(message: Message) -> Message:
    """A dead letter that the broker would not take whole. The original is still on its topic, where the headers say."""
    value = (message.value or b"")[:TRUNCATED_BYTES]
    return message._replace(value=value, headers=[*message.headers, ("tidewaiter.error.truncated", b"true")], original=False)
