"""The topics of Tidewaiter, read from schemas/topics.toml. No other place knows a topic's name."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from stream_app.brokers.errors import ConfigurationError

DEAD_LETTERS = "_dlq"
"""Appended to the alias of an input: the alias of its dead letters."""

COPARTITIONED = ("declarations", "outcomes", "milestones", "checkpoints")
"""One key, one partition count, one partitioner: a trader's history meets in one partition, and what is learned of it in the same number."""
LANES = ("exports", "imports", "mirror_checkpoints")
"""The same, of a lane's two sides, and what is learned of them."""

MOVES = ("movements", "declared", "contradictions", "movement_checkpoints")
"""The same, of a container's movements, what is declared of it, what it says of declarations, and what is learned of them."""

FOLLOWS = {
    "checkpoints": "declarations",
    "milestones": "declarations",
    "imports": "exports",
    "mirror_checkpoints": "exports",
    "declared": "movements",
    "contradictions": "movements",
    "movement_checkpoints": "movements",
}
"""Topics of our own, or of a later release, that have as many partitions as another one."""

_LEGAL_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")  # org.apache.kafka.common.internals.Topic
_TYPES: dict[str, type] = {
    "name": str,
    "key": str,
    "partitions": int,
    "retention_days": int,
    "compacted": bool,
    "max_message_bytes": int,
    "schema": str,
    "segment_bytes": int,
    "broker_time": bool,
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; `alias` is what the code calls it. None for `max_message_bytes` leaves the broker's default (1 MB). `broker_time`: records bear
    the time at which the broker took them, not their producer's."""

    alias: str
    name: str
    key: str
    partitions: int
    retention_days: int
    compacted: bool = False
    max_message_bytes: int | None = None
    schema: str | None = None
    segment_bytes: int | None = None
    broker_time: bool = False


class Catalogue(Mapping[str, Topic]):
    """Alias -> Topic, in the order of the file."""

    def __init__(self, topics: Mapping[str, Topic]) -> None:
        self._topics = dict(topics)

    @classmethod
    def load(cls, path: Path, prefix: str = "") -> "Catalogue":
        """The catalogue in the file, `prefix` in front of every name. Raises ConfigurationError with all faults of the file."""
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError([f"{path}: {error}"]) from None
        faults = [fault for alias, table in tables.items() for fault in _table_faults(alias, table)]
        if faults:
            raise ConfigurationError(faults)
        topics = {alias: Topic(alias=alias, **{**table, "name": prefix + table["name"]}) for alias, table in tables.items()}
        if faults := _topic_faults(topics):
            raise ConfigurationError(faults)
        return cls(topics)

    def __getitem__(self, alias: str) -> Topic:
        return self._topics[alias]

    def __iter__(self) -> Iterator[str]:
        return iter(self._topics)

    def __len__(self) -> int:
        return len(self._topics)

    def dead_letters(self, alias: str) -> Topic:
        """Where the refused records of the input `alias` go; KeyError for a topic that has no dead letters."""
        return self._topics[alias + DEAD_LETTERS]


def unequal_partitions(partitions: Mapping[str, int]) -> list[str]:
    """A fault for each set of co-partitioned topics among these (alias -> partition count) that differ in their count."""
    found = []
    for whose, aliases in (("a trader's", COPARTITIONED), ("a lane's", LANES), ("a container's", MOVES)):
        counts = {alias: partitions[alias] for alias in aliases if alias in partitions}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{alias} has {n} partitions" for alias, n in counts.items())
            found.append(f"{whose} records must share one partition number: {told}")
    return found


def _table_faults(alias: str, table: Any) -> Iterator[str]:
    if not isinstance(table, dict):
        yield f"{alias}: must be a table"
        return
    required = {f.name for f in fields(Topic) if f.default is MISSING} - {"alias"}
    yield from (f"{alias}: {name} is missing" for name in sorted(required - table.keys()))
    for name, value in table.items():
        wanted = _TYPES.get(name)
        if wanted is None:
            yield f"{alias}: {name} is unknown"
        elif type(value) is not wanted:  # exactly: to isinstance, true is an int
            yield f"{alias}: {name} must be {wanted.__name__}"
        elif isinstance(value, int) and value < 1 and wanted is int:
            yield f"{alias}: {name} must be at least 1"


def _topic_faults(topics: Mapping[str, Topic]) -> list[str]:
    faults = [f"{t.alias}: {t.name!r} is no legal topic name" for t in topics.values() if t.name in {".", ".."} or not _LEGAL_NAME.fullmatch(t.name)]
    owner: dict[str, str] = {}
    for topic in topics.values():
        # Kafka refuses names that differ only in . and _: its metrics cannot tell them apart.
        first = owner.setdefault(topic.name.replace("_", "."), topic.alias)
        if first != topic.alias:
            faults.append(f"{topic.alias}: {topic.name} collides with the name of {first}")
    faults += unequal_partitions({alias: topic.partitions for alias, topic in topics.items()})
    return faults + [fault for topic in topics.values() for fault in _dead_letter_faults(topic, topics)]


def _dead_letter_faults(topic: Topic, topics: Mapping[str, Topic]) -> Iterator[str]:
    if not topic.alias.endswith(DEAD_LETTERS):
        return
    source = topics.get(topic.alias.removesuffix(DEAD_LETTERS))
    if source is None:
        yield f"{topic.alias}: holds the dead letters of no topic in the catalogue"
    elif (topic.max_message_bytes or 0) < (source.max_message_bytes or 0):
        yield f"{topic.alias}: max_message_bytes must be at least that of {source.alias}, or its largest records have nowhere to go"
