"""What Faust 0.15 fixes, and we need otherwise: how long a fetch may wait at the broker, when the group's offsets move, folders on disk."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, cast

import faust
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer
from faust.types import TP

COMMIT_SECONDS = 10.0


class DisklessApp(faust.App):
    """Without the folders that Faust makes for tables at every start: a full disk, or a read-only one, is no reason not to run."""

    logger = logging.getLogger("faust.app")

    def _create_directories(self) -> None:
        pass


class CheckpointedConsumer(Consumer):
    """The group's offsets of `governed` topics move with the checkpoints and not with what was acknowledged."""

    logger = logging.getLogger("faust.consumer")
    governed: frozenset[str] = frozenset()

    @property
    def held_up(self) -> bool:
        """Whether a full queue may keep records from the others: one loop fills them all."""
        return bool(self._buffered_partitions)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        others = {tp: offset for tp, offset in offsets.items() if tp.topic not in self.governed}
        return bool(await super()._commit(others)) if others else True

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Where nothing is committed yet, to the beginning: aiokafka stays where it is, behind what was fetched and dropped during a rebalance."""
        committed: Mapping[TP, int] = await super().seek_to_committed()
        if fresh := [TopicPartition(*tp) for tp, offset in committed.items() if not offset]:
            with suppress(IllegalStateError):  # another rebalance has come, and seeks again
                await self._thread.seek_to_beginning(*fresh)
        return committed

    async def commit_checkpoint(self, offsets: Mapping[TP, int]) -> bool:
        """Whether the broker takes them, and so holds this worker to be a member of its group's present generation."""
        thread = self._thread
        assigned = thread.assignment()
        mine = {TopicPartition(*tp): OffsetAndMetadata(offset, "") for tp, offset in offsets.items() if tp in assigned}
        try:
            if mine:
                await asyncio.wait_for(thread.call_thread(thread._ensure_consumer().commit, mine), COMMIT_SECONDS)
        except (KafkaError, TimeoutError):
            return False
        except asyncio.CancelledError:
            # Not this task is told to end, but the consumer's thread, in the middle of the commit: the worker stops.
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            return False
        return self.is_member

    def partitions_of(self, topic: str) -> int:
        """How many a topic has; 0 where nothing is known of it. Faust's own `topic_partitions` knows it in the group's leader only."""
        return len(self._thread._ensure_consumer().partitions_for_topic(topic) or ())

    @property
    def is_member(self) -> bool:
        """False once the broker has said that the group goes on without this worker, until it has joined again."""
        return int(self._thread._ensure_consumer()._coordinator.generation) == self.app.consumer_generation_id


def use_consumer(app: faust.App, milliseconds: int, checkpointed: Iterable[str], kind: type[CheckpointedConsumer] = CheckpointedConsumer) -> None:
    """Before the app starts. `checkpointed`: topics whose offsets move with the checkpoints; `kind`: the consumer to use.

    Apache Kafka answers a fetch as soon as there is a record; Tansu lets it wait half of Faust's 1,500 ms.
    """

    class Thread(AIOKafkaConsumerThread):
        logger = logging.getLogger("faust.consumer")

        def _create_worker_consumer(self, transport: Any) -> Any:
            consumer = super()._create_worker_consumer(transport)
            consumer._fetch_max_wait_ms = milliseconds
            return consumer

    class PromptConsumer(kind):  # type: ignore[valid-type,misc]
        governed = frozenset(checkpointed)

        def _new_consumer_thread(self) -> Any:
            return Thread(self, loop=self.loop, beacon=self.beacon)

    app.transport.Consumer = PromptConsumer  # type: ignore[misc]  # Faust reads it through the instance


class FaustGroup:
    """The consumer group, as checkpoints ask for it."""

    def __init__(self, app: faust.App) -> None:
        self._app = app

    async def commit(self, offsets: Mapping[tuple[str, int], int]) -> bool:
        return await self._consumer.commit_checkpoint({TP(topic, number): offset for (topic, number), offset in offsets.items()})

    def partitions_of(self, topic: str) -> int:
        return self._consumer.partitions_of(topic)

    @property
    def generation(self) -> int:
        return int(self._app.consumer_generation_id)

    @property
    def is_member(self) -> bool:
        return self._consumer.is_member

    @property
    def _consumer(self) -> CheckpointedConsumer:
        return cast(CheckpointedConsumer, self._app.consumer)
