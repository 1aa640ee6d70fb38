"""Stops a worker that refuses almost everything: a bad deployment shall not empty a topic into the dead letters."""

from collections import deque

from stream_app.engine.settings.intake import Breaker


class BreakerTrippedError(Exception):
    """Too many refused records; the worker stops, with its offsets where they are."""


class RefusalBreaker:
    """Counts refusals in a row, and their share of the last `window` records once that many were seen."""

    def __init__(self, topic: str, settings: Breaker) -> None:
        self._topic = topic
        self._settings = settings
        self._in_a_row = 0
        self._recent: deque[bool] = deque(maxlen=settings.window)
        self._refused = 0

    def accepted(self) -> None:
        self._in_a_row = 0
        self._count(False)

    def refused(self) -> None:
        """Raises BreakerTrippedError at the limit."""
        self._in_a_row += 1
        self._count(True)
        settings = self._settings
        if self._in_a_row > settings.in_a_row:
            raise BreakerTrippedError(f"{self._topic}: more than {settings.in_a_row} records refused in a row ([breaker] in_a_row); {_ADVICE}")
        if len(self._recent) == settings.window and self._refused > settings.share * settings.window:
            text = f"{self._topic}: {self._refused} of the last {settings.window} records refused, more than {settings.share:.2%} ([breaker] share)"
            raise BreakerTrippedError(f"{text}; {_ADVICE}")

    def _count(self, refused: bool) -> None:
        if len(self._recent) == self._settings.window:
            self._refused -= self._recent[0]
        self._recent.append(refused)
        self._refused += refused


_ADVICE = "look at the dead-letter topic and at what was deployed last, at the producers and here, before starting again"
