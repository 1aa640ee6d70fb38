"""A share of sums, by key, and the sum of several."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from stream_app.learning.compiled import Array
from stream_app.learning.lent import HEAT


class Share(NamedTuple):
    """`keys` ascend: the code of each row, its lowest byte the key's heat; `rows` (n, width) in growing weights."""

    keys: Array
    rows: Array

    @classmethod
    def empty(cls, width: int) -> "Share":
        return cls(np.zeros(0, np.uint64), np.zeros((0, width)))


def total(shares: Iterable[Share], width: int) -> Share:
    """The sum by key, as hot as its hottest. `empty` changes nothing."""
    found = [share for share in shares if len(share.keys)]
    if len(found) < 2:
        return found[0] if found else Share.empty(width)
    keys = np.concatenate([share.keys for share in found])
    order = np.argsort(keys & ~HEAT, kind="stable")
    codes = keys[order] & ~HEAT
    begins = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
    heats = np.maximum.reduceat(keys[order] & HEAT, begins)
    return Share(codes[begins] | heats, np.add.reduceat(np.concatenate([share.rows for share in found])[order], begins))
