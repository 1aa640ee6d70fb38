"""customs.milestones.v1: steps of clearance teach time release and performance, beside the declarations of the same partition."""

from stream_app.agents import indicators
from stream_app.agents.intake import Answer, Record
from stream_app.agents.partitions import Partitions
from stream_app.contracts.cloudevents import envelope, refuse_other_versions
from stream_app.contracts.decode import Limits
from stream_app.contracts.milestone import decode_milestone
from stream_app.metrics import Metrics


class Milestones:
    """Handles one milestone against the engine of its partition."""

    def __init__(self, partitions: Partitions, limits: Limits, metrics: Metrics) -> None:
        self._partitions = partitions
        self._limits = limits
        self._metrics = metrics

    def __call__(self, record: Record, now: float) -> Answer:
        """Raises ContractError for a record at fault."""
        event, engine = envelope(record.headers), self._partitions.engine(record.partition)
        engine.monitor.heard(event.source, now)
        refuse_other_versions("milestones", event)
        engine.learn_milestone(decode_milestone(record.value, self._limits, now))
        return Answer(indicators.results(engine, self._metrics))
