"""What is kept of a goods item until its outcome comes: its codes and measures, and what the heads said, in some 240 bytes."""

from typing import NamedTuple

import numpy as np

from stream_app.learning.compiled import Array
from stream_app.learning.risk import SCORED

CODES, MEASURES = 15, 6
_ITEM = np.dtype(
    [("codes", np.uint64, CODES), ("measures", float, MEASURES), ("heads", np.float32, (2, SCORED)), ("propensity", np.float32)],
)


class Kept(NamedTuple):
    """`heads`: the item as scored by non_compliance and critical (learning/risk.py); `propensity`: how likely the item was to be selected."""

    codes: Array
    measures: Array
    heads: Array
    propensity: float


def pack(kept: Kept) -> bytes:
    parts = kept.codes.tobytes(), kept.measures.tobytes(), kept.heads.astype(np.float32).tobytes(), np.float32(kept.propensity).tobytes()
    return b"".join(parts)


def unpack(packed: bytes) -> Kept:
    """Measures to the bit, so that the item finds the groups again in which it was scored; the heads' numbers to seven digits."""
    row = np.frombuffer(packed, _ITEM)[0]
    return Kept(row["codes"].copy(), row["measures"].copy(), row["heads"].astype(float), float(row["propensity"]))
