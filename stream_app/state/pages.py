"""Arrays in pages: what a page holds besides zeros, in a few bytes, and whether it is what it was at the last checkpoint."""

from math import prod
from typing import NamedTuple

import numpy as np
import xxhash

from stream_app.learning.compiled import Array
from stream_app.state.errors import TornError

PAGE_BYTES = 1 << 19
"""Of an array, before packing: a chunk stays well below what a broker takes by default (1 MiB)."""
MOST_BYTES = 1 << 36
_RAW, _SPARSE = b"\0", b"\1"
WORD = 8
ZEROS = b""
"""What a page of zeros packs to: nothing is written for it."""
_TYPES = {np.dtype(name).str for name in ("f8", "f4", "u8", "u1", "i8", "b1")}


class Shape(NamedTuple):
    """Of an array, as a manifest says it: the dtype's string and the lengths."""

    dtype: str
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, array: Array) -> "Shape":
        """Rows of fields are bytes here; whoever takes them in knows the fields."""
        return cls(array.dtype.str, array.shape)

    @property
    def nbytes(self) -> int:
        """Raises TornError for a type or size that nobody writes."""
        if self.dtype not in _TYPES and not (self.dtype.startswith("|V") and self.dtype[2:].isdecimal() and len(self.dtype) < 7):
            raise TornError("an array is of no known type")
        size = prod(self.lengths) * np.dtype(self.dtype).itemsize if min(self.lengths, default=0) >= 0 else -1
        if not 0 <= size <= MOST_BYTES or len(self.lengths) > 4:
            raise TornError("an array is of an impossible size")
        return size

    def array(self, data: bytes) -> Array:
        return np.frombuffer(data, self.dtype).reshape(self.lengths)


def pages(data: memoryview) -> list[memoryview]:
    return [data[begin : begin + PAGE_BYTES] for begin in range(0, len(data), PAGE_BYTES)]


def fingerprint(page: memoryview) -> bytes:
    """Says whether a page has changed; no defence against anybody."""
    return xxhash.xxh3_128_digest(page)


def pack(page: memoryview) -> bytes:
    """The page without its words of zero, where that is shorter; ZEROS for nothing but zeros."""
    if len(page) % WORD:
        return _RAW + bytes(page)
    words = np.frombuffer(page, np.uint64)
    held = words != 0
    count = int(np.count_nonzero(held))
    if not count:
        return ZEROS
    if count * WORD + len(words) // 8 >= 0.9 * len(page):
        return _RAW + bytes(page)
    return b"".join((_SPARSE, np.packbits(held).tobytes(), words[held].tobytes()))


def unpack(packed: bytes, size: int) -> bytes:
    """A page of `size` bytes. Raises TornError for what packs no such page."""
    if packed == ZEROS:
        return bytes(size)
    kind, body = packed[:1], memoryview(packed)[1:]
    if kind == _RAW and len(body) == size:
        return bytes(body)
    mask = (size // WORD + 7) // 8
    if kind != _SPARSE or size % WORD or len(body) < mask or (len(body) - mask) % WORD:
        raise TornError("a page is not of its size")
    held = np.unpackbits(np.frombuffer(body[:mask], np.uint8), count=size // WORD).astype(bool)
    values = np.frombuffer(body[mask:], np.uint64)
    if int(np.count_nonzero(held)) != len(values):
        raise TornError("a page is not of its size")
    words = np.zeros(size // WORD, np.uint64)
    words[held] = values
    return words.tobytes()
