"""What came of input records: by topic and by the record that it came of, ids and digests of bodies, every repetition compared with the first."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import msgspec

Place = tuple[str, int, int]
"""Topic, partition and offset of an input record."""
Headers = Iterable[tuple[str, bytes | None]]


class _Source(msgspec.Struct):
    topic: str
    partition: int
    offset: int


class _Result(msgspec.Struct):
    source: _Source


_RESULT, _RECEIPT = msgspec.json.Decoder(_Result), msgspec.json.Decoder(_Source)


def _of_result(value: bytes, _: Headers) -> Place:
    source = _RESULT.decode(value).source
    return source.topic, source.partition, source.offset


def _of_receipt(value: bytes, _: Headers) -> Place:
    source = _RECEIPT.decode(value)
    return source.topic, source.partition, source.offset


def _of_dead_letter(_: bytes, headers: Headers) -> Place:
    given = dict(headers)
    topic, partition, offset = (given[f"__streams.errors.{name}"] or b"" for name in ("topic", "partition", "offset"))
    return topic.decode(), int(partition), int(offset)


ORIGINS: dict[str, Callable[[bytes, Headers], Place]] = {
    "assessments": _of_result,
    "alerts": _of_result,
    "receipts": _of_receipt,
    "declarations_dlq": _of_dead_letter,
    "outcomes_dlq": _of_dead_letter,
}
"""By alias of an output topic, how one of its records says what it came of."""


class Output(NamedTuple):
    """`event_id`: of CloudEvents, None for a dead letter."""

    event_id: bytes | None
    digest: bytes


@dataclass
class Ledger:
    """`outputs`: the different ones of every input record, by alias; `answered`: records that have a receipt, by topic; `repeated`: how often an
    output came again."""

    outputs: dict[str, dict[Place, set[Output]]] = field(default_factory=lambda: {alias: {} for alias in ORIGINS})
    answered: Counter[str] = field(default_factory=Counter)
    repeated: int = 0

    def add(self, alias: str, value: bytes | None, headers: Headers) -> None:
        """One record of an output topic."""
        held = value or b""
        place, found = ORIGINS[alias](held, headers), Output(dict(headers).get("ce_id"), blake2b(held, digest_size=16).digest())
        known = self.outputs[alias].setdefault(place, set())
        self.repeated += bool(known)
        self.answered[place[0]] += alias == "receipts" and not known
        known.add(found)


class Difference(NamedTuple):
    """Of a run from one that nothing interrupted, in outputs."""

    lost: int
    invented: int
    other_bodies: int
    other_ids: int


def difference(found: Ledger, expected: Ledger) -> Difference:
    """`lost` and `invented`: outputs of one run and not of the other; `other_bodies`: of a record, any that is not the expected one, byte for byte;
    `other_ids`: of a record, more than one id, or another one than expected."""
    lost = invented = bodies = ids = 0
    for alias, wanted in expected.outputs.items():
        here: dict[Place, set[Output]] = found.outputs[alias]
        lost += len(wanted.keys() - here.keys())
        invented += len(here.keys() - wanted.keys())
        for place in wanted.keys() & here.keys():
            bodies += {output.digest for output in here[place]} != {output.digest for output in wanted[place]}
            ids += {output.event_id for output in here[place]} != {output.event_id for output in wanted[place]}
    return Difference(lost, invented, bodies, ids)
