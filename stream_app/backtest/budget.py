"""`--budget 2%` and `--budget 40/day/office`: another capacity for a configuration, all else as it is."""

import re
from dataclasses import dataclass

from stream_app.engine.pipeline import Pipeline
from stream_app.engine.selection.capacity import EVERY_OTHER
from stream_app.engine.settings.selection import Selection

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_PER_DAY = re.compile(r"(\d+)/day/office")


@dataclass(frozen=True, slots=True)
class Budget:
    """A share of all goods items, or goods items a day at every office; the other is None."""

    share: float | None = None
    per_day: int | None = None

    def of(self, pipeline: Pipeline) -> Pipeline:
        """The configuration with this capacity for every office, instead of those that it names. The days are those of `utc_offset_hours`.

        What is drawn at random or mandatory counts towards a day's capacity, and is not held back by it.
        """
        offices = {} if self.per_day is None else {EVERY_OTHER: {"per_day": self.per_day}}
        changes = {"offices": offices} if self.share is None else {"offices": offices, "budget": self.share}
        selection = Selection.model_validate(pipeline.selection.model_dump() | changes)
        return pipeline.model_copy(update={"selection": selection})

    def __str__(self) -> str:
        return f"{self.per_day}/day/office" if self.share is None else f"{100.0 * self.share:g}%"


def parse_budget(text: str) -> Budget:
    """Raises ValueError with what would have been understood."""
    if found := _SHARE.fullmatch(text.strip()):
        share = float(found[1]) / 100.0
        if 0.0 < share <= 1.0:
            return Budget(share=share)
    elif (found := _PER_DAY.fullmatch(text.strip())) and int(found[1]):
        return Budget(per_day=int(found[1]))
    raise ValueError("a budget is a share of the goods items like 2%, or a capacity like 40/day/office")
