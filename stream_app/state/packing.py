"""A snapshot in chunks, and chunks as a snapshot. A chunk is named by the digest of what it holds, so what has not changed is not written again."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np

from stream_app.learning.compiled import Array
from stream_app.learning.keys import code
from stream_app.learning.plain import Rows, Snapshot
from stream_app.learning.snapshots import snapshot
from stream_app.state.errors import TornError
from stream_app.state.manifest import ROWS, Entry, Manifest, Seal
from stream_app.state.pages import PAGE_BYTES, ZEROS, Shape, fingerprint, pack, pages, unpack

SMALL_BYTES = 1 << 15
"""Arrays below this go into one document with all that is no array."""
Small = dict[str, bytes | tuple[str, tuple[int, ...], bytes]]


class Taken(NamedTuple):
    """An array of a snapshot: the fingerprint of every page, and a copy of those that have changed."""

    shape: Shape
    pages: list[tuple[bytes, bytes | None]]


class Packed(NamedTuple):
    """Of a snapshot: `chunks` are the new ones, by digest."""

    entries: list[Entry]
    small: list[bytes]
    small_bytes: int
    chunks: dict[bytes, bytes]


class Packer:
    """Packs the snapshots of one owner, one after the other. Not for two threads at once."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._pages: dict[tuple[str, int], tuple[bytes, bytes]] = {}
        self._known: set[bytes] = set()

    def taken(self, thing: Any, path: str = "") -> Snapshot:
        """Of `thing` as it is now, for `pack`; no more is copied than has changed."""
        return snapshot(thing, path, self._copy)

    def _copy(self, path: str, array: Array) -> Any:
        if array.nbytes < SMALL_BYTES:
            return array.copy()
        view, found = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, []
        for number, page in enumerate(pages(view)):
            now = fingerprint(page)
            found.append((now, None if self._unchanged(path, number, now) else bytes(page)))
        return Taken(Shape.of(array), found)

    def _unchanged(self, path: str, number: int, now: bytes) -> bool:
        before, digest = self._pages.get((path, number), (b"", b""))
        return before == now and (digest == ZEROS or digest in self._known)

    def pack(self, snapshot: Snapshot) -> Packed:
        """`chunks` are those that the topic does not have."""
        found = Packed([], [], 0, {})
        small: Small = {}
        for path, value in snapshot.items():
            if isinstance(value, Taken):
                found.entries.append(Entry(path, *value.shape, self._array(path, value, found.chunks)))
            elif isinstance(value, np.ndarray):
                small[path] = (*Shape.of(value), value.tobytes())
            elif isinstance(value, Rows):
                found.entries.append(self._rows(path, value, found.chunks))
            elif isinstance(value, bytes):
                small[path] = value
        document = msgspec.msgpack.encode(small)
        return found._replace(small=self._blob(document, found.chunks), small_bytes=len(document))

    def keep(self, chunks: set[bytes]) -> None:
        """These are on the topic, and no others."""
        self._known = chunks

    def _array(self, path: str, taken: Taken, chunks: dict[bytes, bytes]) -> list[bytes]:
        found = []
        for number, (now, copy) in enumerate(taken.pages):
            if copy is not None:
                packed = pack(memoryview(copy))
                self._pages[path, number] = now, self._chunk(packed, chunks) if packed != ZEROS else ZEROS
            found.append(self._pages[path, number][1])
        return found

    def _rows(self, path: str, rows: Rows, chunks: dict[bytes, bytes]) -> Entry:
        lengths, digests = [], []
        for group in rows.groups(key_code):
            lengths.append(len(group))
            digests += self._blob(group, chunks)
        return Entry(path, ROWS, tuple(lengths), digests)

    def _blob(self, data: bytes, chunks: dict[bytes, bytes]) -> list[bytes]:
        return [self._chunk(bytes(page), chunks) for page in pages(memoryview(data))]

    def _chunk(self, data: bytes, chunks: dict[bytes, bytes]) -> bytes:
        digest = self._seal.digest(data)
        if digest not in self._known:
            chunks[digest] = data
        return digest


def unpacked(manifest: Manifest, chunk: Callable[[bytes], bytes]) -> Snapshot:
    """`chunk` gives the chunk of a digest, or raises TornError. Raises TornError for what does not fit together."""
    found: Snapshot = {}
    for entry in manifest.entries:
        found[entry.path] = _groups(entry, chunk) if entry.dtype == ROWS else _array(entry, chunk)
    for path, value in _small(manifest, chunk).items():
        found[path] = value if isinstance(value, bytes) else _whole(Shape(value[0], value[1]), value[2])
    return found


def _array(entry: Entry, chunk: Callable[[bytes], bytes]) -> Any:
    shape = Shape(entry.dtype, entry.lengths)
    sizes = _sizes(shape.nbytes)
    if len(sizes) != len(entry.chunks):
        raise TornError("an array has not as many pages as it should")
    data = bytearray()
    for digest, size in zip(entry.chunks, sizes, strict=True):
        data += unpack(chunk(digest) if digest else ZEROS, size)
    return _whole(shape, bytes(data))


def _whole(shape: Shape, data: bytes) -> Any:
    if shape.nbytes != len(data):
        raise TornError("an array is not of its size")
    return shape.array(data)


def _sizes(total: int) -> list[int]:
    return [min(PAGE_BYTES, total - begin) for begin in range(0, total, PAGE_BYTES)]


def _groups(entry: Entry, chunk: Callable[[bytes], bytes]) -> list[bytes]:
    pieces, found = iter(entry.chunks), []
    for length in entry.lengths:
        group = b"".join(chunk(next(pieces, b"")) for _ in _sizes(min(length, PAGE_BYTES * len(entry.chunks))))
        if len(group) != length:
            raise TornError("a group of rows is not of its size")
        found.append(group)
    if next(pieces, None) is not None:
        raise TornError("there are more rows than groups")
    return found


def _small(manifest: Manifest, chunk: Callable[[bytes], bytes]) -> Mapping[str, Any]:
    document = b"".join(map(chunk, manifest.small))
    try:
        return _SMALL.decode(document)
    except (msgspec.DecodeError, RecursionError, OverflowError):
        raise TornError("the small parts are no document") from None


_SMALL = msgspec.msgpack.Decoder(dict[str, bytes | tuple[str, tuple[int, ...], bytes]])


def key_code(key: Any) -> int:
    """By which rows are put into groups: a number as it is, a word's code, that of a tuple's words together."""
    if isinstance(key, tuple):
        key = "/".join(map(str, key))
    return key if isinstance(key, int) else code(key)
