"""CEN-style records from two files: the outcomes with a seizure are read first, so that only their declarations are held."""

import time
from pathlib import Path

from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import ContractError
from stream_app.contracts.outcome import Outcome, decode_outcome
from stream_app.eventfile import open_lines
from stream_app.instruments.base import Plain
from stream_app.instruments.seizures.cen import cen_record


def records(declarations: Path, outcomes: Path, country: str | None) -> list[Plain]:
    """In the order of the declarations; lines that break their contract are left out, as the service would refuse them."""
    now, wanted = time.time(), _seizures(outcomes)
    found: list[Plain | None] = []
    with open_lines(declarations) as lines:
        for line in lines:
            if not line.strip() or not wanted:
                continue
            try:
                declaration = decode_declaration(line, Limits(), now)
            except ContractError:
                continue
            found += [cen_record(declaration, outcome, country) for outcome in wanted.pop(declaration.declaration_id, ())]
    return [record for record in found if record is not None]


def _seizures(path: Path) -> dict[str, list[Outcome]]:
    """Outcomes with a seizure, by declaration."""
    now = time.time()
    found: dict[str, list[Outcome]] = {}
    with open_lines(path) as lines:
        for line in lines:
            try:
                outcome = decode_outcome(line, Limits(), now)
            except ContractError:
                continue
            if outcome.seizure is not None:
                found.setdefault(outcome.declaration_id, []).append(outcome)
    return found
