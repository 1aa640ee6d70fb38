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


def records(declarations: Path, outcomes: Path, country: str | None, key: bytes) -> list[Plain]:
    """In the order of the declarations, `key` as in cen_record; lines that break their contract are left out, as the service would refuse them."""
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
            found += [cen_record(declaration, outcome, key, country) for outcome in wanted.pop(declaration.declaration_id, ())]
    return [record for record in found if record is not None]


def _seizures(path: Path) -> dict[str, list[Outcome]]:
    """Outcomes with a seizure, by declaration; of a goods item what was decided last."""
    now = time.time()
    latest: dict[tuple[str, int | None], tuple[float, Outcome | None]] = {}
    with open_lines(path) as lines:
        for line in lines:
            try:
                outcome = decode_outcome(line, Limits(), now)
            except ContractError:
                continue
            place = outcome.declaration_id, outcome.item_number
            if outcome.alert_id is None and outcome.decided_epoch >= latest.get(place, (0.0, None))[0]:
                latest[place] = outcome.decided_epoch, outcome if outcome.seizure is not None else None
    found: dict[str, list[Outcome]] = {}
    for (number, _), (_, seized) in latest.items():
        if seized is not None:
            found.setdefault(number, []).append(seized)
    return found
