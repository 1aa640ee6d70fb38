"""One's own share of a hashed table, and what others lend to it: the difference and the sum, row by row, as kernels."""

from typing import Any

import numpy as np

from stream_app.learning.compiled import CODES, INT, MATRIX, Array, inlined, kernel
from stream_app.learning.hashed import TABLE, WAYS, bucket_words, find, place, rows

NOTHING = 1e-9
"""Of a count: what is left of it when it is taken from itself, in floats."""
HEAT = np.uint64(0xFF)
"""The byte of a key that says how hot it is."""
HOTTEST = np.uint64(16)
"""A key of others is no hotter: what is met here itself goes before it, and what nobody meets any more can cool down."""


@inlined
def _place_of(keys: Array, code: Any) -> Any:
    """Where a code is among ascending keys, -1 where it is not."""
    at = np.searchsorted(keys, code)
    return at if at < keys.size and keys[at] & ~HEAT == code else -1


@inlined
def _subtract(live: Array, lent: Array, run: int, own: Array) -> bool:
    """What is one's own of a row; whether there is anything. A count below what was lent was pushed out since, and has come again by itself."""
    some = False
    for begin in range(0, live.size, run):
        left = live[begin] - lent[begin]
        gone = left < -NOTHING * lent[begin]
        nothing = not gone and left <= NOTHING * live[begin]
        some = some or not nothing
        for column in range(begin, begin + run):
            own[column] = live[column] if gone else 0.0 if nothing else live[column] - lent[column]
    return some


@kernel(INT, TABLE, INT, INT, CODES, MATRIX, INT, CODES, MATRIX)
def own(table: Array, begin: int, end: int, lent_keys: Array, lent_rows: Array, run: int, keys: Array, found: Array) -> int:
    """What was learned here of the rows in these buckets, their keys and numbers; how many they are."""
    sums, n, width = rows(table), 0, found.shape[1]
    none = np.zeros(width)
    for bucket in range(begin, end):
        at = bucket_words(table, bucket)
        for way in range(WAYS):
            key = table[at + way]
            if key != 0:
                told = _place_of(lent_keys, key & ~HEAT)
                if _subtract(sums[at + WAYS + way * width], lent_rows[told] if told >= 0 else none, run, found[n]):
                    keys[n] = key & ~HEAT | min(key & HEAT, HOTTEST)
                    n += 1
    return n


@inlined
def _is_empty(row: Array) -> bool:
    return not np.any(row)


@kernel(INT, TABLE, CODES, MATRIX, CODES, MATRIX, INT)
def lend(table: Array, keys: Array, given: Array, lent_keys: Array, lent_rows: Array, run: int) -> int:
    """Rows of one's own and those given, added up. What finds no room is 0 in `given` afterwards; how many they are."""
    sums, dropped = rows(table), 0
    own, none = np.empty(given.shape[1]), np.zeros(given.shape[1])
    for number in range(keys.size):
        code = keys[number] & ~HEAT
        slot, told = find(table, code), _place_of(lent_keys, code)
        if slot < 0:
            if _is_empty(given[number]):
                continue
            slot = place(table, keys[number])
            if slot < 0:
                given[number, :] = 0.0
                dropped += 1
                continue
            own[:] = 0.0
        else:
            place(table, keys[number])
            _subtract(sums[slot], lent_rows[told] if told >= 0 else none, run, own)
        for column in range(own.size):
            sums[slot, column] = own[column] + given[number, column]
    return dropped
