"""Forecasts of volume, revenue and workload by day: docs/forecasts.md."""

from stream_app.instruments.forecasts.instrument import Forecasts

__all__ = ["Forecasts"]
