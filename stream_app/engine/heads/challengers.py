"""River's adaptive random forest and aggregated Mondrian forest beside the champion, on a sample of the controlled items.

Off unless [challengers] sample is above 0: a forest takes a millisecond an item, the champion some ten microseconds. They are asked just
before they learn, so they know every outcome up to then, while the champion's probability is the older one of the assessment: where the
champion is as good, it is better.

Forests are in no checkpoint (docs/decisions/0019-forests-begin-anew.md), and grow by some 3 kB an item: after a restart, and after `max_items`, they
begin anew, cold. They decide nothing.
"""

from collections import Counter
from math import log
from typing import Any, NamedTuple

import numpy as np
from river import forest

from stream_app.engine.heads.kept import Kept
from stream_app.engine.settings.learning import ChallengersSection
from stream_app.learning.keys import sampled
from stream_app.learning.quality import RollingQuality
from stream_app.learning.risk import CONTROLS, GOODS, PARTIES, PROBABILITY, REGRESSION, ROUTES, TRADER

INPUTS = {"goods": GOODS, "regression": REGRESSION, "routes": ROUTES, "trader": TRADER, "parties": PARTIES, "controls": CONTROLS}
MEASURES = ("value", "net_mass", "gross_mass", "packages", "quantity", "duty_rate")
WARM = 0.1
UNKNOWN = -1.0
"""In place of a measure that is missing; forests split on it."""


class Standing(NamedTuple):
    """Over the latest outcomes of the sample: mean log-loss in nats, and AUC (None where one class is missing)."""

    n: int
    log_loss: float | None
    auc: float | None


RESTORED, GROWN = "restored", "grown"
"""Why forests began anew: the worker went on from a checkpoint, or they had become as large as they may."""


class Challengers:
    """Forests by name, and how they and the champion stand on the same items."""

    def __init__(self, settings: ChallengersSection) -> None:
        self._sample, self._settings = settings.sample, settings
        self.models = self._fresh()
        self.items = 0
        """That the forests have learned since they began."""
        self.begun_anew: Counter[str] = Counter()
        self._quality = {name: RollingQuality(settings.window) for name in ("champion", *self.models)}

    def _fresh(self) -> dict[str, Any]:
        if self._sample <= 0.0:
            return {}
        trees, seed = self._settings.trees, self._settings.seed
        return {"arf": forest.ARFClassifier(n_models=trees, seed=seed), "amf": forest.AMFClassifier(n_estimators=trees, seed=seed)}

    def begin_anew(self, why: str) -> None:
        """With empty forests; how they stood in the latest window goes with them."""
        if self.models:
            self.models, self.items = self._fresh(), 0
            self._quality = {name: RollingQuality(self._settings.window) for name in self._quality}
            self.begun_anew[why] += 1

    @property
    def maturity(self) -> str:
        """cold, warming from a tenth of the window on, mature when the window is full: only then do figures compare."""
        share = self.items / self._settings.window
        return "mature" if share >= 1.0 else "warming" if share >= WARM else "cold"

    def sampled(self, declaration_id: str) -> bool:
        """The same declarations in every process and after every restart."""
        return bool(self.models) and sampled(declaration_id, self._sample)

    def learn(self, kept: Kept, irregular: bool) -> None:
        """Ask every model, then teach it. `irregular`: what the control found."""
        self._quality["champion"].learn(float(kept.heads[0, PROBABILITY]), irregular)
        x = _inputs(kept)
        for name, model in self.models.items():
            self._quality[name].learn(model.predict_proba_one(x).get(True, 0.5), irregular)
            model.learn_one(x, irregular)
        self.items += 1
        if self.items >= self._settings.max_items:
            self.begin_anew(GROWN)

    def standings(self) -> dict[str, Standing]:
        """Champion first."""
        return {name: Standing(quality.n, quality.log_loss, quality.auc) for name, quality in self._quality.items()}


def _inputs(kept: Kept) -> dict[str, float]:
    """What the champion's blend reads, and the measures: numbers only, which both forests take."""
    x = {name: float(kept.heads[0, place]) for name, place in INPUTS.items()}
    x["controls"] = log(1.0 + x["controls"])
    return x | dict(zip(MEASURES, np.nan_to_num(kept.measures, nan=UNKNOWN).tolist(), strict=True))
