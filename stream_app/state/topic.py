"""The checkpoint topic on its broker: written with every acknowledgement awaited, read to a mark of one's own."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any, Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream_app.state.manifest import Seal
from stream_app.state.shelf import Shelf

UNDERWAY = 32
"""Records that are sent before the first of them is awaited: some 16 MB of memory."""
FETCH_BYTES = 8 << 20
STALLED_SECONDS = 60.0
"""A broker that has said nothing for so long while the mark is still to come will not say it."""


class Key(Protocol):
    """Of a record of what workers keep."""

    def encoded(self) -> bytes: ...


class CheckpointTopic:
    """One partition of it holds the checkpoints of the input partition of the same number."""

    def __init__(self, client: dict[str, Any], name: str, fetch_max_wait_ms: int = 100) -> None:
        self._client = client
        self._name = name
        self._wait_ms = fetch_max_wait_ms
        self._producer: AIOKafkaProducer | None = None

    async def write(self, partition: int, records: Iterable[tuple[Key, bytes | None]]) -> None:
        """Returns when all in-sync replicas have all of them; raises KafkaError for the first that was not taken."""
        producer, sent = await self._started(), []
        for key, value in records:
            sent.append(await producer.send(self._name, value, key.encoded(), partition))
            if len(sent) == UNDERWAY:
                await asyncio.gather(*sent)
                sent.clear()
        await asyncio.gather(*sent)

    async def read(self, partition: int, worker: str, generation: int, seal: Seal) -> Shelf:
        """Everything that was there when this began. Who reads says so on the topic: how far to read is asked of no broker that may not know."""
        producer = await self._started()
        mark = msgspec.msgpack.encode({"worker": worker, "generation": generation})
        sent = producer.send_and_wait(self._name, mark, f"{partition}/claim".encode(), partition)
        claim = await asyncio.wait_for(sent, STALLED_SECONDS)
        consumer = AIOKafkaConsumer(
            **self._client,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=self._wait_ms,
        )
        await asyncio.wait_for(consumer.start(), STALLED_SECONDS)
        try:
            return await self._read(consumer, TopicPartition(self._name, partition), claim.offset, seal)
        finally:
            await consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer, place: TopicPartition, end: int, seal: Seal) -> Shelf:
        shelf, heard = Shelf(place.partition, seal), time.monotonic()
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        while await asyncio.wait_for(consumer.position(place), STALLED_SECONDS) <= end:
            records = (await consumer.getmany(place, timeout_ms=500)).get(place, [])
            for record in records:
                if record.offset < end:
                    shelf.put(record.key, record.value)
            if records:
                heard = time.monotonic()
            elif time.monotonic() - heard > STALLED_SECONDS:
                raise TimeoutError(f"the broker has not given all of {place.topic} {place.partition} in {STALLED_SECONDS:.0f} s")
        return shelf

    async def stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def _started(self) -> AIOKafkaProducer:
        """Not Faust's producer: that compresses, which takes longer than all the rest of a checkpoint."""
        if self._producer is None:
            self._producer = AIOKafkaProducer(**self._client, acks="all", max_batch_size=1 << 20, max_request_size=1 << 20)
            await self._producer.start()
        return self._producer
