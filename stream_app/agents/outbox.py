"""Results on their way out: produced in bulk, and every delivery verified before the input advances."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

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


@runtime_checkable
class SendsOff(Protocol):
    """A producer that collects what it is given until it is told that no more comes."""

    async def send_off(self) -> None: ...


class Parcel:
    """What was posted together: `clear` is set when all of it is acknowledged, or something was refused."""

    def __init__(self) -> None:
        self.sent: list[tuple[Message, Awaitable[object]]] = []
        self.clear = asyncio.Event()


class Outbox:
    """Collects deliveries; `settle` waits for all of them and raises the first that failed. `lost` hears of expendable messages that did."""

    def __init__(self, producer: Producer, lost: Callable[[Exception], None] = _told) -> None:
        self._producer = producer
        self._lost = lost
        self._filling = Parcel()
        self._under_way: deque[Parcel] = deque()
        self._refused: Exception | None = None

    async def post(self, messages: Iterable[Message]) -> None:
        """All that came of one record, in this order."""
        for message in messages:
            try:
                self._filling.sent.append((message, await self._send(message)))
            except Exception as error:
                self._bear(message, error)

    async def send_off(self) -> None:
        """What was posted goes to the broker as one parcel; `settle_one` waits for it."""
        parcel, self._filling = self._filling, Parcel()
        self._under_way.append(parcel)
        if isinstance(self._producer, SendsOff):
            await self._producer.send_off()

    async def cleared(self) -> None:
        """Returns when everything posted before is acknowledged; raises what was refused, which stops the worker, too."""
        parcels = [*self._under_way, *([self._filling] if self._filling.sent else [])]
        if parcels:
            await parcels[-1].clear.wait()  # they are settled in their order
        if self._refused is not None:
            raise self._refused

    async def settle(self) -> None:
        """Every message is acknowledged by all in-sync replicas when this returns."""
        while self._under_way:
            await self.settle_one()
        parcel, self._filling = self._filling, Parcel()
        await self._settle_all(parcel)

    async def settle_one(self) -> None:
        """Every message of the earliest parcel that was sent off is."""
        if self._under_way:
            await self._settle_all(self._under_way[0])
            self._under_way.popleft()

    async def _settle_all(self, parcel: Parcel) -> None:
        sent, parcel.sent = parcel.sent, []
        for message, delivery in sent:
            try:
                await self._settle(message, delivery)
            except Exception as error:
                self._bear(message, error)
        parcel.clear.set()

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
            for parcel in (*self._under_way, self._filling):
                parcel.clear.set()
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
