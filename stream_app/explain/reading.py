"""Alerts as they come from a file: one JSON document, or one a line; checked against schemas/alert.v1 before anything is said of them."""

from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import IO, Any, NamedTuple

import orjson
from pydantic import TypeAdapter

from stream_app.contracts.assessment import Alert
from stream_app.contracts.decode import Limits, parse
from stream_app.contracts.errors import Code, ContractError, Fault

LIMITS = Limits(max_record_bytes=1_048_576)


class Given(NamedTuple):
    """What stood at a line of the file: an alert, or what is wrong with it."""

    line: int
    alert: Alert | None
    faults: tuple[Fault, ...] = ()


def read_alerts(file: IO[bytes]) -> Iterator[Given]:
    """One alert a line where the first line is JSON in itself, otherwise one alert in all. Blank lines are skipped; an empty file is a fault."""
    lines = ((number, line) for number, line in enumerate(file, start=1) if line.strip())
    first = next(lines, None)
    if first is None:
        yield Given(1, None, (Fault("", Code.EMPTY, "there is no alert in it"),))
    elif _is_json(first[1]):
        yield from (_given(number, line) for number, line in chain([first], lines))
    else:
        yield _given(1, first[1] + file.read(LIMITS.max_record_bytes))


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _given(number: int, body: bytes) -> Given:
    try:
        document = parse(body, "alert.v1", LIMITS)
    except ContractError as error:
        return Given(number, None, error.faults)
    return Given(number, _adapter().validate_python(_printable(document)))


@cache
def _adapter() -> TypeAdapter[Alert]:
    return TypeAdapter(Alert)


def _printable(node: Any) -> Any:
    """Without control characters: an alert from somewhere else does not get to write to the terminal as it pleases."""
    if isinstance(node, str):
        return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in node)
    if isinstance(node, list):
        return [_printable(entry) for entry in node]
    return {_printable(name): _printable(value) for name, value in node.items()} if isinstance(node, dict) else node
