"""Does selection keep its budget? The engine alone, its selector as configured, over streams that change and one that does not."""

from collections.abc import Callable
from typing import Any

import numpy as np

from stream_app.engine.pipeline import Pipeline
from tests.bench import drift
from tests.bench.cases import Bools, Cases, Floats, Row, cases
from tests.bench.contenders.engine import TidewaiterEngine
from tests.bench.policies import EveryRow
from tests.bench.prequential import Contender, Scored, run
from tests.bench.selectors import modes

WINDOW = 5_000
HELD = (0.015, 0.025)
DRIFT_FROM = "2020-09-01"


class Watched:
    """Passes everything on, and notes what the contender would have selected."""

    def __init__(self, contender: Contender, n: int) -> None:
        self.name = contender.name
        self.selected = np.zeros(n, dtype=bool)
        self._contender = contender
        self.learn = contender.learn

    def score(self, day: int, places: np.ndarray) -> Scored:
        scored = self._contender.score(day, places)
        if scored.selected is not None:
            self.selected[places] = scored.selected
        return scored


def window_shares(selected: Bools, window: int = WINDOW) -> Floats:
    """The share selected in every run of `window` rows, one for each place it can begin."""
    sums = np.concatenate([[0], np.cumsum(selected)])
    return (sums[window:] - sums[:-window]) / window


def evaluate_windows(pipeline: Pipeline, rows: list[Row], tell: Callable[[str], None] = print) -> dict[str, Any]:
    """By pacing mode and stream: the least and the largest share of any window, and how many windows held; recall inside the burst."""
    burst = drift.with_burst(rows)
    streams = {"stationary": drift.shuffled(rows), "drifting": drift.swap_histories(rows, DRIFT_FROM), "burst": burst.rows}
    results: dict[str, Any] = {}
    for stream, changed in streams.items():
        found = cases(changed, pipeline.record_limits())
        for mode, variant in modes(pipeline).items():
            tell(f"budget: {stream}, {mode}")
            selected = _selected(variant, found)
            part = budget(selected[variant.selection.mature_items :])
            if stream == "burst":
                part["burst"] = burst_recall(found, selected, burst.group)
            results.setdefault(mode, {})[stream] = part
    return results


def _selected(pipeline: Pipeline, found: Cases) -> Bools:
    watched = Watched(TidewaiterEngine(found, pipeline), len(found))
    run(watched, found, EveryRow())
    return watched.selected


def budget(selected: Bools) -> dict[str, Any]:
    shares = window_shares(selected)
    held = (shares >= HELD[0]) & (shares <= HELD[1])
    return {"share": float(selected.mean()), "least": float(shares.min()), "largest": float(shares.max()), "held": float(held.mean())}


def burst_recall(found: Cases, selected: Bools, group: dict[str, str]) -> dict[str, float]:
    """Of the frauds of the burst: an injected declaration counts once, however many parcels it was split into."""
    caught: dict[str, bool] = {}
    for declaration, chosen in zip(found.declarations, selected.tolist(), strict=True):
        if (name := group.get(declaration.declaration_id)) is not None:
            caught[name] = caught.get(name, False) or chosen
    return {"frauds": len(caught), "recall": sum(caught.values()) / len(caught)}
