"""A picture in four lines of text: the peers' curve in blocks, the axis with the value on it, and the numbers below."""

from rich.text import Text

from stream_app.explain.picture import Picture
from stream_app.explain.texts import Catalogue

BLOCKS = " ▁▂▃▄▅▆▇█"
ROWS = 2
USUAL, UNUSUAL, VALUE, AXIS = "green", "bright_black", "bold red", "bright_black"


def strip(picture: Picture, catalogue: Catalogue, width: int) -> Text:
    """`width` columns wide; the usual range green, the value red."""
    text = Text(no_wrap=True)
    for row in range(ROWS - 1, -1, -1):
        text.append(_curve(picture, width, row)).append("\n")
    return text.append(_axis(picture, width)).append("\n").append(_numbers(picture, catalogue, width))


def _curve(picture: Picture, width: int, row: int) -> Text:
    """One row of the curve, 0 the lowest."""
    steps = len(BLOCKS) - 1
    heights = [round(picture.density((column + 0.5) / width) * ROWS * steps) - row * steps for column in range(width)]
    line = Text("".join(BLOCKS[max(0, min(steps, height))] for height in heights), style=UNUSUAL)
    line.stylize(USUAL, _column(picture, picture.lower, width), _column(picture, picture.upper, width) + 1)
    return line


def _axis(picture: Picture, width: int) -> Text:
    marks = {_column(picture, value, width): mark for value, mark in ((picture.lower, "├"), (picture.upper, "┤"), (picture.typical, "┼"))}
    line = Text("".join(marks.get(column, "─") for column in range(width)), style=AXIS)
    lower, upper, value = (_column(picture, at, width) for at in (picture.lower, picture.upper, picture.actual))
    line.stylize(USUAL, lower, upper + 1)
    return line[:value].append("▲", style=VALUE).append(line[value + 1 :])


def _numbers(picture: Picture, catalogue: Catalogue, width: int) -> Text:
    """Each number below its mark; where two would touch, the value before the typical one, and that before the range's ends."""
    taken: list[tuple[int, str, str]] = []
    for value, style in ((picture.actual, VALUE), (picture.typical, USUAL), (picture.lower, AXIS), (picture.upper, AXIS)):
        figure = catalogue.numbers.number(value)
        start = max(0, min(width - len(figure), _column(picture, value, width) - len(figure) // 2))
        if all(start > other + len(told) or start + len(figure) < other for other, told, _ in taken):
            taken.append((start, figure, style))
    line = Text()
    for start, figure, style in sorted(taken):
        line.append(" " * (start - len(line))).append(figure, style=style)
    return line


def _column(picture: Picture, value: float, width: int) -> int:
    return min(width - 1, int(picture.place(value) * width))
