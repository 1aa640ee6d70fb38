"""What every side does with a record: decode, validate, engine, encode, as the service does it (agents/intake.py), one partition, one engine."""

from stream_app.agents.breaker import RefusalBreaker
from stream_app.agents.declarations import Declarations
from stream_app.agents.intake import Intake
from stream_app.agents.partitions import Partitions
from stream_app.collector import calm_collector
from stream_app.metrics import Metrics
from stream_app.settings import Settings

BATCH_RECORDS = 500
"""Records between two commits where the side decides; as many as the service acknowledges together."""
LONG_POLL_MS = 1_800_000
"""A side is stopped while its backlog is made, and must not lose its partitions for it."""


def intake(settings: Settings) -> Intake:
    pipeline, metrics, catalogue = settings.pipeline(), Metrics(), settings.catalogue()
    handler = Declarations(Partitions(pipeline), pipeline.record_limits(), metrics, mirrored=pipeline.instruments.mirror)
    calm_collector()
    return Intake("declarations", handler, catalogue, metrics, RefusalBreaker(catalogue["declarations"].name, pipeline.breaker))


def producer_options(settings: Settings) -> dict[str, object]:
    """Of librdkafka: acknowledged, batched and compressed as the service's results are."""
    return {
        "acks": "all",
        "linger.ms": 5,
        "compression.type": settings.compression,
        "partitioner": "murmur2_random",
        "queue.buffering.max.messages": 1_000_000,
    }
