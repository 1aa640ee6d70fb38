"""[instruments] of pipeline.toml: what an administration tunes of each instrument. docs/: the page of each."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stream_app.section import Count, Days, Section

Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
HS6 = Annotated[str, Field(pattern="^[0-9]{6}$")]
Factor = Annotated[float, Field(ge=0, le=1)]


class LaneSection(Section):
    distance_km: Annotated[float, Field(gt=0, le=21_000)]
    contiguous: bool = False


class MirrorSection(Section):
    """`partners`: whose exports come in; without any the service compares nothing, and a replay compares whoever is in its file. `concordance`:
    (edition, HS6, later edition, HS6) of codes that became one another, beside those of the release."""

    country: Country | None = None
    partners: tuple[Country, ...] = ()
    basis: Literal["dispatch", "origin"] = "dispatch"
    pending_days: Annotated[float, Field(ge=30, le=60)] = 45
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.15
    default_freight: Factor = 0.10
    freight_by_lane: dict[Country, Factor] = Field(default_factory=dict)
    lanes: dict[Country, LaneSection] = Field(default_factory=dict)
    duty_rates: dict[HS6, Annotated[float, Field(ge=0, le=30)]] = Field(default_factory=dict)
    concordance: tuple[tuple[int, HS6, int, HS6], ...] = ()
    max_cells: Count = 100_000
    max_consignments: Count = 100_000
    keep_months: Count = 24

    @model_validator(mode="after")
    def _ours(self) -> "MirrorSection":
        if self.partners and self.country is None:
            raise ValueError("country must be set where partners are: it is the other half of a lane")
        return self


class TimeReleaseSection(Section):
    targets: dict[Annotated[str, Field(pattern=r"^(total|T\d{1,2}-T\d{1,2})$")], Annotated[float, Field(gt=0)]] = Field(
        default_factory=lambda: {"total": 48.0}
    )
    keep_days: Days = 30
    settle_hours: Annotated[float, Field(ge=0, le=8_760)] = 48
    max_journeys: Count = 100_000
    max_groups: Count = 20_000
    max_rhythms: Count = 2_000


class PerformanceSection(Section):
    minimum_files: Annotated[int, Field(ge=2)] = 30
    minimum_cases: Annotated[int, Field(ge=2)] = 10
    minimum_pairs: Annotated[int, Field(ge=2)] = 10
    keep_days: Days = 400
    max_files: Count = 100_000
    tell_every_days: Days = 7
    tell_days: Days = 91
    utc_offset_hours: Annotated[float, Field(ge=-12, le=14)] = 0.0


class SeizuresSection(Section):
    half_life_days: Annotated[float, Field(ge=30, le=36_500)] = 180
    max_cases: Count = 50_000
    max_groups: Count = 50_000


class DataQualitySection(Section):
    minimum_declarations: Count = 30
    max_submitters: Count = 2_000
    max_panes: Count = 100_000
    max_waiting: Count = 100_000
    keep_days: Days = 400


class ForecastsSection(Section):
    horizon_days: Annotated[int, Field(ge=1, le=90)] = 28
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    max_series: Count = 400
    max_waiting: Count = 100_000
    utc_offset_hours: Annotated[float, Field(ge=-12, le=14)] = 0.0


class InstrumentsSection(Section):
    """`beside`: what the service runs on every declaration; the report and a replay run them anyway."""

    beside: tuple[Literal["data_quality", "forecasts"], ...] = ()
    mirror: MirrorSection = MirrorSection()
    time_release: TimeReleaseSection = TimeReleaseSection()
    performance: PerformanceSection = PerformanceSection()
    seizures: SeizuresSection = SeizuresSection()
    data_quality: DataQualitySection = DataQualitySection()
    forecasts: ForecastsSection = ForecastsSection()

    def of_recorded(self) -> "InstrumentsSection":
        """For what was recorded: a study has the time, and the memory, to hold it all. A service has not."""
        return self.model_copy(
            update={
                "time_release": self.time_release.model_copy(update={"max_groups": 1_000_000, "max_journeys": 1_000_000}),
                "performance": self.performance.model_copy(update={"keep_days": 800.0, "max_files": 2_000_000}),
                "data_quality": self.data_quality.model_copy(update={"keep_days": 800.0, "max_panes": 1_000_000, "max_submitters": 20_000}),
                "forecasts": self.forecasts.model_copy(update={"max_waiting": 2_000_000, "max_series": 1_000}),
            }
        )
