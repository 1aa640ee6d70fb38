"""Mirror analysis: own imports against partners' exports: docs/mirror-analysis.md."""

from stream_app.instruments.mirror.analysis import MirrorAnalysis

__all__ = ["MirrorAnalysis"]
