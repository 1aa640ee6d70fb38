"""Tidewaiter: streaming risk detection for customs."""

__version__ = "0.1.0"
