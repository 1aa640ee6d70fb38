"""Recorded events through the engines, without Kafka."""

from stream_app.replay.replay import OTHERS, TIMES, Replay, Watcher, priors_of
from stream_app.replay.report import Rejection, Report

__all__ = ["OTHERS", "TIMES", "Rejection", "Replay", "Report", "Watcher", "priors_of"]
