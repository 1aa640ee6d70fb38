"""pipeline.toml as one typed object. Unknown keys and values out of range are faults, and all of them are reported at once."""

import hashlib
import tomllib
from typing import Any

import orjson
from pydantic import Field, field_validator

from stream_app import __version__
from stream_app.contracts.decode import Limits
from stream_app.detectors.base import Detector
from stream_app.detectors.registry import detector_classes
from stream_app.engine.movements.settings import Movements
from stream_app.engine.settings.intake import Breaker, LimitsSection
from stream_app.engine.settings.learning import ChallengersSection, Critical, Outcomes, Profiles, PValues, RiskHead
from stream_app.engine.settings.selection import Lists, Selection, Severity
from stream_app.engine.settings.watching import Drift, Feedback, Indicators, Silence
from stream_app.engine.tables import build, complete_tables, weights
from stream_app.instruments.settings import InstrumentsSection, MirrorSection
from stream_app.section import Section

DECIDING: Any = {
    **dict.fromkeys(("limits", "breaker", "lists", "severity", "selection", "indicators", "challengers", "movements"), True),
    "p_values": {"tail_share", "exponent"},
    "non_compliance": {"mature_outcomes", "mature_findings"},
    "critical": {"mature_outcomes", "mature_findings"},
    "outcomes": {"late_days", "inverse_propensity_cap"},
    "feedback": {"confidence", "moves_thresholds"},
    "drift": {"stability_index", "test_items"},
}
"""Sections and keys that decide on learned state and do not shape it, and those of movements, whose state is apart."""
DECIDING_ON_MOVEMENTS: Any = {"budget", "window", "tolerance", "reserve", "rare", "warm_up_events", "mature_events"}
DECIDING_ON_MIRRORS: Any = {"partners", "tolerance", "default_freight", "freight_by_lane", "lanes", "duty_rates"}


class Pipeline(Section):
    """Everything an administration tunes."""

    limits: LimitsSection = LimitsSection()
    breaker: Breaker = Breaker()
    profiles: Profiles = Profiles()
    p_values: PValues = PValues()
    selection: Selection = Selection()
    lists: Lists = Lists()
    severity: Severity = Severity()
    non_compliance: RiskHead = RiskHead()
    critical: Critical = Critical()
    outcomes: Outcomes = Outcomes()
    challengers: ChallengersSection = ChallengersSection()
    feedback: Feedback = Feedback()
    drift: Drift = Drift()
    silence: Silence = Silence()
    indicators: Indicators = Indicators()
    movements: Movements = Movements()
    instruments: InstrumentsSection = InstrumentsSection()
    detectors: dict[str, dict[str, Any]] = Field(default_factory=dict, validate_default=True)

    @field_validator("detectors", mode="after")
    @classmethod
    def _complete(cls, tables: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Every detector that is not switched off, with all its values, in the order of names. Raises ValueError with all faults of all tables."""
        return complete_tables(tables, detector_classes())

    def build_detectors(self) -> dict[str, Detector]:
        """A fresh detector for every table."""
        return build(self.detectors, detector_classes())

    def weights(self) -> dict[str, float]:
        """Weights of the detectors' p-values, mean 1."""
        return weights(self.detectors)

    def record_limits(self) -> Limits:
        return Limits(**self.limits.model_dump())

    def learning(self) -> str:
        """A digest of the settings that learned state depends on: state that other ones learned means something else. Not those that only
        decide what is done with it: limits, breaker, lists, severity, most of selection, weights, maturity."""
        told = self.model_dump(exclude=DECIDING)
        # The mirror's state is apart; its section was counted in before, and checkpoints under the release's own still hold.
        told["instruments"]["mirror"] = MirrorSection().model_dump()
        told["detectors"] = {name: {key: value for key, value in table.items() if key != "weight"} for name, table in self.detectors.items()}
        # What waits to join the ranks is as long as a burst may be.
        told["delay"] = self.selection.window if self.selection.pacing == "burst_tolerant" else 0
        return _digest(told)

    def movement_learning(self) -> str:
        """The same, of what is learned of movements."""
        told = self.movements.model_dump(exclude=DECIDING_ON_MOVEMENTS)
        told["detectors"] = {
            name: {key: value for key, value in table.items() if key != "weight"} for name, table in self.movements.detectors.items()
        }
        return _digest(told | {"p_values": self.p_values.window})

    def mirror_learning(self) -> str:
        """The same, of what is learned of a lane's two sides."""
        return _digest(self.instruments.mirror.model_dump(exclude=DECIDING_ON_MIRRORS))

    def version(self) -> str:
        """Which code and configuration an assessment came from: release and a digest of all values."""
        return f"{__version__}+{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]}"


def _digest(told: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def parse_pipeline(text: str) -> Pipeline:
    """Raises tomllib.TOMLDecodeError, or pydantic.ValidationError with every fault."""
    return Pipeline.model_validate(tomllib.loads(text))
