"""How long goods travel on a lane, learned from consignments that both sides know: an import is put into the month in which it left."""

from stream_app.learning.decay import DAY
from stream_app.learning.plain import Table
from stream_app.learning.table import BoundedTable

ENOUGH = 20
"""Consignments before a lane's transit is used."""
MEMORY = 200
LONGEST = 120 * DAY


class Transit:
    """Mean seconds by partner, with a memory of some 200 consignments."""

    KEEPS = {"_lanes": Table(str, tuple[int, float])}

    def __init__(self, max_lanes: int = 300) -> None:
        self._lanes: BoundedTable[str, tuple[int, float]] = BoundedTable(max_lanes)

    def learn(self, partner: str, seconds: float) -> None:
        """A time that cannot be, below 0 or above LONGEST, is no transit."""
        if not 0.0 <= seconds <= LONGEST:
            return
        n, mean = self._lanes.get(partner) or (0, 0.0)
        n += 1
        self._lanes.put(partner, (n, mean + (seconds - mean) / min(n, MEMORY)))

    def seconds(self, partner: str) -> float:
        """0 where too little is known."""
        n, mean = self._lanes.get(partner) or (0, 0.0)
        return mean if n >= ENOUGH else 0.0

    def days(self) -> dict[str, float]:
        """Of the lanes that are known."""
        return {partner: round(mean / DAY, 2) for partner, (n, mean) in sorted(self._lanes.items()) if n >= ENOUGH}
