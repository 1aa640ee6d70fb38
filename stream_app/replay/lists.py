"""Entries of the watchlist and suppressions from files, for a replay: held from its beginning, each in force by its own times."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from stream_app.contracts.control_lists import Entry, decode_suppression, decode_watch_entry
from stream_app.contracts.errors import ContractError
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.selection import ControlLists, EntryIndex
from stream_app.eventfile import open_lines
from stream_app.replay.report import Rejection


def read_lists(files: dict[str, Path | None], pipeline: Pipeline, now: float) -> tuple[ControlLists, list[Rejection]]:
    """`files`: of "watchlists" and of "suppressions", one entry a line. Of an entry_id the last counts; lines at fault are left out, and told."""
    lists, rejections = ControlLists(pipeline.lists.max_entries), list[Rejection]()
    kinds: dict[str, tuple[EntryIndex[Any], Callable[..., Entry]]] = {
        "watchlists": (lists.watchlist, decode_watch_entry),
        "suppressions": (lists.suppressions, decode_suppression),
    }
    limits, days = pipeline.record_limits(), pipeline.lists.max_days
    for kind, path in files.items():
        held, decode = kinds[kind]
        for number, body in enumerate(open_lines(path) if path else (), start=1):
            if not body.strip():
                continue
            try:
                # Nothing that has ended makes room: it held for declarations of its time.
                held.put(decode(body, _key(body), limits, now, days), float("-inf"))
            except ContractError as error:
                rejections.append(Rejection(kind, number, error.faults))
    return lists, rejections


def _key(body: bytes) -> bytes | None:
    """What `tidewaiter produce` would send it under."""
    try:
        return str(orjson.loads(body)["entry_id"]).encode()
    except (ValueError, TypeError, KeyError):
        return None
