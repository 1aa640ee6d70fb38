"""pipeline.toml as one typed object. Unknown keys and values out of range are faults, and all of them are reported at once."""

import hashlib
import tomllib
from inspect import signature
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stream_app import __version__
from stream_app.contracts.decode import Limits
from stream_app.detectors.base import Detector
from stream_app.detectors.registry import detector_classes

Share = Annotated[float, Field(gt=0, le=1)]
Days = Annotated[float, Field(gt=0, le=36_500)]
Count = Annotated[int, Field(ge=1)]


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
    half_life_days: Days = 180


class PValues(Section):
    window: Annotated[int, Field(ge=100, le=1_000_000)] = 4_096
    tail_share: Annotated[float, Field(gt=0, le=0.2)] = 0.02


class Selection(Section):
    budget: Share = 0.02
    non_compliance_share: Annotated[float, Field(ge=0, le=1)] = 0.25
    warm_up_items: Count = 500
    mature_items: Count = 5_000


class Severity(Section):
    medium: Share = 0.010
    high: Share = 0.004
    critical: Share = 0.001


class NonCompliance(Section):
    half_life_days: Days = 365
    strength: Annotated[float, Field(gt=0)] = 1.0
    prior: Annotated[float, Field(gt=0, lt=1)] = 0.1
    max_keys: Count = 200_000
    mature_outcomes: Count = 500


class Outcomes(Section):
    keep_days: Days = 90
    keep_declarations: Count = 200_000
    early: Count = 10_000
    late_days: Days = 30


def _all_detectors() -> dict[str, dict[str, Any]]:
    return {name: {} for name in detector_classes()}


class Pipeline(Section):
    """Everything an administration tunes."""

    limits: LimitsSection = LimitsSection()
    breaker: Breaker = Breaker()
    profiles: Profiles = Profiles()
    p_values: PValues = PValues()
    selection: Selection = Selection()
    severity: Severity = Severity()
    non_compliance: NonCompliance = NonCompliance()
    outcomes: Outcomes = Outcomes()
    detectors: dict[str, dict[str, Any]] = Field(default_factory=_all_detectors)

    @model_validator(mode="after")
    def _known_detectors(self) -> "Pipeline":
        """Every table [detectors.NAME] names a detector and parameters that it takes."""
        classes = detector_classes()
        faults = [f"no detector {name!r}; there are {', '.join(classes)}" for name in self.detectors if name not in classes]
        for name, table in self.detectors.items():
            known = {"weight", *signature(classes[name].__init__).parameters} if name in classes else table.keys()
            faults += [f"detector {name!r} takes no {key!r}" for key in table if key not in known]
            if not 0 < table.get("weight", 1.0) < float("inf"):
                faults.append(f"detector {name!r}: weight must be greater than 0")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def build_detectors(self) -> dict[str, Detector]:
        """A fresh detector for every table, in the order of the file."""
        classes = detector_classes()
        return {name: classes[name](**{k: v for k, v in table.items() if k != "weight"}) for name, table in self.detectors.items()}

    def weights(self) -> dict[str, float]:
        """Weights of the detectors' p-values, mean 1 (Genovese, Roeder and Wasserman, Biometrika 2006)."""
        classes = detector_classes()
        raw = {name: float(table.get("weight", classes[name].weight)) for name, table in self.detectors.items()}
        mean = sum(raw.values()) / max(len(raw), 1)
        return {name: weight / mean for name, weight in raw.items()}

    def record_limits(self) -> Limits:
        return Limits(**self.limits.model_dump())

    def version(self) -> str:
        """Which code and configuration an assessment came from: release and a digest of all values."""
        return f"{__version__}+{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]}"


def parse_pipeline(text: str) -> Pipeline:
    """Raises tomllib.TOMLDecodeError, or pydantic.ValidationError with every fault."""
    return Pipeline.model_validate(tomllib.loads(text))
