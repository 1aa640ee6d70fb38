"""Checkpoints: learned state on a compacted Kafka topic, and back (docs/checkpoints.md)."""
