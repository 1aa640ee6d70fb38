"""What is selected for control, by whom, and how what is selected is graded and routed."""

from math import fsum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from stream_app.contracts.control_lists import MAX_DAYS
from stream_app.section import Count, Days, Ratio, Section, Share


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
