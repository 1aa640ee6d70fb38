"""customs.movements.v1: an assessment for every movement, and the alerts that it raises or takes back."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from msgspec import DecodeError

from stream_app.agents.failures import FailureReport
from stream_app.agents.intake import Answer, Record
from stream_app.agents.partitions import LIVE, Partitions
from stream_app.contracts.assessment import Source, encode
from stream_app.contracts.cloudevents import envelope, refuse_other_versions
from stream_app.contracts.contradiction import decode_contradiction, encode_contradiction
from stream_app.contracts.declared import decode_declared
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.movement import decode_movement
from stream_app.engine.movements.engine import MissedResult, MovementEngine, MovementResult
from stream_app.engine.pipeline import Pipeline
from stream_app.metrics import Metrics

T = TypeVar("T")


class MovementPartitions(Partitions):
    """A movement engine a partition of the movements, and how far each is read."""

    def __init__(self, pipeline: Pipeline, worker_id: str = "") -> None:
        super().__init__(pipeline, worker_id=worker_id)
        self._settings = pipeline
        self._moving: dict[int, MovementEngine] = {}

    def movement_engine(self, partition: int) -> MovementEngine:
        """The engine of an assigned partition, made when first asked for."""
        engine = self._moving.get(partition)
        if engine is None:
            engine = self._moving[partition] = MovementEngine(self._settings)
        return engine

    def keep_only(self, partitions: Iterable[int]) -> None:
        kept = frozenset(partitions)
        super().keep_only(kept)
        self._moving = {number: engine for number, engine in self._moving.items() if number in kept}

    def forget(self, partition: int) -> None:
        super().forget(partition)
        self._moving.pop(partition, None)

    def has(self, partition: int) -> bool:
        return partition in self._moving or super().has(partition)

    def numbers(self) -> list[int]:
        return sorted({*self._moving, *super().numbers()})

    def learning(self) -> dict[str, str]:
        return {LIVE: self._settings.movement_learning()}

    def learners(self, partition: int) -> dict[str, Any]:
        return {LIVE: self.movement_engine(partition)}

    def report(self, metrics: Metrics) -> None:
        """Sizes of everything that is bounded, summed over the partitions."""
        held: Counter[str] = Counter()
        forgotten: Counter[str] = Counter()
        for engine in self._moving.values():
            for name, (here, gone) in engine.sizes().items():
                held[name] += here
                forgotten[name] += gone
        for table in held:
            metrics.keys_held.labels(table).set(held[table])
            metrics.keys_forgotten.labels(table).set(forgotten[table])


class Movements:
    """Handles one movement record against the engine of its partition: the one that knows the way of its container."""

    def __init__(self, partitions: MovementPartitions, limits: Limits, metrics: Metrics) -> None:
        self._partitions = partitions
        self._limits = limits
        self._metrics = metrics
        self._report = FailureReport(metrics, "movement detector failed")

    def __call__(self, record: Record, now: float) -> Answer:
        """Raises ContractError for a record at fault."""
        refuse_other_versions("movements", envelope(record.headers))
        movement = decode_movement(record.value, self._limits, now)
        source = Source(record.topic, record.partition, record.offset, int(record.timestamp * 1000))
        result = self._partitions.movement_engine(record.partition).process(movement, source)
        assessment = result.assessment
        results = [("movement_assessments", assessment.equipment_id, assessment.assessment_id, encode(assessment))]
        told: list[MovementResult | MissedResult] = [result, *result.missed]
        for said in told:
            results += alerts_of(said)
            self._count(said)
        self._metrics.model_updates.labels("movement_detectors").inc()
        return Answer(results)

    def _count(self, result: MovementResult | MissedResult) -> None:
        metrics = self._metrics
        for alert in result.alerts:
            if alert.status == "raised":
                metrics.alerts.labels(alert.severity, alert.typology, alert.lane).inc()
            else:
                metrics.withdrawn.labels(alert.typology).inc()
        for failure in result.failures:
            self._report(failure)


class DeclaredContainers(Movements):
    """Handles what a declaration says of one container, which this service itself has sent: the other side of the join."""

    def __call__(self, record: Record, now: float) -> Answer:
        """Raises ContractError for a record that is none of ours."""
        declared = _ours(decode_declared, record)
        source = Source(record.topic, record.partition, record.offset, int(record.timestamp * 1000))
        said = self._partitions.movement_engine(record.partition).declare(declared, source)
        self._count(said)
        return Answer(alerts_of(said))


class Contradictions(Movements):
    """Handles what a container's alert says of a declaration, which this service itself has sent: what stands against it meets here."""

    def __call__(self, record: Record, now: float) -> Answer:
        """Raises ContractError for a record that is none of ours."""
        finding = _ours(decode_contradiction, record)
        try:
            alert = self._partitions.movement_engine(record.partition).revise(finding)
        except (LookupError, TypeError, ValueError):
            raise ContractError(Fault("/alert", Code.BAD_FORMAT, "is no alert that this service sends")) from None
        return Answer([] if alert is None else [("alerts", alert["alert_id"], f"{alert['alert_id']}-{alert['revision']}", encode(alert))])


def _ours(decode: Callable[[bytes], T], record: Record) -> T:
    """What this service has sent to itself. Raises ContractError for a record that is none of ours."""
    try:
        return decode(record.value or b"")
    except DecodeError:
        raise ContractError(Fault("", Code.NOT_JSON, "is no record that this service sends")) from None


def alerts_of(said: MovementResult | MissedResult) -> list[tuple[str, str, str, bytes]]:
    """Alerts of containers, and what declarations are told of them. The id of an event is its revision's too: a consumer that drops what it
    has seen must not drop a withdrawal."""
    found = [("movement_alerts", alert.alert_id, f"{alert.alert_id}-{alert.revision}", encode(alert)) for alert in said.alerts]
    revisions = {alert.alert_id: alert.revision for alert in said.alerts}
    for one in said.contradictions:
        event_id = f"{one.finding_id}-{revisions[one.finding_id]}-{one.declaration_id}"
        found.append(("contradictions", one.declaration_id, event_id, encode_contradiction(one)))
    return found
