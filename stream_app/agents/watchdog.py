"""When a worker has to end because it reads nothing, though records wait and nothing keeps it from reading them (docs/operating.md)."""

from collections.abc import Collection, Mapping

Place = tuple[str, int]
"""Topic and partition."""
TURNS = 6
"""Looks in a row that must find the same: so a pause of the whole machine, whose clock runs on, is one look and no more."""


class ReadingStalledError(Exception):
    """Records wait, and this worker reads none of them; another process would."""


class Watchdog:
    """Looks at positions again and again, at equal distances. `busy`: topics of which a batch is in hand, or held up on purpose: they neither count
    nor are they forgiven."""

    def __init__(self) -> None:
        self._positions: dict[Place, int] = {}
        self._turns: dict[Place, int] = {}

    def suspects(self, positions: Mapping[Place, int], busy: Collection[str]) -> dict[Place, int]:
        """Partitions of which nothing was read since the last look, with their next offsets: the broker is to be asked what waits there."""
        return {place: offset for place, offset in positions.items() if place[0] not in busy and self._positions.get(place) == offset}

    def looked(self, positions: Mapping[Place, int], busy: Collection[str], waiting: Collection[Place]) -> None:
        """`positions`: next offsets of all partitions that are this worker's to read now; `waiting`: those of the suspects with a record there."""
        suspects = self.suspects(positions, busy)
        counted = {place: self._turns.get(place, 0) + 1 for place in suspects if place in waiting}
        held_up = {place: turns for place, turns in self._turns.items() if place[0] in busy and self._positions[place] == positions.get(place)}
        self._turns, self._positions = held_up | counted, dict(positions)

    @property
    def turns(self) -> int:
        """The longest that any partition has had records waiting, in looks."""
        return max(self._turns.values(), default=0)

    def check(self, seconds: float) -> None:
        """Raises ReadingStalledError after TURNS looks. `seconds`: how long those are."""
        for (topic, partition), turns in self._turns.items():
            if turns >= TURNS:
                at = self._positions[topic, partition]
                raise ReadingStalledError(
                    f"{topic}, partition {partition}: records wait at offset {at}, and nothing was read for {seconds:g} s "
                    "(TIDEWAITER_STALLED_SECONDS); a new process begins at the last checkpoint"
                )
