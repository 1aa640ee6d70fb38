"""pipeline.toml as one typed object. Unknown keys and values out of range are faults, and all of them are reported at once."""

import hashlib
import tomllib
from math import fsum
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from stream_app import __version__
from stream_app.contracts.control_lists import MAX_DAYS
from stream_app.contracts.decode import Limits
from stream_app.detectors.base import Detector
from stream_app.detectors.registry import detector_classes
from stream_app.engine.movements.settings import Movements
from stream_app.engine.tables import build, complete_tables, weights
from stream_app.instruments.settings import InstrumentsSection

Share = Annotated[float, Field(gt=0, le=1)]
Days = Annotated[float, Field(gt=0, le=36_500)]
HalfLife = Annotated[float, Field(ge=30, le=36_500)]  # a float holds 1,000 half-lives: 82 years of 30 days
Count = Annotated[int, Field(ge=1)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LimitsSection(Section):
    max_record_bytes: Count = 1_048_576
    max_age_days: Days = 3_650
    max_future_days: Days = 2


class Breaker(Section):
    in_a_row: Count = 1_000
    share: Share = 0.01
    window: Count = 10_000


class Profiles(Section):
    half_life_days: HalfLife = 180


class PValues(Section):
    window: Annotated[int, Field(ge=100, le=1_000_000)] = 8_192
    tail_share: Annotated[float, Field(gt=0, le=0.2)] = 0.02
    exponent: Annotated[float, Field(ge=1, le=20)] = 2.0


class HeadShares(Section):
    """Of the top-up by score, as far as heads are mature: the shares of the others are divided among them."""

    anomaly: Ratio = 0.40
    non_compliance: Ratio = 0.35
    critical: Ratio = 0.10
    revenue_at_risk: Ratio = 0.15

    @model_validator(mode="after")
    def _some(self) -> "HeadShares":
        if not fsum(self.model_dump().values()) > 0:
            raise ValueError("at least one head must have a share")
        return self


Lane = Literal["red", "yellow", "blue"]


class Lanes(Section):
    """Of an item by what selected it: below severity high, and from high on."""

    random: Lane = "red"
    exploration: Lane = "yellow"
    anomaly: tuple[Lane, Lane] = ("yellow", "red")
    non_compliance: tuple[Lane, Lane] = ("yellow", "red")
    critical: tuple[Lane, Lane] = ("red", "red")
    revenue_at_risk: tuple[Lane, Lane] = ("blue", "yellow")


class Office(Section):
    """What one office can control: a share of its goods items, or a number of them a day."""

    share: Share | None = None
    per_day: Count | None = None

    @model_validator(mode="after")
    def _one(self) -> "Office":
        if (self.share is None) == (self.per_day is None):
            raise ValueError("an office has either a share or a per_day")
        return self


class Selection(Section):
    budget: Share = 0.02
    pacing: Literal["strict", "burst_tolerant"] = "strict"
    window: Annotated[int, Field(ge=100, le=1_000_000)] = 5_000
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.25
    reserve: Annotated[float, Field(gt=0, le=100)] = 2.0
    random_share: Ratio = 0.10
    exploration_share: Ratio = 0.05
    seed: Annotated[str, Field(min_length=1)] = "tidewaiter"
    warm_up_items: Count = 500
    mature_items: Count = 5_000
    utc_offset_hours: Annotated[float, Field(ge=-12, le=14)] = 0.0
    max_offices: Count = 4_096
    shares: HeadShares = HeadShares()
    lanes: Lanes = Lanes()
    offices: dict[str, Office] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _room_for_scores(self) -> "Selection":
        if self.random_share + self.exploration_share >= 1:
            raise ValueError("random_share and exploration_share must leave something of the budget to the scores")
        return self


class Lists(Section):
    max_entries: Count = 10_000
    max_days: Days = MAX_DAYS


class Severity(Section):
    medium: Share = 0.010
    high: Share = 0.004
    critical: Share = 0.001

    @model_validator(mode="after")
    def _in_order(self) -> "Severity":
        if not self.critical <= self.high <= self.medium:
            raise ValueError("critical, high and medium must grow in this order")
        return self


class RiskHead(Section):
    """A supervised head."""

    fast_half_life_days: HalfLife = 45
    strength: Annotated[float, Field(gt=0)] = 1.0
    prior: Annotated[float, Field(gt=0, lt=1)] = 0.1
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    max_keys: Annotated[int, Field(ge=1_000)] = 400_000
    mature_outcomes: Count = 500
    mature_findings: Count = 3


class Critical(RiskHead):
    strength: Annotated[float, Field(gt=0)] = 0.3
    prior: Annotated[float, Field(gt=0, lt=1)] = 0.01
    mature_outcomes: Count = 2_000
    mature_findings: Count = 10


class Outcomes(Section):
    keep_days: Days = 90
    keep_declarations: Count = 200_000
    early: Count = 100_000
    late_days: Days = 30
    inverse_propensity_cap: Annotated[float, Field(ge=1, le=100)] = 1.0


class ChallengersSection(Section):
    sample: Annotated[float, Field(ge=0, le=1)] = 0.0
    trees: Annotated[int, Field(ge=1, le=100)] = 10
    window: Annotated[int, Field(ge=100, le=100_000)] = 5_000
    seed: int = 42


class Feedback(Section):
    half_life_days: HalfLife = 90
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    moves_thresholds: bool = True
    new_trader_days: Days = 30
    keep_items: Annotated[int, Field(ge=2_048)] = 300_000
    max_traders: Annotated[int, Field(ge=8)] = 100_000
    max_patterns: Annotated[int, Field(ge=8)] = 200_000
    max_offices: Annotated[int, Field(ge=1, le=120)] = 100


class Drift(Section):
    delta: Annotated[float, Field(gt=0, lt=1)] = 0.002
    batch_items: Annotated[int, Field(ge=1, le=5_000)] = 500
    stability_index: Annotated[float, Field(gt=0)] = 0.25
    test_items: Annotated[int, Field(ge=100)] = 2_000


class Silence(Section):
    improbable: Annotated[float, Field(gt=0, lt=1)] = 1e-9
    weeks: Annotated[float, Field(ge=1, le=52)] = 3
    max_submitters: Annotated[int, Field(ge=1, le=120)] = 50


class Indicators(Section):
    every_hours: Annotated[float, Field(gt=0, le=8_760)] = 24


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

    def version(self) -> str:
        """Which code and configuration an assessment came from: release and a digest of all values."""
        return f"{__version__}+{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]}"


def _digest(told: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def parse_pipeline(text: str) -> Pipeline:
    """Raises tomllib.TOMLDecodeError, or pydantic.ValidationError with every fault."""
    return Pipeline.model_validate(tomllib.loads(text))
