"""customs.declarations.v1: an assessment for every declaration, an alert where one is selected."""

from typing import Any

import structlog

from stream_app.agents import indicators
from stream_app.agents.challenger import Challenger
from stream_app.agents.failures import FailureReport
from stream_app.agents.intake import Answer, Record, judged_at
from stream_app.agents.mirrors import sent_on
from stream_app.agents.outcomes import count_note
from stream_app.agents.partitions import Partitions
from stream_app.contracts.assessment import Source, encode
from stream_app.contracts.cloudevents import envelope, refuse_other_versions
from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.contracts.declared import encode_declared
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import ContractError
from stream_app.engine.engine import Result
from stream_app.engine.movements.joining import declared_containers
from stream_app.instruments.settings import MirrorSection
from stream_app.metrics import Metrics

log: Any = structlog.get_logger()


class Declarations:
    """Handles one declaration record against the engine of its partition, then against the challenger's if there is one."""

    def __init__(
        self,
        partitions: Partitions,
        limits: Limits,
        metrics: Metrics,
        challenger: Challenger | None = None,
        mirrored: MirrorSection | None = None,
    ) -> None:
        """`mirrored`: whose imports are sent on to be compared with their exports."""
        self._partitions = partitions
        self._limits = limits
        self._metrics = metrics
        self._challenger = challenger
        self._mirrored = mirrored or MirrorSection()
        self._report = FailureReport(metrics, "detector failed")
        self._ahead: dict[tuple[int, int], Declaration | ContractError] = {}

    def read(self, records: list[Record]) -> None:
        """Decode these before their turn: one after the other, each finds the decoder still in the processor's cache. What was read ahead
        before, and never had its turn, is forgotten."""
        self._ahead.clear()
        for record in records:
            try:
                self._ahead[record.partition, record.offset] = decode_declaration(record.value, self._limits, judged_at(record))
            except ContractError as error:
                self._ahead[record.partition, record.offset] = error
            except Exception:  # told when it is its turn
                log.debug("not read ahead", partition=record.partition, offset=record.offset)

    def _decoded(self, record: Record, now: float) -> Declaration:
        read = self._ahead.pop((record.partition, record.offset), None)
        if isinstance(read, ContractError):
            try:
                raise read
            finally:
                del read  # its traceback holds this frame: with it in here, a record of 4 MiB would wait for the collector of cycles
        return read or decode_declaration(record.value, self._limits, now)

    def __call__(self, record: Record, now: float) -> Answer:
        """Raises ContractError for a record at fault."""
        event, engine = envelope(record.headers), self._partitions.engine(record.partition)
        engine.monitor.heard(event.source, now)
        refuse_other_versions("declarations", event)
        try:
            declaration = self._decoded(record, now)
        except ContractError as error:
            engine.refuse(record.value, error.faults)
            raise
        source = Source(record.topic, record.partition, record.offset, int(record.timestamp * 1000))
        result = engine.process(declaration, source)
        assessment, alert = result.assessment, result.alert
        results = [("assessments", assessment.declaration_id, assessment.assessment_id, encode(assessment))]
        if alert is not None:
            results.append(("alerts", alert.alert_id, alert.alert_id, encode(alert)))
        # The movements of its containers are in other partitions: what it says of them is sent there.
        told = declared_containers(declaration, result)
        results += [("declared", one.equipment_id, f"{assessment.assessment_id}-{one.equipment_id}", encode_declared(one)) for one in told]
        results += sent_on(declaration, record.value or b"", self._mirrored)
        self._count(result)
        if self._challenger is not None:
            results += self._challenger.declaration(record, declaration, source, result)
        return Answer(results + indicators.results(engine, self._metrics))

    def _count(self, result: Result) -> None:
        metrics = self._metrics
        metrics.items.inc(len(result.assessment.items))
        metrics.model_updates.labels("detectors").inc(result.learned_items)
        for item in result.assessment.items:
            for measure in item.missing:
                metrics.missing.labels(measure).inc()
            if reason := item.selection.reason:
                metrics.selected.labels(reason, item.lane).inc()
            if item.selection.suppressed_by:
                metrics.suppressed.inc()
        if alert := result.alert:
            metrics.alerts.labels(alert.severity, alert.typology, alert.lane).inc()
        for note in result.early_outcomes:
            count_note(metrics, note)
        for failure in result.failures:
            self._report(failure)
