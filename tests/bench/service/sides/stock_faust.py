"""(d) A Faust agent as its documentation writes one: for every event, process it and await topic.send of each result.

Producer settings are the service's.
"""

import asyncio
import tempfile
from typing import Any

import faust

from stream_app.agents.intake import record_of
from stream_app.settings import Settings, load_settings
from tests.bench.service.sides.work import intake


def build(settings: Settings, folder: str) -> faust.App:
    work, catalogue = intake(settings), settings.catalogue()
    app = faust.App(
        settings.group,
        broker=f"kafka://{settings.bootstrap}",
        store="memory://",
        datadir=folder,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=settings.session_timeout_seconds,
        broker_request_timeout=max(60.0, settings.session_timeout_seconds * 2),
        producer_acks=-1,
        producer_linger=0.005,
        producer_max_batch_size=262_144,
        producer_compression_type=None if settings.compression == "none" else settings.compression,
    )
    raw: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    source = app.topic(catalogue["declarations"].name, **raw)
    results = {topic.name: app.topic(topic.name, **raw) for topic in catalogue.values()}

    async def assess(stream: Any) -> None:
        async for event in stream.events():
            for message in work.process(record_of(event)):
                await results[message.topic].send(key=message.key, value=message.value, headers=list(message.headers))

    app.agent(source, name="assess")(assess)
    return app


async def run(app: faust.App) -> None:
    app.loop = asyncio.get_running_loop()
    await app.start()
    await app.wait_until_stopped()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as folder:
        asyncio.run(run(build(load_settings(), folder)))


if __name__ == "__main__":
    main()
