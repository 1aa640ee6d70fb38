"""milestones.ndjson, a day after the other: of a written world, or while it is made."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from stream_app.simulate.clearance.milestones import Slow, of_day
from stream_app.simulate.clearance.officers import Officers
from stream_app.simulate.clearance.reading import Lodged, by_day
from stream_app.simulate.clearance.sorting import DAY_S, Sorter
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.events import Controlled
from stream_app.simulate.rhythm import midnight

STREAM = 7_300
EARLIEST_STEP_DAYS = 4
SLOW_FROM = 0.6
"""When of a world's days the slow segment begins."""
BUFFER_BYTES = 1 << 20


def draws(config: WorldConfig, day: int | None = None) -> np.random.Generator:
    """Of what is planted, or of a day (since 1970)."""
    return np.random.default_rng([config.seed, STREAM, 0 if day is None else 1 + day])


def slow_segment(config: WorldConfig, officers: Officers) -> Slow:
    return Slow(officers.pair_office, midnight(config.start, int(SLOW_FROM * config.days)))


class StepsWriter:
    """Officers are chosen by the first day's declarations. Memory: some days of steps, a month where files are open."""

    def __init__(self, config: WorldConfig, folder: Path) -> None:
        self._config = config
        self._file = (folder / "milestones.ndjson").open("wb", BUFFER_BYTES)
        self._sorter = Sorter(self._file)
        self._officers: Officers | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def add_lines(self, lines: bytes, controls: Mapping[str, Controlled]) -> None:
        """Declarations as lines, whole days of them."""
        for day, declarations in by_day(lines.splitlines()):
            self.add(day, declarations, controls)

    def add(self, day: int, declarations: Sequence[Lodged], controls: Mapping[str, Controlled]) -> None:
        """The declarations first lodged on a day (since 1970), and what controls them."""
        if self._officers is None:
            self._officers = Officers(draws(self._config), declarations)
        slow = slow_segment(self._config, self._officers)
        self._sorter.add(*of_day(draws(self._config, day), declarations, controls, self._officers, slow))
        # A file is open for a month at the most, and goods arrived some days before they were declared.
        self._sorter.flush((day - EARLIEST_STEP_DAYS) * DAY_S)

    def end(self) -> int:
        """All that is left; the number of lines."""
        self._sorter.flush()
        return self._sorter.lines
