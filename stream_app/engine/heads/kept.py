"""What is kept of a goods item until its outcome comes: its codes and measures, and what the heads said, in some 270 bytes."""

from struct import Struct
from typing import NamedTuple

import numpy as np

from stream_app.detectors.features import CODED, MEASURED, ROW_BYTES
from stream_app.learning.compiled import Array
from stream_app.learning.risk import CLASSES, KIND, SCORED

HEADS = 2
_ITEM = np.dtype(
    [("codes", np.uint64, CODED), ("measures", float, MEASURED), ("heads", np.float32, (HEADS, SCORED)), ("propensity", np.float32)],
)
_single, _propensity = Struct("=f").pack, Struct("=f").unpack_from


class Kept(NamedTuple):
    """`heads`: the item as scored by non_compliance and critical (learning/risk.py); `propensity`: how likely the item was to be selected."""

    codes: Array
    measures: Array
    heads: Array
    propensity: float


def pack(features: bytes, scored: bytes, propensity: float) -> bytes:
    """`features`: a row of codes and measures (detectors/features.py); `scored`: what both heads said, one after the other (scoring.py)."""
    return features + scored + _single(propensity)


PACKED_BYTES = _ITEM.itemsize


def are_sound(packed: list[bytes]) -> bool:
    """Whether all are items whose class a blend has weights for."""
    if any(len(item) != PACKED_BYTES for item in packed):
        return False
    kinds = np.frombuffer(b"".join(packed), _ITEM)["heads"][:, :, KIND]
    return bool(np.isin(kinds, range(CLASSES)).all())


def open_packed(packed: bytes) -> tuple[Array, Array]:
    """Codes and bits of the measures (detectors/features.py), and in single precision what both heads said, as kernels take them."""
    room = bytearray(packed)  # kernels take no array that cannot be written to
    return np.frombuffer(room, np.uint64, CODED + MEASURED), np.frombuffer(room, np.float32, HEADS * SCORED, ROW_BYTES)


def propensity_of(packed: bytes) -> float:
    """How likely the item was to be selected."""
    (propensity,) = _propensity(packed, len(packed) - 4)
    return float(propensity)


def unpack(packed: bytes) -> Kept:
    """Measures to the bit, so that the item finds the groups again in which it was scored; the heads' numbers to seven digits."""
    row = np.frombuffer(packed, _ITEM)[0]
    return Kept(row["codes"].copy(), row["measures"].copy(), row["heads"].astype(float), float(row["propensity"]))
