"""A simulated world as files, for replay, evaluation and tests."""

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson

from stream_app.simulate.config import WorldConfig
from stream_app.simulate.events import Truth
from stream_app.simulate.generate import by_kind

BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Summary:
    declarations: int  # lines, amendments among them
    outcomes: int
    injected_items: dict[str, int]  # by scheme
    movements: int
    injected_containers: dict[str, int]  # by scheme


def write_world(config: WorldConfig, out_dir: Path | str) -> Summary:
    """Writes declarations.ndjson, outcomes.ndjson and truth.ndjson (injected items and containers only) into `out_dir`, and movements.ndjson
    where the world has movements: each in the order of event time, movements in the order of their records.
    """
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    lines: Counter[str] = Counter()
    items: Counter[str] = Counter()
    boxes: Counter[str] = Counter()
    with ExitStack() as stack:
        kinds = ("declarations", "outcomes", *(["movements"] if config.movements else []), "truth")
        files = {kind: stack.enter_context((folder / f"{kind}.ndjson").open("wb", BUFFER_BYTES)) for kind in kinds}
        for kind, count, text, truth in by_kind(config):
            files[kind].write(text)
            lines[kind] += count
            for injected in truth:
                files["truth"].write(orjson.dumps(injected._asdict()) + b"\n")
                (items if isinstance(injected, Truth) else boxes)[injected.scheme] += 1
    return Summary(lines["declarations"], lines["outcomes"], dict(sorted(items.items())), lines["movements"], dict(sorted(boxes.items())))
