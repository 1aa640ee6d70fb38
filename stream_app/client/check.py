"""Check lines of JSON against the contract, offline: what the service would refuse, before anything is sent."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stream_app.client.producer import event_key
from stream_app.contracts.control_lists import MAX_DAYS, decode_suppression, decode_watch_entry
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import ContractError, Fault
from stream_app.contracts.export import decode_export
from stream_app.contracts.milestone import decode_milestone
from stream_app.contracts.movement import decode_movement
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
    """Counts of lines that are not blank."""

    checked: int = 0
    valid: int = 0

    @property
    def invalid(self) -> int:
        return self.checked - self.valid


def check_lines(
    lines: Iterable[bytes], kind: str, now: float, limits: Limits | None = None, summary: CheckSummary | None = None
) -> Iterator[LineFaults]:
    """The lines that break the contract of `kind` (an alias such as "declarations"), one by one; the counts go to `summary`.

    `now` is in seconds since 1970, to judge times by. What only the service can know (duplicates, stale versions) is not checked.
    """
    decode, limits, summary = _DECODERS[kind], limits or Limits(), summary or CheckSummary()
    for number, line in enumerate(lines, 1):
        body = line.rstrip(b"\r\n")
        if not body.strip():
            continue
        summary.checked += 1
        try:
            decode(body, limits, now)
            summary.valid += 1
        except ContractError as error:
            yield LineFaults(number, error.faults)
