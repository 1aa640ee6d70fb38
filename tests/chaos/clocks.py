"""A clock that jumps under a running worker: libfaketime between the process and its system, the monotonic clock as it is (as when NTP steps)."""

import importlib.util
from pathlib import Path

from tests.chaos.case import Case, Scene

HOUR, DAY = 3_600, 86_400
JUMPS = (HOUR, -HOUR, 5 * DAY, -60 * DAY, 0)
"""Seconds from the right time."""


def library() -> Path | None:
    """libfaketime as its Python distribution brings it; None where that has none for this machine."""
    found = importlib.util.find_spec("libfaketime")
    places = [Path(place) for place in found.submodule_search_locations or ()] if found is not None else []
    return next((file for place in places for file in place.rglob("libfaketime.so.1")), None)


def missing() -> str | None:
    return None if library() is not None else "libfaketime has no library for this machine"


def jumps(scene: Scene) -> None:
    """Ahead and back by an hour, by five days and by sixty, while declarations flow."""
    file = scene.folder / "clock"
    file.write_text("+0")
    scene.stage.start("a", **shifted(file))

    def jump(number: int) -> None:
        file.write_text(f"{JUMPS[number]:+d}")

    scene.flow_through(jump, len(JUMPS))
    scene.facts["jumps"] = len(JUMPS)


def shifted(file: Path) -> dict[str, str]:
    """A process with this environment adds the seconds in the file to its time of day."""
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


CASES = (Case("clock_jumps", "the clock jumps by hours and days, both ways", jumps, missing=missing),)
