"""Detectors that raise, as operators see them: in a metric each time, in the log with a traceback now and then."""

from collections import Counter
from typing import Any

import structlog

from stream_app.engine.panel import Failure
from stream_app.metrics import Metrics
from stream_app.operations import traceback_of

LOG_EVERY = 1_000
log: Any = structlog.get_logger()


class FailureReport:
    """The first failure of a kind is logged with its traceback, then every thousandth: a broken detector fails on every record."""

    def __init__(self, metrics: Metrics, event: str) -> None:
        """`event`: what the log calls it."""
        self._metrics = metrics
        self._event = event
        self._times: Counter[tuple[str, str]] = Counter()

    def __call__(self, failure: Failure) -> None:
        self._metrics.detector_failures.labels(failure.detector).inc()
        kind = failure.detector, type(failure.error).__qualname__
        self._times[kind] += 1
        if self._times[kind] % LOG_EVERY == 1:
            log.error(self._event, detector=failure.detector, times=self._times[kind], **traceback_of(failure.error))
