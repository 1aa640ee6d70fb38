"""The PNG, decoded again: its size, its colours, and where they are."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from stream_app.contracts.assessment import Alert
from stream_app.contracts.declaration import Declaration
from stream_app.explain.png import BAR, DPI, HEAD, HEIGHT, PEERS, VALUE, WIDTH, write_png
from stream_app.explain.texts import english
from tests.explain.conftest import cheap, irregular, known

Made = Callable[..., Alert]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "alert.png"


def columns(image: np.ndarray, colour: str) -> np.ndarray:
    """In which columns a colour is, as shares of the width."""
    near = np.abs(image[:, :, :3] - np.array(to_rgb(colour))).max(axis=2) < 0.02
    return np.flatnonzero(near.any(axis=0)) / image.shape[1]


def test_each_reason_that_can_be_drawn_has_a_panel(made: Made, target: Path) -> None:
    assert write_png(made(reasons=[cheap(), irregular(), known()]), english(), target)
    image = imread(target)
    sides = (HEIGHT + HEAD + 3 * BAR) * DPI, WIDTH * DPI
    assert image.shape[:2] == pytest.approx(sides, abs=1.0), "a value on its axis, and three rates"
    assert image.std() > 0.05, "not blank"


def test_the_value_is_drawn_left_of_peers_that_it_is_far_below_and_right_of_those_it_is_far_above(made: Made, target: Path) -> None:
    for actual, side in ((2.0, 0.25), (200.0, 0.75)):
        write_png(made(reasons=[replace(cheap(), actual=actual)]), english(), target)
        upper = imread(target)[: int(0.7 * HEIGHT * DPI)]  # without the legend, which is below
        (place,) = {round(share, 1) for share in [float(np.median(columns(upper, VALUE)))]}
        assert (place < side) if side < 0.5 else (place > side)


def test_the_bar_of_the_group_compared_with_is_the_longest_where_its_rate_is_the_highest(made: Made, target: Path) -> None:
    write_png(made(reasons=[irregular()]), english(), target)
    image = imread(target)
    assert columns(image, VALUE).max() > columns(image, PEERS).max()


def test_nothing_to_draw_writes_nothing(made: Made, target: Path) -> None:
    assert not write_png(made(reasons=[known()]), english(), target)
    assert not target.exists()


def test_a_text_with_dollar_signs_is_no_mathematics(made: Made, target: Path) -> None:
    odd = cheap()
    odd.code, odd.text, odd.unit, odd.feature = "from_the_future", r"costs $\frac{1$ of what $ others cost", "$", "x"
    assert write_png(made(reasons=[odd]), english(), target)


def test_whatever_the_engine_alerts_on_can_be_drawn(alerts: list[tuple[Declaration, Alert]], target: Path) -> None:
    drawn = sum(write_png(alert, english(), target) for _, alert in alerts[:8])
    assert drawn >= 4
