"""customs.outcomes.v1: control results join the features as scored, and teach the risk heads."""

from stream_app.agents import indicators
from stream_app.agents.challenger import Challenger
from stream_app.agents.intake import Answer, Record
from stream_app.agents.partitions import Partitions
from stream_app.contracts.cloudevents import envelope, refuse_other_versions
from stream_app.contracts.decode import Limits
from stream_app.contracts.outcome import decode_outcome
from stream_app.learning.pending import Note
from stream_app.metrics import Metrics


class Outcomes:
    """Handles one outcome record against the engine of its partition: the one that scored the trader's declarations."""

    def __init__(self, partitions: Partitions, limits: Limits, metrics: Metrics, challenger: Challenger | None = None) -> None:
        self._partitions = partitions
        self._limits = limits
        self._metrics = metrics
        self._challenger = challenger

    def __call__(self, record: Record, now: float) -> Answer:
        """Raises ContractError for a record at fault. An outcome that teaches nothing is no fault: the receipt's note says what it is."""
        event, engine = envelope(record.headers), self._partitions.engine(record.partition)
        engine.monitor.heard(event.source, now)
        refuse_other_versions("outcomes", event)
        outcome = decode_outcome(record.value, self._limits, now)
        note = engine.learn_outcome(outcome)
        count_note(self._metrics, note)
        if self._challenger is not None:
            self._challenger.outcome(record, outcome)
        results = indicators.results(engine, self._metrics)
        return Answer(results, "duplicate" if note is Note.REPEATED else "accepted", note.value)


def count_note(metrics: Metrics, note: Note) -> None:
    """One outcome by what became of it, and the model update that it made, if any."""
    metrics.outcomes.labels(note.value).inc()
    if note in (Note.LEARNED, Note.LEARNED_LATE, Note.CORRECTED):
        for head in ("non_compliance", "critical"):
            metrics.model_updates.labels(head).inc()
