"""Who used to send and stopped: each sender's own week, in hours that were active and hours that were quiet."""

from math import log
from typing import NamedTuple

import numpy as np

from stream_app.learning.plain import PART

HOUR = 3_600.0
WEEK = 168
FADE = 0.9
"""Weight of a week's experience in the next one: about ten weeks are remembered."""
DOUBT = 0.5
"""Active and quiet weeks, each, before any was seen: no hour is ever certain (Jeffreys's prior)."""
LONGEST_JUMP = 8 * WEEK
"""Hours that one step may go through; a longer jump is an archive being read, and starts every week anew."""


class Silence(NamedTuple):
    """`expected`: how many of the quiet `hours` are active ones in the sender's week; `weeks`: how long it has been known."""

    sender: str
    since: float
    hours: int
    expected: float
    weeks: float


class Heard(NamedTuple):
    """What a message brought to light: silences of others (and its sender's own, just ended), and the hours that its sender was told as silent."""

    silences: list[Silence]
    silent_hours: int


NO_NEWS = Heard([], 0)


class Rhythm:
    """Hears up to `max_senders`, and tells whose silence is no longer a pause of its own; a new one takes the place of the longest quiet.

    P(silence) is the product, over the hours that passed, of P(the hour is quiet in this sender's week). A silence is told once, below
    `improbable`, and not in a sender's first `weeks`. Hours are counted and not messages: who sends a thousand at once was active once.
    Times are the stream's (seconds since 1970, UTC); where nobody sends, no time passes, and nothing is told. A public holiday is a silence.
    """

    KEEPS = {
        "forgotten": int,
        "_slots": dict[str, int],
        "_heard": set[str],
        "_hour": int,
        "_next": float,
        **dict.fromkeys(("_active", "_seen", "_first", "_last", "_nats", "_expected", "_told"), PART),
    }

    def __init__(self, max_senders: int, improbable: float, weeks: float) -> None:
        if max_senders < 1:
            raise ValueError("max_senders must be at least 1")
        self.max_senders = max_senders
        self.forgotten = 0
        self._limit = -log(improbable)
        self._weeks = weeks
        self._slots: dict[str, int] = {}
        self._heard: set[str] = set()
        self._hour = 0
        self._next = HOUR
        self._active = np.zeros((max_senders, WEEK))
        self._seen = np.zeros((max_senders, WEEK))
        self._first = np.zeros(max_senders, np.int64)
        self._last = np.zeros(max_senders, np.int64)
        self._nats = np.zeros(max_senders)
        self._expected = np.zeros(max_senders)
        self._told = np.zeros(max_senders, np.bool_)

    def hear(self, sender: str, at: float) -> Heard:
        """Take a message in; the silences that became improbable since the last one are in the order of their senders' names."""
        if at < self._next and sender in self._heard:
            return NO_NEWS
        hour = int(at // HOUR)
        found = self._pass(hour) if hour > self._hour else []
        slot = self._slots.get(sender)
        if slot is None:
            slot = self._begin(sender)
        silent = self._hour - int(self._last[slot]) - 1 if self._told[slot] else 0
        self._heard.add(sender)
        self._last[slot] = self._hour
        self._told[slot] = False
        self._nats[slot] = self._expected[slot] = 0.0
        return Heard(found, silent)

    def taken_in(self) -> None:
        """Raises ValueError where two senders share a place, or one has none."""
        if sorted(self._slots.values()) != list(range(min(len(self._slots), self.max_senders))) or not self._heard <= self._slots.keys():
            raise ValueError("senders and their places do not fit")

    @property
    def silent(self) -> int:
        """Senders whose silence was told and lasts."""
        return int(self._told.sum())

    def __len__(self) -> int:
        return len(self._slots)

    def _begin(self, sender: str) -> int:
        if len(self._slots) < self.max_senders:
            slot = len(self._slots)
        else:
            quietest = min(self._slots, key=lambda name: (self._last[self._slots[name]], name))
            slot = self._slots.pop(quietest)
            self._heard.discard(quietest)
            self.forgotten += 1
        self._slots[sender] = slot
        self._active[slot] = self._seen[slot] = 0.0
        self._first[slot] = self._hour
        self._told[slot] = False
        return slot

    def _pass(self, hour: int) -> list[Silence]:
        """Every hour that ended before `hour` is judged by the sender's week, and then part of it."""
        started, self._hour, self._next = self._hour, hour, (hour + 1) * HOUR
        self._heard.clear()
        if hour - started > LONGEST_JUMP:
            self._first[:] = hour
            return []
        found: list[Silence] = []
        for ended in range(started, hour):
            found += self._end(ended)
        return sorted(found)

    def _end(self, hour: int) -> list[Silence]:
        at = hour % WEEK
        active, seen, quiet = self._active[:, at], self._seen[:, at], self._last < hour
        p_quiet = (seen - active + DOUBT) / (seen + 2.0 * DOUBT)
        self._nats += np.where(quiet, -np.log(p_quiet), 0.0)
        self._expected += np.where(quiet, 1.0 - p_quiet, 0.0)
        self._active[:, at] = FADE * active + ~quiet
        self._seen[:, at] = FADE * seen + 1.0
        new = (self._nats > self._limit) & ~self._told & (self._last - self._first >= self._weeks * WEEK)
        new[len(self._slots) :] = False  # places that nobody has yet
        self._told |= new
        return [self._silence(name, slot, hour) for name, slot in self._slots.items() if new[slot]]

    def _silence(self, sender: str, slot: int, hour: int) -> Silence:
        last = int(self._last[slot])
        weeks = (hour - int(self._first[slot])) / WEEK
        return Silence(sender, (last + 1) * HOUR, hour - last, float(self._expected[slot]), weeks)
