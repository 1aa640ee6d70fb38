"""What is kept of the service's own work: feedback, drift, silence, and how often it is told."""

from typing import Annotated

from pydantic import Field

from stream_app.section import Days, HalfLife, Section


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
