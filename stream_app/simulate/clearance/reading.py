"""A written world, read again a local day at a time: first versions only, in the order of lodging."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path

import msgspec

from stream_app.simulate.events import Controlled


class Item(msgspec.Struct, gc=False):
    hs_code: str
    origin_country: str
    customs_value: float
    net_mass_kg: float
    duty_rate_percent: float = 0.0


class Box(msgspec.Struct, gc=False):
    equipment_id: str


class Lodged(msgspec.Struct, gc=False):
    """What clearance needs to know of a declaration."""

    declaration_id: str
    version: int
    direction: str
    lodged_at: str
    office: str
    declarant_id: str
    transport_mode: str
    departure_country: str
    items: list[Item]
    importer_id: str | None = None
    exporter_id: str | None = None
    exchange_rate: float = 1.0
    containers: list[Box] = []

    @property
    def trader(self) -> str:
        return self.importer_id or self.exporter_id or self.declarant_id


class _Outcome(msgspec.Struct, gc=False):
    declaration_id: str
    control_type: str
    decided_at: str


def days(path: Path) -> Iterator[tuple[int, list[Lodged]]]:
    """(days since 1970, the declarations first lodged on it, local time)."""
    with path.open("rb") as lines:
        yield from by_day(lines)


def by_day(lines: Iterable[bytes]) -> Iterator[tuple[int, list[Lodged]]]:
    """The same of lines in the order of lodging."""
    decode = msgspec.json.Decoder(Lodged).decode
    declarations = (declaration for line in lines if (declaration := decode(line)).version == 1)
    for day, group in groupby(declarations, key=lambda declaration: declaration.lodged_at[:10]):
        yield datetime.fromisoformat(day).toordinal() - datetime(1970, 1, 1).toordinal(), list(group)


def controls(path: Path) -> dict[str, Controlled]:
    """By declaration, what controlled it and when that was decided, epoch seconds. About one declaration in twelve."""
    found: dict[str, Controlled] = {}
    decode = msgspec.json.Decoder(_Outcome).decode
    with path.open("rb") as lines:
        for outcome in map(decode, lines):
            found.setdefault(outcome.declaration_id, Controlled(outcome.control_type, epoch(outcome.decided_at)))
    return found


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
