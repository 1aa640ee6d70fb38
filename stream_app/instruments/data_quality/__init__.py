"""Data quality and timeliness by submitter and field: docs/data-quality.md."""

from stream_app.instruments.data_quality.instrument import DataQuality

__all__ = ["DataQuality"]
