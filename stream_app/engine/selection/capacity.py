"""Whose capacity an item is controlled with: an office's own, or the one that all offices which are not named share."""

from contextlib import suppress

from stream_app.engine.selection.pacing import BurstTolerant, Daily, Pacer, Strict
from stream_app.engine.settings.selection import Office, Selection
from stream_app.learning.decay import DAY
from stream_app.learning.table import BoundedTable

EVERY_OTHER = "*"


Numbers = tuple[dict[str, list[float]], list[float], list[tuple[str, list[float]]], int]
"""Of the pacers: of named offices, of the shared one, of the others in the order in which they will be forgotten; and how many were."""


class Capacities:
    """A pacer an office. `part`: (which, of how many) partitions this is; a capacity a day is divided among them, to the last item."""

    KEEPS = {"numbers": Numbers}

    def __init__(self, settings: Selection, part: tuple[int, int] = (0, 1)) -> None:
        self._settings = settings
        self._part = part
        self._offset = settings.utc_offset_hours * 3_600.0
        offices = dict(settings.offices)
        self._every_other = offices.pop(EVERY_OTHER, None)
        self._named = {office: self._pacer(capacity) for office, capacity in offices.items()}
        self._shared = self._pacer(Office(share=settings.budget))
        self.others: BoundedTable[str, Pacer] = BoundedTable(settings.max_offices)

    def of(self, office: str, now: float) -> Pacer:
        """The pacer that an item of this office at this time is counted with (seconds since 1970)."""
        pacer = self._named.get(office) or (self._shared if self._every_other is None else self._other(office, self._every_other))
        if type(pacer) is Daily:
            pacer.turn(int((now + self._offset) // DAY))
        return pacer

    @property
    def numbers(self) -> Numbers:
        """What all pacers have counted so far."""
        others = [(office, pacer.numbers) for office, pacer in self.others.items()]
        return {office: pacer.numbers for office, pacer in self._named.items()}, self._shared.numbers, others, self.others.forgotten

    @numbers.setter
    def numbers(self, numbers: Numbers) -> None:
        """An office that has another kind of capacity now, or none of its own, begins anew: a capacity may change from one day to the next."""
        named, shared, others, forgotten = numbers
        for office, pacer in self._named.items():
            _go_on(pacer, named.get(office, []))
        _go_on(self._shared, shared)
        if self._every_other is not None:
            for office, counted in others:
                _go_on(self._other(office, self._every_other), counted)
        self.others.forgotten = forgotten

    def _other(self, office: str, capacity: Office) -> Pacer:
        pacer = self.others.get(office) or self._pacer(capacity)
        self.others.put(office, pacer)
        return pacer

    def _pacer(self, capacity: Office) -> Pacer:
        settings, share = self._settings, capacity.share
        if share is None:
            which, parts = self._part
            whole = capacity.per_day or 0
            return Daily(whole * (which + 1) // parts - whole * which // parts, settings.budget)
        # What the random sample and exploration take on the average is not the scores' to spend.
        usual = max(share - settings.budget * (settings.random_share + settings.exploration_share), share / 2.0)
        if settings.pacing == "burst_tolerant":
            return BurstTolerant(share, settings.window, settings.tolerance, settings.reserve, usual)
        return Strict(share, settings.window, settings.tolerance, usual)


def _go_on(pacer: Pacer, counted: list[float]) -> None:
    with suppress(ValueError):  # of another kind
        pacer.numbers = counted
