"""Events per second of each instrument on one core, and what one holds when it is full. `python -m stream_app.bench.instruments`: one JSON object.

Events are made before the clock runs. Bytes are those of tracemalloc: what Python holds on behalf of the instrument, in a run of its own, since
tracing slows everything down.
"""

import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import orjson

from stream_app.contracts.declaration import Declaration, GoodsItem
from stream_app.contracts.export import Export
from stream_app.contracts.milestone import USUAL_ACTOR, Milestone
from stream_app.contracts.outcome import Outcome
from stream_app.contracts.seizure import Seizure
from stream_app.instruments.base import Event, Instrument
from stream_app.instruments.data_quality import DataQuality
from stream_app.instruments.forecasts import Forecasts
from stream_app.instruments.mirror import MirrorAnalysis
from stream_app.instruments.performance import Performance
from stream_app.instruments.seizures import Seizures
from stream_app.instruments.time_release import TimeRelease

START = 1_772_323_200.0  # 2026-03-01T00:00:00Z
HOUR, DAY = 3_600.0, 86_400.0
EVENTS, REPEATS = 60_000, 3
COUNTRIES = ("CN", "VN", "IN", "TR", "US", "BR", "DE", "BE")
LANES = ("green", "green", "green", "yellow", "red", "blue")


def milestones(count: int) -> Iterator[Milestone]:
    """Whole journeys of eight steps, 2,000 a day at 20 offices."""
    draw = random.Random(1)
    steps = ("T0", "T1", "T3", "T4", "T5", "T6", "T11", "T12")
    for number in range(count // len(steps)):
        at, office, lane = START + number / 2_000 * DAY, f"NL{number % 20:06d}", draw.choice(LANES)
        for name in steps:
            at += draw.lognormvariate(1.0, 0.8) * HOUR
            officer = f"O-{number % 200}"
            yield Milestone(f"D-{number}", "T-1", name, "", at, office, officer, lane, str(number % 4), None, USUAL_ACTOR[name], False)


def declarations(count: int) -> Iterator[Declaration]:
    """One goods item each, of 400 HS codes from eight countries."""
    draw = random.Random(2)
    for number in range(count):
        country, value = draw.choice(COUNTRIES), draw.lognormvariate(7.0, 1.0)
        item = GoodsItem(1, f"{100_000 + number % 400 * 37}", country, None, "40", None, value / 10, None, None, None, value, 5.0, None)
        yield Declaration(
            f"D-{number}", 1, "import", "", START + number / 10_000 * DAY, f"NL{number % 20:06d}", "40", f"A-{number % 300}", f"T-{number % 5_000}",
            None, None, None, "1", country, "EUR", 1.0, (), [item], ucr=f"U-{number}",
        )  # fmt: skip


def exports(count: int) -> Iterator[Event]:
    """A partner's record and our import of it in turn, both with a UCR."""
    for number, declaration in enumerate(declarations(count // 2)):
        item = declaration.items[0]
        value, mass, country = item.customs_value, item.net_mass_kg, declaration.departure_country
        at = declaration.lodged_epoch
        yield Export(
            f"E-{number}",
            country,
            "NL",
            country,
            False,
            item.hs_code,
            2022,
            "",
            at,
            None,
            value,
            "EUR",
            1.0,
            mass,
            None,
            None,
            "1",
            f"U-{number}",
            (),
        )
        yield declaration


def files(count: int) -> Iterator[Event]:
    """Declaration, acceptance, check and outcome of each."""
    for number, declaration in enumerate(declarations(count // 4)):
        at, office, officer = declaration.lodged_epoch, declaration.office, f"O-{number % 200}"
        yield declaration
        for name, later in (("T4", HOUR), ("T6", 5 * HOUR)):
            yield Milestone(f"D-{number}", "T-1", name, "", at + later, office, officer, "yellow", "1", None, USUAL_ACTOR[name], False)
        yield Outcome(f"R-{number}", f"D-{number}", "T-1", 1, "physical", "risk", number % 9 == 0, False, "", at + 9 * HOUR)


def cases(count: int) -> Iterator[Seizure]:
    """Cases of 80 chapters on 64 routes."""
    draw = random.Random(3)
    for number in range(count):
        origin, departure = draw.choice(COUNTRIES), draw.choice(COUNTRIES)
        at = START + number * 600.0
        goods = f"{number % 80 + 10}", origin, departure, (), "NL", "vessel"
        yield Seizure(f"C-{number}", "BE", "", at, "drugs", *goods, "in_goods", "scanner", None, 10.0, "KGM", None, None, False)


SIDES: dict[str, tuple[Callable[[], Instrument], Callable[[int], Iterator[Event]]]] = {
    "mirror": (lambda: MirrorAnalysis(country="NL"), exports),
    "time_release": (TimeRelease, milestones),
    "performance": (Performance, files),
    "seizures": (Seizures, cases),
    "data_quality": (DataQuality, declarations),
    "forecasts": (Forecasts, declarations),
}


def rates(events: int = EVENTS, repeats: int = REPEATS) -> dict[str, float]:
    """Events per second, the median of the repeats, sides in turn."""
    made = {name: list(make(events)) for name, (_, make) in SIDES.items()}
    found: dict[str, list[float]] = {name: [] for name in SIDES}
    for _ in range(repeats):
        for name, (build, _) in SIDES.items():
            instrument, begun = build(), time.perf_counter()
            for event in made[name]:
                instrument.learn(event)
                instrument.take()
            found[name].append(len(made[name]) / (time.perf_counter() - begun))
    return {name: round(median(values)) for name, values in found.items()}


def memory(events: int = EVENTS) -> dict[str, dict[str, Any]]:
    """MiB held after the events, and rows by table."""
    found = {}
    for name, (build, make) in SIDES.items():
        made = list(make(events))
        tracemalloc.start()
        instrument = build()
        for event in made:
            instrument.learn(event)
            instrument.take()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        found[name] = {"mib": round(held / 2**20, 1), "rows": {table: rows for table, (rows, _) in instrument.sizes().items()}}
    return found


def main(events: int) -> dict[str, Any]:
    """What `python -m stream_app.bench.instruments EVENTS` tells."""
    return {"events": events, "repeats": REPEATS, "events_per_second": rates(events), "memory": memory(events)}


if __name__ == "__main__":
    print(orjson.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS), option=orjson.OPT_INDENT_2).decode())
