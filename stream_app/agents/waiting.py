"""Whether records wait on a topic, asked of the broker beside the group: the worker's own consumer may be what does not read."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream_app.agents.watchdog import Place

ANSWER_SECONDS = 5.0
FETCH_BYTES = 1
"""At least one batch of records comes, however small the limit is (KIP-74); one record is enough."""


class WaitingRecords:
    """Reads a record where one is. Ends of topics would not do: behind the last record may be markers of transactions, and Tansu counts wrongly."""

    def __init__(self, client: dict[str, Any], fetch_max_wait_ms: int) -> None:
        self._client = {
            **client,
            "group_id": None,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "fetch_max_wait_ms": fetch_max_wait_ms,
            "max_partition_fetch_bytes": FETCH_BYTES,
        }
        self._consumer: AIOKafkaConsumer | None = None

    async def at(self, places: Mapping[Place, int]) -> set[Place]:
        """Those of the places with a record at that offset or behind it. A broker that does not answer has none: starting anew would not help."""
        if not places:
            return set()
        try:
            return await asyncio.wait_for(self._at(places), 2.0 * ANSWER_SECONDS)
        except (KafkaError, TimeoutError):
            await self.stop()
            return set()

    async def _at(self, places: Mapping[Place, int]) -> set[Place]:
        consumer = await self._started()
        asked = {TopicPartition(*place): offset for place, offset in places.items()}
        consumer.assign(list(asked))
        for tp, offset in asked.items():
            consumer.seek(tp, offset)
        found: set[Place] = set()
        until = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < until and any(consumer.highwater(tp) is None for tp in asked):
            found |= {(tp.topic, tp.partition) for tp, records in (await consumer.getmany(timeout_ms=100)).items() if records}
        found |= {(tp.topic, tp.partition) for tp, records in (await consumer.getmany(timeout_ms=0)).items() if records}
        consumer.unsubscribe()  # else it would go on fetching between two looks
        return found

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(**self._client)
            await self._consumer.start()
        return self._consumer

    async def stop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()
