"""The challenger of a worker: fed after the champion, compared with it, and kept from disturbing it."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

from stream_app.agents.intake import Record
from stream_app.agents.partitions import Partitions
from stream_app.contracts.assessment import Alert, Source, deterministic_id, encode
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.engine.engine import Result
from stream_app.engine.shadow import Shadow, Tally
from stream_app.metrics import Metrics
from stream_app.operations import traceback_of

T = TypeVar("T")
log: Any = structlog.get_logger()


class Challenger:
    """Judges what the champion has judged. Publishes nothing but its own alerts, on a topic of their own."""

    def __init__(self, partitions: Partitions, metrics: Metrics) -> None:
        self._partitions = partitions
        self._metrics = metrics
        self._tally = Tally()
        self._told = 0
        self._failed: set[tuple[str, str]] = set()

    def declaration(self, record: Record, declaration: Declaration, source: Source, live: Result) -> list[tuple[str, str, str, bytes]]:
        """Results to publish: the alert that would have been, if any. Never raises."""
        return self._guarded("declarations", lambda: self._declaration(record, declaration, source, live)) or []

    def outcome(self, record: Record, outcome: Outcome) -> None:
        """Never raises."""
        self._guarded("outcomes", lambda: self._outcome(record, outcome))

    def undelivered(self, error: Exception) -> None:
        """An alert of the challenger that the broker did not take."""
        self._failure("delivery", error)

    def tell(self) -> None:
        """The comparison so far into the log, unless nothing came since it was last told."""
        if (seen := self._tally.counts.total()) != self._told:
            self._told = seen
            log.info("shadow compared", declarations=seen, **self._tally.summary())

    def _declaration(self, record: Record, declaration: Declaration, source: Source, live: Result) -> list[tuple[str, str, str, bytes]]:
        shadow = self._taking(record, declaration.declaration_id)
        if shadow is None:
            return []
        result, compared = shadow.process(declaration, source, live)
        self._tally.add(compared)
        self._metrics.shadow.labels(compared.agreement.value, compared.typology).inc()
        for failure in result.failures:
            self._failure(failure.detector, failure.error)
        return [_published(result.alert)] if result.alert is not None else []

    def _outcome(self, record: Record, outcome: Outcome) -> None:
        shadow = self._taking(record, outcome.declaration_id)
        if shadow is not None:
            shadow.learn_outcome(outcome, self._partitions.engine(record.partition))

    def _taking(self, record: Record, declaration_id: str) -> Shadow | None:
        shadow = self._partitions.shadow(record.partition)
        return shadow if shadow is not None and shadow.takes(declaration_id) else None

    def _guarded(self, part: str, work: Callable[[], T]) -> T | None:
        started = time.perf_counter()
        try:
            return work()
        except Exception as error:
            self._failure(part, error)
            return None
        finally:
            self._metrics.shadow_seconds.inc(time.perf_counter() - started)

    def _failure(self, part: str, error: Exception) -> None:
        """Counted every time, logged once a kind."""
        self._metrics.shadow_failures.labels(part).inc()
        kind = part, type(error).__qualname__
        if kind not in self._failed:
            self._failed.add(kind)
            log.warning("challenger failed", part=part, **traceback_of(error))


def _published(alert: Alert) -> tuple[str, str, str, bytes]:
    """Its alert_id is that of a live alert about the same; as an event it has an id of its own."""
    event_id = deterministic_id("shadow", alert.alert_id, alert.model)
    return "shadow_alerts", alert.alert_id, event_id, encode(alert)
