"""River's adaptive random forest and aggregated Mondrian forest beside the champion, on a sample of the controlled items.

Off unless [challengers] sample is above 0: a forest takes a millisecond an item, the champion some ten microseconds. They are asked just
before they learn, so they know every outcome up to then, while the champion's probability is the older one of the assessment: where the
champion is as good, it is better.
"""

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
UNKNOWN = -1.0
"""In place of a measure that is missing; forests split on it."""


class Standing(NamedTuple):
    """Over the latest outcomes of the sample: mean log-loss in nats, and AUC (None where one class is missing)."""

    n: int
    log_loss: float | None
    auc: float | None


class Challengers:
    """Forests by name, and how they and the champion stand on the same items."""

    def __init__(self, settings: ChallengersSection) -> None:
        self._sample = settings.sample
        self.models: dict[str, Any] = {}
        if settings.sample > 0.0:
            self.models["arf"] = forest.ARFClassifier(n_models=settings.trees, seed=settings.seed)
            self.models["amf"] = forest.AMFClassifier(n_estimators=settings.trees, seed=settings.seed)
        self._quality = {name: RollingQuality(settings.window) for name in ("champion", *self.models)}

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

    def standings(self) -> dict[str, Standing]:
        """Champion first."""
        return {name: Standing(quality.n, quality.log_loss, quality.auc) for name, quality in self._quality.items()}


def _inputs(kept: Kept) -> dict[str, float]:
    """What the champion's blend reads, and the measures: numbers only, which both forests take."""
    x = {name: float(kept.heads[0, place]) for name, place in INPUTS.items()}
    x["controls"] = log(1.0 + x["controls"])
    return x | dict(zip(MEASURES, np.nan_to_num(kept.measures, nan=UNKNOWN).tolist(), strict=True))
