"""Results produced in whole batches, by aiokafka's public batch interface: one call, one future and one look at the metadata for hundreds of them.

What is handed back for a record is awaited like any delivery; awaiting one whose batch is still being filled sends the batch off.
"""

from collections.abc import Awaitable, Callable, Generator
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from stream_app.agents.outbox import Headers, Producer
from stream_app.brokers.partitioner import partition_of

LARGE_BYTES = 64 * 1024
"""From here on a record goes out alone, by the way of Faust's producer, which says of one whether it is too large."""
Sent = tuple[bytes | None, bytes | None, Headers]


class Batch:
    """Records of one partition in the order of their sending. `delivery`: once aiokafka has it; `alone`: of each, where they had to go again."""

    __slots__ = ("alone", "builder", "delivery", "place", "records")

    def __init__(self, place: tuple[str, int], builder: Any) -> None:
        self.place, self.builder = place, builder
        self.records: list[Sent] = []
        self.delivery: Any = None
        self.alone: list[Awaitable[object]] | None = None

    def take(self, key: bytes | None, value: bytes | None, headers: Headers) -> bool:
        """False where the batch is full."""
        if self.builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
            return False
        self.records.append((key, value, headers))
        return True


class Delivery:
    """Of one record; raises what its sending raised."""

    __slots__ = ("_batch", "_number", "_producer")

    def __init__(self, producer: "BulkProducer", batch: Batch) -> None:
        self._producer, self._batch, self._number = producer, batch, len(batch.records) - 1

    def __await__(self) -> Generator[Any, None, object]:
        delivery = self._batch.delivery
        if delivery is not None and delivery.done() and delivery.exception() is None:
            return delivery.result()
        return (yield from self._producer.settle(self._batch, self._number).__await__())


class BulkProducer:
    """Stands in for Faust's producer, `single`, in one outbox, for one task; `client` gives the aiokafka producer in it, once that is started."""

    def __init__(self, single: Producer, client: Callable[[], AIOKafkaProducer]) -> None:
        self._single, self._client = single, client
        self._open: dict[tuple[str, int], Batch] = {}
        self._partitions: dict[str, list[int]] = {}

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int | None, timestamp: float | None, headers: Headers | None
    ) -> Awaitable[object]:
        """Waits only while the partition's last full batch has not gone yet: so much, and no more, is held for a slow broker."""
        if partition is not None or timestamp is not None or len(value or b"") >= LARGE_BYTES:
            for batch in [batch for place, batch in self._open.items() if place[0] == topic]:
                await self._submit(batch)  # the order of a partition's records stays
            return await self._single.send(topic, key, value, partition, timestamp, headers)
        partitions = self._partitions.get(topic)
        place = topic, partition_of(key, partitions) if partitions else await self._place(topic, key)
        batch = self._open.get(place) or await self._opened(place)
        if not batch.take(key, value, headers or ()):
            await self._submit(batch)
            batch = await self._opened(place)
            batch.take(key, value, headers or ())  # the first one always fits
        return Delivery(self, batch)

    async def settle(self, batch: Batch, number: int) -> object:
        """Of a batch that the broker finds too large, each record again, alone: it can say which."""
        await self._submit(batch)
        if batch.alone is None:
            try:
                return await batch.delivery
            except MessageSizeTooLargeError:
                topic, partition = batch.place
                batch.alone = [await self._single.send(topic, key, value, partition, None, headers) for key, value, headers in batch.records]
        return await batch.alone[number]

    async def _place(self, topic: str, key: bytes | None) -> int:
        self._partitions[topic] = sorted(await self._client().partitions_for(topic))
        return partition_of(key, self._partitions[topic])

    async def _opened(self, place: tuple[str, int]) -> Batch:
        self._partitions[place[0]] = sorted(await self._client().partitions_for(place[0]))  # more may have been added
        batch = self._open[place] = Batch(place, self._client().create_batch())
        return batch

    async def _submit(self, batch: Batch) -> None:
        """Hand it to aiokafka, once."""
        if self._open.get(batch.place) is batch:
            del self._open[batch.place]
            batch.builder.close()  # else it would linger
            batch.delivery = await self._client().send_batch(batch.builder, batch.place[0], partition=batch.place[1])
