"""The fast path between Kafka and the agents: what is fetched and what is produced goes in bulk (docs/speed.md).

TIDEWAITER_FAST_PATH=false is Faust's own way.

It overrides inner methods of Faust, so it is taken with the releases it was built for, and no others.
"""

from typing import Any, cast

import aiokafka
import faust
import structlog

from stream_app.agents.consumer import CheckpointedConsumer
from stream_app.agents.fast.bulk import BulkProducer
from stream_app.agents.fast.compression import compress_lightly
from stream_app.agents.fast.drain import DrainingConsumer
from stream_app.agents.outbox import Producer

BUILT_FOR = {"faust-streaming": "0.15.3", "aiokafka": "0.14"}
log = structlog.get_logger()


def fits() -> bool:
    """Whether Faust and aiokafka are those whose inner methods are known here."""
    return faust.__version__ == BUILT_FOR["faust-streaming"] and aiokafka.__version__.startswith(f"{BUILT_FOR['aiokafka']}.")


def consumer(wanted: bool) -> type[CheckpointedConsumer]:
    if wanted and not fits():
        log.warning("fast path not taken", faust=faust.__version__, aiokafka=aiokafka.__version__, built_for=BUILT_FOR)
    return DrainingConsumer if wanted and fits() else CheckpointedConsumer


def producer(app: faust.App, wanted: bool) -> Producer:
    """For one outbox."""
    faust_s: Any = app.producer
    if not (wanted and fits()):
        return cast(Producer, faust_s)
    compress_lightly()
    return BulkProducer(faust_s, faust_s._ensure_producer)
