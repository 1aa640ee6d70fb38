"""Recorded events, one JSON object a line, read in event-time order: plain, .gz, or - for standard input."""

import gzip
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import orjson
from xxhash import xxh3_64_intdigest

from stream_app.contracts.decode import rfc3339

BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line: its number in the file, from 1, its time in seconds since 1970, and its bytes."""

    number: int
    at: float
    body: bytes


def open_lines(path: Path) -> IO[bytes]:
    """A file of lines for reading; "-" is standard input."""
    if str(path) == "-":
        return sys.stdin.buffer
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


class EventFile:
    """Lines in the order of `time_of`, ties in the order of the file. Holds 32 bytes a line in memory, whatever the lines' size.

    `by_content`: ties in an order that follows from the lines themselves, so that a file in another order is read alike.
    Lines whose time cannot be read come where the line before them comes: their reader will say what is wrong with them.
    """

    def __init__(self, path: Path, time_of: Callable[[bytes], float | None], by_content: bool = False) -> None:
        self._spool: IO[bytes] = _seekable(path)
        numbers, times, offsets, ties = array("q"), array("d"), array("q"), array("Q")
        at, offset = float("-inf"), 0
        for number, body in enumerate(self._spool, start=1):
            if number == 1 and body.startswith(BOM):
                offset, body = len(BOM), body[len(BOM) :]
            if body.strip():
                at = time_of(body) or at
                numbers.append(number)
                times.append(at)
                offsets.append(offset)
                ties.append(xxh3_64_intdigest(body.strip()) if by_content else 0)
            offset += len(body)
        self._numbers, self._offsets, self._times = (np.frombuffer(a, dtype=a.typecode) if len(a) else np.empty(0) for a in (numbers, offsets, times))
        self._order = np.lexsort((np.frombuffer(ties, dtype=np.uint64), self._times)) if len(ties) else np.empty(0, np.int64)
        self.lines = int(self._numbers[-1]) if len(self._numbers) else 0
        """The number of the last line that is not blank."""

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Line]:
        position = -1
        for index in self._order:
            offset = int(self._offsets[index])
            if offset != position:  # seeking drops the read buffer; sorted files never need it
                self._spool.seek(offset)
            body = self._spool.readline()
            position = offset + len(body)
            yield Line(int(self._numbers[index]), float(self._times[index]), body)

    def close(self) -> None:
        self._spool.close()


def _seekable(path: Path) -> IO[bytes]:
    """The file itself, or a temporary copy of what cannot be sought in."""
    if str(path) != "-" and path.suffix != ".gz" and path.is_file():  # not a pipe: those cannot be read twice
        return path.open("rb")
    spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by EventFile.close
    with open_lines(path) as lines:
        for chunk in iter(lambda: lines.read(1 << 20), b""):
            spool.write(chunk)
    spool.seek(0)
    return spool


def time_field(name: str) -> Callable[[bytes], float | None]:
    """Reads the RFC 3339 time in field `name` of a line; None where there is none."""

    def read(body: bytes) -> float | None:
        try:
            return rfc3339(orjson.loads(body)[name])
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
            return None

    return read
