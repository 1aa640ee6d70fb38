"""The engine itself, through the same two calls that the worker and the replay make."""

import numpy as np

from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from tests.bench.cases import Bools, Cases, Places
from tests.bench.prequential import Scored

HEADS = ("anomaly", "non_compliance", "critical", "revenue_at_risk")


class TidewaiterEngine:
    """All its heads at once, with reasons and selection: the CPU seconds are those of everything. A head that says None scores nan."""

    def __init__(self, cases: Cases, pipeline: Pipeline, name: str = "engine") -> None:
        self.name = name
        self._cases = cases
        self._engine = Engine(pipeline, mode="replay")

    def score(self, day: int, places: Places) -> Scored:
        items = [self._engine.process(self._cases.declarations[place]).assessment.items[0] for place in places]
        heads = {head: np.array([getattr(item.scores, head) for item in items], dtype=float) for head in HEADS}
        selections = [getattr(item, "selection", None) for item in items]
        if None in selections:
            return Scored(heads, np.array([item.alerted for item in items]))
        selected, drawn = ([one.reason is not None for one in selections], [one.control_sample for one in selections])
        return Scored(heads, np.array(selected), np.array(drawn))

    def learn(self, places: Places, irregular: Bools, critical: Bools) -> None:
        for place in places:
            self._engine.learn_outcome(self._cases.outcomes[place])
