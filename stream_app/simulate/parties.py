"""Pseudonyms. A party is a number; which range it came from decides its kind, and must not show in what is written."""

import numpy as np

from stream_app.simulate.columns import Ints

# The two lowest bits keep the ranges apart; `pseudonyms` mixes them beyond recognition.
TRADER, PRIVATE, GHOST, RING = range(4)


def numbered(kind: int, serial: Ints) -> Ints:
    """Party numbers of serials below 2**30."""
    return np.asarray(serial % 2**30 * 4 + kind, dtype=np.int64)


def pseudonyms(letter: str, number: Ints) -> list[str]:
    """`T-1b2c3d4e` and the like: 32 bits through the one-to-one finaliser of MurmurHash3, so that distinct parties stay distinct."""
    x = number.astype(np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    x = x ^ (x >> np.uint32(16))
    return [f"{letter}-{value:08x}" for value in x.tolist()]
