"""Since when something is known: a pattern of goods, a trader. Bounded; what was seldom met and long ago is forgotten, and counted."""

import numpy as np

from stream_app.learning.compiled import CODES, FLOATS, Array, kernel
from stream_app.learning.hashed import TABLE, HashedTable, claim, rows
from stream_app.learning.plain import PART


class FirstSeen:
    """Code -> when it was first seen (seconds since 1970)."""

    KEEPS = {"table": PART}

    __slots__ = ("table",)

    def __init__(self, max_keys: int) -> None:
        self.table = HashedTable(max_keys, 1)

    def meet(self, codes: Array, at: Array) -> Array:
        """When each code was first seen, NaN for never; all are known from now on, each since its time."""
        known: Array = _meet(self.table.words, codes, at)
        return known


@kernel(FLOATS, TABLE, CODES, FLOATS)
def _meet(table: Array, codes: Array, at: Array) -> Array:
    known, since = np.empty(codes.size), rows(table)
    for place in range(codes.size):
        slot = claim(table, codes[place])
        known[place] = since[slot, 0] if since[slot, 0] > 0.0 else np.nan
        if since[slot, 0] <= 0.0:
            since[slot, 0] = at[place]
    return known
