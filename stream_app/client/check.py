"""Check lines of JSON against the contract, offline: what the service would refuse, before anything is sent."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stream_app.client.producer import event_key
from stream_app.contracts.control_lists import MAX_DAYS, decode_suppression, decode_watch_entry
from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.export import decode_export
from stream_app.contracts.milestone import decode_milestone
from stream_app.contracts.movement import Movement, decode_movement
from stream_app.contracts.outcome import decode_outcome
from stream_app.contracts.seizure import decode_seizure

_DECODERS: dict[str, Callable[[bytes, Limits, float], object]] = {
    "declarations": decode_declaration,
    "outcomes": decode_outcome,
    "movements": decode_movement,
    "milestones": decode_milestone,
    "exports": decode_export,
    "seizures": decode_seizure,
    "watchlists": lambda body, limits, now: decode_watch_entry(body, event_key(body).encode(), limits, now, MAX_DAYS),
    "suppressions": lambda body, limits, now: decode_suppression(body, event_key(body).encode(), limits, now, MAX_DAYS),
}


@dataclass(frozen=True, slots=True)
class LineFaults:
    """What is wrong with one line; `line` counts from 1."""

    line: int
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class CheckSummary:
    """Counts of lines that are not blank. `repeated`: valid, and events of an earlier line; the service would answer `duplicate`."""

    checked: int = 0
    valid: int = 0
    repeated: int = 0

    @property
    def invalid(self) -> int:
        return self.checked - self.valid


def check_lines(
    lines: Iterable[bytes], kind: str, now: float, limits: Limits | None = None, summary: CheckSummary | None = None
) -> Iterator[LineFaults]:
    """The lines that break the contract of `kind` (an alias such as "declarations"), one by one; the counts go to `summary`.

    `now` is in seconds since 1970, to judge times by. A declaration or movement that an earlier line had is told too, though it is valid.
    """
    decode, limits, summary, seen = _DECODERS[kind], limits or Limits(), summary or CheckSummary(), _Seen()
    for number, line in enumerate(lines, 1):
        body = line.rstrip(b"\r\n")
        if not body.strip():
            continue
        summary.checked += 1
        try:
            event = decode(body, limits, now)
        except ContractError as error:
            yield LineFaults(number, error.faults)
            continue
        summary.valid += 1
        if (again := seen.fault(event)) is not None:
            summary.repeated += 1
            yield LineFaults(number, (again,))


class _Seen:
    """What the lines so far had, as the service would remember it."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}
        self._movements: set[tuple[str, str]] = set()

    def fault(self, event: object) -> Fault | None:
        if isinstance(event, Declaration):
            return self._declared(event)
        if isinstance(event, Movement):
            key = event.equipment_id, event.event_id
            if key in self._movements:
                return Fault("/event_id", Code.DUPLICATE, "this event of the container is in an earlier line")
            self._movements.add(key)
        return None

    def _declared(self, event: Declaration) -> Fault | None:
        before = self._versions.get(event.declaration_id, 0)
        self._versions[event.declaration_id] = max(before, event.version)
        if event.version == before:
            return Fault("/declaration_id", Code.DUPLICATE, "this version of the declaration is in an earlier line")
        return Fault("/version", Code.STALE_VERSION, "a later version of the declaration is in an earlier line") if event.version < before else None
