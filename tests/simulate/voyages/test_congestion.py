"""A week in which everything stands twice as long."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mean, median

import pytest

from stream_app.simulate import WorldConfig
from stream_app.simulate.rhythm import midnight

from .conftest import Move, Sailed, actual, at, sailed

PLAIN = WorldConfig(seed=31, days=21, declarations_per_day=400, traders=300, scheme_share=0, movements=True)
WEEK = (7, 14)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sailed, Sailed]:
    """Without and with congestion from day 7 to 13."""
    folder: Callable[[str], Path] = tmp_path_factory.mktemp
    return sailed(PLAIN, folder("plain")), sailed(replace(PLAIN, congestion_day=7), folder("congested"))


def stays(world: Sailed, start: str, end: str, location: str, days: tuple[int, int]) -> list[float]:
    """Hours from one kind of event to the next at a port terminal, for stays that begin within these days of the world."""
    opening, closing = midnight(PLAIN.start, days[0]), midnight(PLAIN.start, days[1])
    found = []
    for moves in world.clean().values():
        here: list[Move] = [
            move for move in actual(moves) if move["facility"]["un_location_code"] == location and move["facility"].get("type") == "POTE"
        ]
        starts = [at(move) for move in here if move["event_type"] == start]
        ends = [at(move) for move in here if move["event_type"] == end]
        if starts and ends and opening <= starts[-1] < closing:
            found.append((ends[-1] - starts[-1]) / 3600)
    return found


def test_stays_from_release_to_gate_out_double_in_that_week_and_only_then(worlds: tuple[Sailed, Sailed]) -> None:
    plain, congested = (stays(world, "CUSR", "GTOT", "NLRTM", WEEK) for world in worlds)
    assert min(len(plain), len(congested)) > 500
    # Gates that open in the morning only move both medians up by some hours.
    assert 1.5 < median(congested) / median(plain) < 2.2
    before = [median(stays(world, "CUSR", "GTOT", "NLRTM", (0, 7))) for world in worlds]
    assert before[1] / before[0] == pytest.approx(1, abs=0.15)


def test_transshipments_double_too_where_and_when_they_are_congested(worlds: tuple[Sailed, Sailed], tmp_path: Path) -> None:
    def waits(world: Sailed) -> list[float]:
        return sorted(stays(world, "DISC", "LOAD", "SGSIN", (-60, 60)))

    assert waits(worlds[0]) == waits(worlds[1])  # a week of January is none for those who were in Singapore in December
    december = sailed(replace(PLAIN, congestion_day=-40, congestion_days=40), tmp_path)
    assert len(waits(december)) > 500
    assert 1.6 < mean(waits(december)) / mean(waits(worlds[0])) < 2.4


def test_declarations_do_not_depend_on_congestion_but_for_the_ship(worlds: tuple[Sailed, Sailed]) -> None:
    plain, congested = worlds
    shipless = [[{field: value for field, value in paper.items() if field != "vessel_imo"} for paper in world.declarations] for world in worlds]
    assert shipless[0] == shipless[1]
    assert plain.outcomes == congested.outcomes
