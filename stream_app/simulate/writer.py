"""A simulated world as files, for replay, evaluation and tests."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from stream_app.simulate.config import WorldConfig
from stream_app.simulate.generate import KINDS, Seen, by_kind
from stream_app.simulate.scribe import BUFFER_BYTES, Scribe, ScribeApart


@dataclass(frozen=True, slots=True)
class Summary:
    declarations: int  # lines, amendments among them
    outcomes: int
    injected_items: dict[str, int]  # by scheme
    movements: int
    injected_containers: dict[str, int]  # by scheme
    milestones: int = 0


def _nothing() -> None:
    return


def write_world(
    config: WorldConfig,
    out_dir: Path | str,
    apart: bool = False,
    meanwhile: Callable[[], None] = _nothing,
    seen: Seen | None = None,
    steps: bool = False,
) -> Summary:
    """Writes declarations.ndjson, outcomes.ndjson and truth.ndjson (injected items and containers only) into `out_dir`, and movements.ndjson
    where the world has movements: each in the order of event time, movements in the order of their records.

    `apart`: movements and steps are written by another process, the same bytes. `meanwhile` is called when declarations and outcomes are on disk,
    while movements may still be on their way; `seen` is given every declaration. `steps`: of clearance, in milestones.ndjson.
    """
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    lines: Counter[str] = Counter()
    with (ScribeApart if apart else Scribe)(config, folder, steps) as scribe:
        with ExitStack() as stack:
            files = {kind: stack.enter_context((folder / f"{kind}.ndjson").open("wb", BUFFER_BYTES)) for kind in KINDS}
            for number, day in enumerate(by_kind(config, seen)):
                for kind, (count, text) in day.lines.items():
                    files[kind].write(text)
                    files[kind].flush()
                    lines[kind] += count
                scribe.take(number, day)
        meanwhile()
        written = scribe.end()
    return Summary(lines["declarations"], lines["outcomes"], written.items, written.movements, written.containers, written.milestones)
