"""Files that commands read and write: "-" is a standard stream, .gz is compressed."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

FILE_IN = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
FILE_OUT = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


def refuse_clashes(read: list[Path | None], written: list[Path | None]) -> None:
    """Nothing is written over what is read or written, and standard input is read once."""
    inputs, outputs = ([path for path in paths if path is not None] for paths in (read, written))
    if inputs.count(Path("-")) > 1:
        raise click.UsageError("standard input is named twice")
    for index, path in enumerate(outputs):
        others = (*inputs, *outputs[index + 1 :]) if str(path) != "-" else outputs[index + 1 :]
        if path in others or (path.is_file() and any(other.is_file() and path.samefile(other) for other in others)):
            if path.exists() and not path.is_file():
                continue  # /dev/null is nobody's
            raise click.UsageError(f"{path} is named twice")


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file for writing; "-" is standard output, .gz is compressed."""
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        yield file  # type: ignore[misc]
