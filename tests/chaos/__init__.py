"""Faults on purpose, on Apache Kafka, each with its verdict in figures (docs/chaos.md)."""
