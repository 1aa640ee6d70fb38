"""A written world, read again a local day at a time: first versions only, in the order of lodging."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import orjson

Document = dict[str, Any]


class Control(NamedTuple):
    control_type: str
    decided_at: int


def days(path: Path) -> Iterator[tuple[int, list[Document]]]:
    """(days since 1970, the declarations first lodged on it, local time)."""
    with path.open("rb") as lines:
        documents = (document for line in lines if (document := orjson.loads(line))["version"] == 1)
        for day, group in groupby(documents, key=lambda document: document["lodged_at"][:10]):
            yield datetime.fromisoformat(day).toordinal() - datetime(1970, 1, 1).toordinal(), list(group)


def controls(path: Path) -> dict[str, Control]:
    """By declaration, what controlled it and when that was decided, epoch seconds. About one declaration in twelve."""
    found: dict[str, Control] = {}
    with path.open("rb") as lines:
        for line in lines:
            outcome = orjson.loads(line)
            found.setdefault(outcome["declaration_id"], Control(outcome["control_type"], epoch(outcome["decided_at"])))
    return found


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
