"""Memory for large tables on huge pages, where the system gives them on request (Linux: transparent huge pages, madvise(2)).

A look-up in a table of some megabytes waits for two things: the row, and where in memory the row is. With pages of 4 KiB the second is the longer
wait (87 ns a look-up in 4 MiB against 23 ns, measured under a hypervisor); pages of 2 MiB are so few that the processor knows them all.
"""

import mmap
from contextlib import suppress

import numpy as np

from stream_app.learning.compiled import Array

PAGE = 2 << 20
LINE = 64
"""Bytes that a processor loads at once."""
WORD = 8


def zeros(words: int) -> Array:
    """As many words of 0, the first at the beginning of a line; of half a page or more on huge pages."""
    size = words * WORD
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is None or size < PAGE // 2:
        return _from_line(np.zeros(words + LINE // WORD, np.uint64), words, LINE)
    room = mmap.mmap(-1, -(-size // PAGE) * PAGE + PAGE)
    with suppress(OSError):  # a kernel without them
        room.madvise(advice)
    return _from_line(np.frombuffer(room, np.uint64), words, PAGE)


def _from_line(room: Array, words: int, line: int) -> Array:
    begin = -room.ctypes.data % line // WORD
    return room[begin : begin + words]
