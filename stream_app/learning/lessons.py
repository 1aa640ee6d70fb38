"""What controls taught in one partition, told to all others: every partition learns every lesson once.

Weights of a regression, and of what is blended online, do not add up; the lessons that they come of do. Labels are few, so telling all of them
costs little.

Lessons are told in batches that are numbered and part of the state they were learned into: after a crash the same batch has the same number, and
whoever heard it passes it over.
"""

from typing import NamedTuple

import msgspec

AT_MOST = 1_000
"""Lessons of a batch: some 300 KB."""
WAITING = 1_000
"""Batches that wait to be told; where more would, the oldest are given up, and counted."""


class Lesson(NamedTuple):
    """An item as packed when it was scored, what the control found and when, how much of an outcome it was; `forget`: take it out again."""

    irregular: bool
    critical: bool
    share: float
    at: float
    item: bytes
    forget: bool


class Batch(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Outcomes that were counted, and the lessons they gave."""

    number: int
    outcomes: int = 0
    irregular: int = 0
    critical: int = 0
    lessons: list[Lesson] = []


class Lessons:
    """Of one partition: what is still to be told, and what it has heard of the others. Silent until `share` is called."""

    KEEPS = {"number": int, "lost": int, "waiting": list[Batch], "heard": dict[int, int], "position": int}

    __slots__ = ("_shared", "heard", "lost", "number", "position", "waiting")

    def __init__(self) -> None:
        self._shared = False
        self.number = 0
        self.lost = 0
        self.waiting: list[Batch] = []
        self.heard: dict[int, int] = {}
        self.position = 0
        """On the topic of lessons: all before it was heard."""

    def share(self) -> None:
        """Keep what is learned from now on, for others."""
        self._shared = True

    def tell(self, lesson: Lesson) -> None:
        if self._shared:
            self._open().lessons.append(lesson)

    def tell_outcome(self, irregular: bool, critical: bool) -> None:
        if self._shared:
            batch = self._open()
            batch.outcomes, batch.irregular, batch.critical = batch.outcomes + 1, batch.irregular + irregular, batch.critical + critical

    def _open(self) -> Batch:
        """The batch that is being filled: the last one, until it is full or sealed."""
        if self.waiting and self.waiting[-1].number > self.number and len(self.waiting[-1].lessons) < AT_MOST:
            return self.waiting[-1]
        self.seal()
        self.waiting.append(Batch(self.number + 1))
        if len(self.waiting) > WAITING:
            self.lost += len(self.waiting.pop(0).lessons)
        return self.waiting[-1]

    def seal(self) -> list[Batch]:
        """All that is to be told, never to change again: before the state is written that has learned it."""
        if self.waiting:
            self.number = max(self.number, self.waiting[-1].number)
        return list(self.waiting)

    def told(self, number: int) -> None:
        """All batches up to this one are on their way for good."""
        self.waiting = [batch for batch in self.waiting if batch.number > number]

    def begin_behind(self, number: int) -> None:
        """State that was learned anew from the log: the others have heard of it before, up to this batch."""
        self.waiting.clear()
        self.number = max(self.number, number)

    def is_news(self, partition: int, number: int) -> bool:
        """Whether another partition's batch was not heard before; from then on it was."""
        if number <= self.heard.get(partition, 0):
            return False
        self.heard[partition] = number
        return True
