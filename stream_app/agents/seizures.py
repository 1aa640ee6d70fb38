"""customs.seizures.v1: answered by one worker of the group, read by every worker, so that a case raises the risk of its route in every partition."""

from stream_app.agents import indicators
from stream_app.agents.intake import Answer, Record
from stream_app.contracts.cloudevents import envelope, refuse_other_versions
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import ContractError
from stream_app.contracts.seizure import Seizure, decode_seizure
from stream_app.instruments.base import indicator
from stream_app.instruments.seizures import Seizures
from stream_app.metrics import Metrics


class SeizureRecords:
    """`held`: this worker's picture, which its engines share."""

    def __init__(self, held: Seizures, limits: Limits, metrics: Metrics, model: str) -> None:
        self.held = held
        self._limits = limits
        self._metrics = metrics
        self._model = model

    def __call__(self, record: Record, now: float) -> Answer:
        """Judges, for the receipt or the dead letter, and tells of the route. A case that the worker has read already changes nothing."""
        case = self._case(record, now)
        self.held.learn(case)
        self.held.take()
        note = self.held.note(case)
        return Answer([] if note is None else [indicators.result(indicator(note, record.partition, self._model, "live"), self._metrics)])

    def take(self, record: Record, now: float) -> None:
        """As every worker reads it; a record at fault changes nothing."""
        try:
            self.held.learn(self._case(record, now))
        except ContractError:
            return
        self.held.take()

    def _case(self, record: Record, now: float) -> Seizure:
        refuse_other_versions("seizures", envelope(record.headers))
        return decode_seizure(record.value, self._limits, now)
