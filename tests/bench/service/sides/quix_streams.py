"""(e) A Quix Streams application: a dataframe of bytes, expanded to results, each sent to its topic with its key and headers."""

import tempfile
from pathlib import Path
from typing import Any

from quixstreams import Application, message_context
from quixstreams.models.serializers import Serializer

from stream_app.agents.intake import Record
from stream_app.agents.outbox import Message
from stream_app.settings import load_settings
from tests.bench.service.sides.work import LONG_POLL_MS, intake, producer_options


class Body(Serializer):
    """Of a result: it is encoded already."""

    def __call__(self, value: Message, ctx: Any) -> bytes | None:
        return value.value


def main() -> None:
    settings = load_settings()
    work, catalogue = intake(settings), settings.catalogue()
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as folder:
        app = Application(
            settings.bootstrap,
            consumer_group=settings.group,
            auto_offset_reset="earliest",
            auto_create_topics=False,
            use_changelog_topics=False,
            state_dir=Path(folder),
            consumer_poll_timeout=0.05,
            consumer_extra_config={
                "max.poll.interval.ms": LONG_POLL_MS,
                "session.timeout.ms": int(settings.session_timeout_seconds * 1000),
                "fetch.wait.max.ms": settings.fetch_max_wait_ms,
            },
            producer_extra_config=producer_options(settings),
        )
        raw: dict[str, Any] = {"key_deserializer": "bytes", "value_deserializer": "bytes", "key_serializer": "bytes"}
        name = catalogue["declarations"].name
        source = app.topic(name, **raw)
        results = {topic.name: app.topic(topic.name, value_serializer=Body(), **raw) for topic in catalogue.values() if topic.name != name}

        def assess(value: bytes, key: Any, timestamp: int, headers: Any) -> list[Message]:
            return work.process(Record(name, 0, message_context().offset, timestamp / 1000.0, key, value, list(headers or ())))

        frame = app.dataframe(source).apply(assess, expand=True, metadata=True)
        frame = frame.set_headers(lambda message, *_: list(message.headers))
        frame.to_topic(lambda message, *_: results[message.topic], key=lambda message: message.key)
        app.run()


if __name__ == "__main__":
    main()
