"""64-bit codes for what tables are keyed by: the same in every process, on every machine, in every checkpoint.

Of a million keys, two share a code once in 37 million tables (birthday bound); they would then share their row.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from xxhash import xxh3_64_intdigest

from stream_app.learning.compiled import inlined

# Odd constants of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)


def code(text: str) -> int:
    """The code of a value. XXH3, 64 bits."""
    return xxh3_64_intdigest(text.encode())


classified = lru_cache(8_192)(code)
"""As `code`, for the values of code lists: there are few, and they come again and again."""


def sampled(text: str, share: float) -> bool:
    """Whether a value is in a sample of about `share` of all: the same ones in every process and after every restart."""
    return code(text) < share * 2.0**64


@inlined
def joined(first: Any, second: Any) -> Any:
    """The code of a pair of codes, in this order."""
    z = (first ^ (second * _GAMMA)) + _GAMMA
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return z ^ (z >> _31)
