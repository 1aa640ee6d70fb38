"""Performance measurement after Cameroon's performance contracts: docs/performance-measurement.md."""

from stream_app.instruments.performance.instrument import Performance

__all__ = ["Performance"]
