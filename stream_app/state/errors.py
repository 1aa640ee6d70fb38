"""Why a checkpoint is not used, named for what the caller does next.

CheckpointError
  TornError      chunks are missing, or what is there is not what was written: take an earlier checkpoint
  RefusedError   it is whole, and not for this worker: read the topics from their beginning instead
  FencedError    another worker has the partition: write nothing more of it
"""


class CheckpointError(Exception):
    """Root of this tree. `code` is from a short fixed list: it labels a metric."""

    code = "checkpoint"


class TornError(CheckpointError):
    """Not all of it is there, or not as it was written."""

    code = "torn"


class RefusedError(CheckpointError):
    """Of a schema that is not read any more, or not yet; or learned by other settings; or of another engine."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class FencedError(CheckpointError):
    """The broker holds another worker to be the partition's owner."""

    code = "fenced"
