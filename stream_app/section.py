"""What every table of pipeline.toml shares, whoever reads it: its values are what they were read as, and an unknown key is a fault."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(gt=0, le=1)]
Days = Annotated[float, Field(gt=0, le=36_500)]
HalfLife = Annotated[float, Field(ge=30, le=36_500)]  # a float holds 1,000 half-lives: 82 years of 30 days
Count = Annotated[int, Field(ge=1)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
