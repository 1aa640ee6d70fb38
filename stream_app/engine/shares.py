"""What an engine tells the engines of other partitions, and what it hears of them (docs/shares.md)."""

from collections.abc import Iterator, Mapping

from stream_app.detectors.base import Detector
from stream_app.engine.heads.heads import Heads
from stream_app.learning.lessons import Batch, Lessons
from stream_app.learning.plain import PART
from stream_app.learning.share import Share
from stream_app.learning.shares import Shared

Place = tuple[str, int]
"""A shared table by name, and a chunk of it."""


class Shares:
    """The shared tables of an engine's detectors, and the lessons of its heads."""

    KEEPS = {"tables": PART, "lessons": PART}

    def __init__(self, detectors: Mapping[str, Detector], heads: Heads) -> None:
        self._heads = heads
        self.tables: dict[str, Shared] = {f"{name}.{part}": table for name, detector in detectors.items() for part, table in detector.shared.items()}

    @property
    def lessons(self) -> Lessons:
        return self._heads.lessons

    def places(self) -> Iterator[Place]:
        for name, table in self.tables.items():
            yield from ((name, chunk) for chunk in range(table.chunks))

    def own(self, place: Place) -> Share:
        """What this engine has learned itself."""
        return self.tables[place[0]].own(place[1])

    def lend(self, place: Place, share: Share) -> None:
        """What all others have learned, together. Raises ValueError for what does not fit."""
        table = self.tables.get(place[0])
        if table is None or not 0 <= place[1] < table.chunks:
            raise ValueError("no such table is shared")
        table.lend(place[1], share)

    def hear(self, partition: int, batch: Batch) -> bool:
        """Learn what another partition's controls taught, once; False for what was heard before. Raises ValueError for what is no lesson."""
        if not self._heads.are_lessons(batch):
            raise ValueError("a lesson is about what is no goods item")
        if not self.lessons.is_news(partition, batch.number):
            return False
        for lesson in batch.lessons:
            self._heads.take(lesson)
        self._heads.count(batch.outcomes, batch.irregular, batch.critical)
        return True

    def alone(self) -> None:
        """Give back what was lent: what this engine learned itself is left, and what lessons taught."""
        for name, chunk in self.places():
            self.tables[name].lend(chunk, Share.empty(self.tables[name].width))

    @property
    def dropped(self) -> int:
        """Rows of others that found no room so far."""
        return sum(table.dropped for table in self.tables.values())
