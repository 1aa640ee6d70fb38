"""What an administration tunes about movements: [movements] of pipeline.toml."""

from typing import Annotated, Any

from pydantic import Field, field_validator

from stream_app.detectors.movements.base import MovementDetector
from stream_app.detectors.movements.voyages import Voyages
from stream_app.detectors.registry import movement_detector_classes
from stream_app.engine.tables import build, complete_tables, weights
from stream_app.section import Count, Days, HalfLife, Section


class Movements(Section):
    """Every key has a default."""

    budget: Annotated[float, Field(gt=0, le=1)] = 0.015
    window: Annotated[int, Field(ge=100, le=1_000_000)] = 2_000
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.25
    reserve: Annotated[float, Field(gt=0, le=100)] = 0.5
    rare: Annotated[float, Field(gt=0, le=0.1)] = 0.002
    warm_up_events: Count = 3_000
    mature_events: Count = 30_000
    close_days: Days = 14
    silence_days: Days = 60
    max_containers: Annotated[int, Field(ge=8)] = 1_000_000
    overdue_days: Days = 10
    max_deadlines: Annotated[int, Field(ge=8)] = 1_000_000
    half_life_days: HalfLife = 90
    detectors: dict[str, dict[str, Any]] = Field(default_factory=dict, validate_default=True)

    @field_validator("detectors", mode="after")
    @classmethod
    def _complete(cls, tables: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return complete_tables(tables, movement_detector_classes())

    def build_detectors(self) -> dict[str, MovementDetector]:
        """A fresh detector for every table."""
        return build(self.detectors, movement_detector_classes())

    def weights(self) -> dict[str, float]:
        """Weights of the detectors' p-values, mean 1."""
        return weights(self.detectors)

    def voyages(self) -> Voyages:
        return Voyages(self.close_days, self.silence_days)
