"""Movements and truth written by a second process: the same bytes, and its faults are ours."""

from dataclasses import replace
from pathlib import Path

import pytest

from stream_app.simulate import WorldConfig, write_world
from stream_app.simulate.clearance import Totals, write_clearance
from stream_app.simulate.generate import drawn_days
from stream_app.simulate.voyages.stream import VoyageBook
from stream_app.simulate.voyages.telling import Teller

from .conftest import lines

CONFIG = WorldConfig(seed=5, days=4, declarations_per_day=150, traders=200, movements=True)


def test_a_second_process_writes_the_same_world_and_others_write_meanwhile(tmp_path: Path) -> None:
    alone, apart, totals = tmp_path / "alone", tmp_path / "apart", Totals()
    expected = write_world(CONFIG, alone)
    write_clearance(CONFIG, alone)
    found = write_world(CONFIG, apart, apart=True, meanwhile=lambda: _cleared(apart, totals), seen=totals.add, steps=True)
    assert replace(found, milestones=0) == expected
    assert found.milestones == len(lines(apart / "milestones.ndjson"))
    assert {file.name: file.read_bytes() for file in apart.iterdir()} == {file.name: file.read_bytes() for file in alone.iterdir()}
    assert len(list(apart.iterdir())) == 8


def _cleared(folder: Path, totals: Totals) -> None:
    write_clearance(CONFIG, folder, totals, steps=False)


def test_what_the_second_process_cannot_write_is_raised_here(tmp_path: Path) -> None:
    (tmp_path / "movements.ndjson").mkdir()
    with pytest.raises(IsADirectoryError):
        write_world(CONFIG, tmp_path, apart=True)


def test_what_was_written_ahead_is_told_as_it_would_have_been() -> None:
    def told(ahead: bool) -> list[list[str]]:
        book, teller = VoyageBook(CONFIG), Teller(CONFIG)
        found = []
        for number, _ in enumerate([*drawn_days(CONFIG, book), None]):
            found += [one.values for one in teller.tell(number, book.take())]
            while ahead and number < CONFIG.days and teller.write_ahead():
                pass
        return found

    assert told(True) == told(False) != []
