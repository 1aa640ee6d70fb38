"""Seizures after the WCO's Customs Enforcement Network (CEN): docs/seizures.md."""

from stream_app.instruments.seizures.instrument import Seizures

__all__ = ["Seizures"]
