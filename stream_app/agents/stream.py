"""A Faust stream in batches that is acknowledged only after its body succeeded (docs/decisions/0003-batched-stream.md)."""

from collections.abc import AsyncIterator
from typing import Any, cast

import faust


class BatchStream(faust.Stream[bytes]):
    """Given to `faust.App(Stream=...)`. `take()` and `noack_take()` lose records when a body raises; `batches()` does not."""

    in_hand = False
    """Whether somebody has a batch of it; else the stream waits for records."""

    async def batches(self, limit: int) -> AsyncIterator[list[faust.Event]]:
        """Lists of 1 to `limit` events, as many as are there. The events are acked together, unless the body raised."""
        self._finalized = True
        started_here = await self.maybe_start()
        try:
            while not self.should_stop:
                self.in_hand = False
                try:
                    first = await self.channel.__anext__()
                except StopAsyncIteration:  # the worker stops; from inside a generator it would come out as a RuntimeError
                    return
                events = self._current([cast(faust.Event, first), *self._waiting(limit - 1)])
                if not events:
                    continue
                for event in events:
                    self._track(event)
                self.in_hand = True
                yield events
                for event in self._current(events):
                    event.ack()
        finally:
            self._channel_stop_iteration(self.channel)
            if started_here:
                await self.stop()
                self.service_reset()

    def _waiting(self, limit: int) -> list[faust.Event]:
        """What is in the buffer already; never waits."""
        channel: Any = self.channel
        return [channel.queue.get_nowait() for _ in range(min(limit, channel.queue.qsize()))]

    def _current(self, events: list[faust.Event]) -> list[faust.Event]:
        """Without those of an earlier assignment: the partition may be somebody else's now, and will be read again from its committed offset.
        Nor are these acknowledged: whoever reads them again has not had them yet."""
        if not self.app.flow_control.is_active():
            return []
        generation = self.app.consumer_generation_id
        return [event for event in events if event.message.generation_id == generation]

    def _track(self, event: faust.Event) -> None:
        message = event.message
        if not message.tracked:
            message.tracked = True
            self.app.consumer.track_message(message)
