"""How far topics are read that no engine learns from."""

from stream_app.agents.intake import Record


class Places:
    """The next offset of every partition; the group decides whose they are."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, int], int] = {}

    def is_next(self, record: Record) -> bool:
        return record.offset >= self._next.get((record.topic, record.partition), 0)

    def advance(self, record: Record) -> None:
        self._next[record.topic, record.partition] = record.offset + 1

    def position(self, topic: str, partition: int) -> int:
        return self._next.get((topic, partition), 0)

    def owns(self, partition: int) -> bool:
        return True
