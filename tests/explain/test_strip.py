"""The plot in a terminal: four lines, the value where it lies."""

import pytest
from rich.text import Text

from stream_app.explain.picture import picture
from stream_app.explain.strip import strip
from stream_app.explain.texts import english
from tests.explain.conftest import cheap


def plotted(width: int = 64, **changes: float) -> list[Text]:
    reason = cheap()
    for name, value in changes.items():
        setattr(reason, name, value)
    seen = picture(reason)
    assert seen is not None
    return list(strip(seen, english(), width).split("\n"))


def test_the_value_stands_far_left_of_its_peers_when_it_is_far_below_them() -> None:
    *curve, axis, numbers = plotted()
    assert axis.plain.index("▲") < 10 < axis.plain.index("├") < axis.plain.index("┼") < axis.plain.index("┤")
    assert numbers.plain.split() == ["2", "13.4", "20", "29.9"]
    peak = curve[0].plain.index("█")
    assert abs(peak - axis.plain.index("┼")) < 5, "the curve is highest at the typical value"
    assert curve[1].plain[:10].strip() == "", "and no peer lies where the value does"


def test_the_usual_range_is_green_and_the_value_red() -> None:
    axis = plotted()[-2]
    styles = {axis.plain[span.start : span.end]: str(span.style) for span in axis.spans}
    assert any(style == "green" and text.startswith("├") and text.endswith("┤") for text, style in styles.items())
    assert styles["▲"] == "bold red"


def test_a_number_stands_below_its_mark() -> None:
    axis, numbers = (line.plain for line in plotted()[-2:])
    assert abs(axis.index("▲") - numbers.index("2")) <= 1
    assert abs(axis.index("┼") - numbers.index("20") - 1) <= 1


def test_numbers_that_would_touch_are_left_out_the_value_last_of_all() -> None:
    numbers = plotted(width=20, actual=19.0)[-1].plain.split()
    assert "19" in numbers
    assert len(numbers) < 4


@pytest.mark.parametrize("width", [10, 64, 120])
def test_every_line_fits(width: int) -> None:
    assert all(len(line.plain) <= width for line in plotted(width))
