"""What a gap that was told means for the next declaration of the same HS family, partner and trader: log-odds, halved every half-life."""

from math import log
from typing import NamedTuple

from stream_app.instruments.mirror.cells import Cell
from stream_app.instruments.mirror.comparing import Compared
from stream_app.instruments.mirror.concordance import Concordance, known
from stream_app.instruments.mirror.gaps import IMPORT_ONLY, MISSING, OVER, UNDER
from stream_app.learning.decay import DAY
from stream_app.learning.plain import Table
from stream_app.learning.table import BoundedTable

LARGEST = 1.5
"""Log-odds: 4.5 times."""
UNEXPORTED, MOVED = 0.5, 1.0
"""Log-odds of goods that the partner does not know of, and of the code that goods were moved to."""

Key = tuple[str, str, str]
"""(HS family, partner, trader)."""


class Raised(NamedTuple):
    """Log-odds to add for an irregularity, the kind of gap, how large it was (a logarithm; None: one side is missing), in which month, and when
    it was told (seconds since 1970)."""

    log_odds: float
    kind: str
    gap: float | None
    period: str
    told: float


class GapPriors:
    """Every worker holds all of it: few gaps are told. Bounded by keys; the oldest go, and are counted."""

    KEEPS = {"_rows": Table(Key, Raised)}

    def __init__(self, half_life_days: float = 180.0, max_keys: int = 50_000, concordance: Concordance | None = None) -> None:
        self._half_life = half_life_days * DAY
        self._concordance = known() if concordance is None else concordance
        self._rows: BoundedTable[Key, Raised] = BoundedTable(max_keys)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def forgotten(self) -> int:
        return self._rows.forgotten

    def put(self, key: Key, raised: Raised) -> None:
        """The latest word on it."""
        self._rows.put(key, raised)

    def raised(self, hs_code: str, partner: str, trader: str, now: float) -> Raised | None:
        """As of `now`; None where nothing was told."""
        if not len(self._rows):
            return None
        found = self._rows.get((self._concordance.family(hs_code), partner, trader))
        if found is None:
            return None
        age = max(0.0, now - found.told)
        return found._replace(log_odds=float(found.log_odds * 0.5 ** (age / self._half_life)))


def of_cell(compared: Compared, period: str, told: float, tolerance: float) -> dict[Key, Raised]:
    """For every trader of the cell that the gap speaks of."""
    found = {
        (compared.family, compared.partner, trader): _of_trader(compared, sums, period, told, tolerance)
        for trader, sums in sorted(compared.cell.traders.items())
    }
    return {key: raised for key, raised in found.items() if raised.log_odds > 0.0}


def _of_trader(compared: Compared, sums: list[float], period: str, told: float, tolerance: float) -> Raised:
    found = compared.found
    kind, size, log_odds = found.kind, found.g_value, 0.0
    if kind == UNDER:
        size = _own_price(compared.cell, sums, compared.import_fob)
        size = found.g_value if size is None else size
        # Declared to be worth nothing, it has no logarithm: no difference is larger.
        log_odds = LARGEST if size is None else min(LARGEST, -size) if size < -tolerance else 0.0
    elif kind == MISSING and found.g_quantity is not None:
        size, log_odds = found.g_quantity, min(LARGEST, -found.g_quantity)
    elif kind in (OVER, IMPORT_ONLY) and compared.neighbour is not None:
        log_odds = MOVED
    elif kind == IMPORT_ONLY:
        log_odds = UNEXPORTED
    return Raised(log_odds, kind, size, period, told)


def _own_price(cell: Cell, sums: list[float], import_fob: float) -> float | None:
    """ln of the trader's own value per kg, free on board, over the partner's; None where a quantity is missing."""
    exports, (value, quantity) = cell.exports.side(), sums
    if not (exports.quantity and exports.value and value and quantity and cell.imports.value and import_fob):
        return None
    # Quotients of what a schema allows may be 0; differences of logarithms are numbers.
    ours, theirs = log(value) + log(import_fob) - log(cell.imports.value) - log(quantity), log(exports.value) - log(exports.quantity)
    return ours - theirs
