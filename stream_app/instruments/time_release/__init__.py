"""Time Release Study (WCO Guide, version 3, 2018), live: docs/time-release.md."""

from stream_app.instruments.time_release.instrument import TimeRelease

__all__ = ["TimeRelease"]
