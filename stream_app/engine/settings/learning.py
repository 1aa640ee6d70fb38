"""How long learned state remembers, how much of it there is, and when it has learned enough."""

from typing import Annotated

from pydantic import Field

from stream_app.section import Count, Days, HalfLife, Section


class Profiles(Section):
    half_life_days: HalfLife = 180


class PValues(Section):
    window: Annotated[int, Field(ge=100, le=1_000_000)] = 8_192
    tail_share: Annotated[float, Field(gt=0, le=0.2)] = 0.02
    exponent: Annotated[float, Field(ge=1, le=20)] = 2.0


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
    max_items: Annotated[int, Field(ge=1_000, le=1_000_000)] = 50_000
    seed: int = 42
