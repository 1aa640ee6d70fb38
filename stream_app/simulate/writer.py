"""A simulated world as files, for replay, evaluation and tests."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import orjson

from stream_app.simulate.config import WorldConfig
from stream_app.simulate.generate import simulate

BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Summary:
    declarations: int  # lines, amendments among them
    outcomes: int
    injected_items: dict[str, int]  # by scheme


def write_world(config: WorldConfig, out_dir: Path | str) -> Summary:
    """Writes declarations.ndjson, outcomes.ndjson and truth.ndjson (injected items only) into `out_dir`, each in the order of event time."""
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    lines: Counter[str] = Counter()
    schemes: Counter[str] = Counter()
    with (
        (folder / "declarations.ndjson").open("wb", BUFFER_BYTES) as declarations,
        (folder / "outcomes.ndjson").open("wb", BUFFER_BYTES) as outcomes,
        (folder / "truth.ndjson").open("wb", BUFFER_BYTES) as truth,
    ):
        files = {"declarations": declarations, "outcomes": outcomes}
        for event in simulate(config):
            files[event.kind].write(event.value + b"\n")
            lines[event.kind] += 1
            for injected in event.truth:
                truth.write(orjson.dumps(injected._asdict()) + b"\n")
                schemes[injected.scheme] += 1
    return Summary(lines["declarations"], lines["outcomes"], dict(sorted(schemes.items())))
