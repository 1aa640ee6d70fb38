"""Plots of the report as SVG that stands in the page: no files, no fonts, no scripts. The same figures give the same text."""

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from matplotlib import dates, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from stream_app.instruments.base import Plain

INK, SOFT, GOOD, WARM, BAD = "#2b3a4a", "#8a97a6", "#3a9d6e", "#e0a030", "#c0392b"
WIDTH, BAR, HEAD = 8.2, 0.3, 0.9
STYLE: Any = {"svg.hashsalt": "tidewaiter", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9, "axes.edgecolor": SOFT}


def bars(names: Sequence[str], values: Sequence[float], label: str, colours: Sequence[str] | str = INK) -> str:
    """Horizontal bars with their values; "" where there is nothing to draw."""
    if not names:
        return ""

    def draw(axes: Axes) -> None:
        places = range(len(names))
        axes.barh(places, values, color=colours, height=0.68)
        for place, value in zip(places, values, strict=True):
            axes.annotate(_written(value), (value, place), (4 if value >= 0 else -4, 0), textcoords="offset points", va="center",
                          ha="left" if value >= 0 else "right", fontsize=8)  # fmt: skip
        axes.set_yticks(places, names)
        axes.invert_yaxis()
        axes.margins(x=0.16)
        axes.axvline(0, color=SOFT, linewidth=0.8)
        axes.set_xlabel(label)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _written(value)))

    return _svg(draw, HEAD + BAR * len(names))


def forecast(line: Plain, title: str) -> str:
    """A daily series, its forecast and the interval of it."""
    if not line["past"]:
        return ""

    def draw(axes: Axes) -> None:
        axes.plot([_day(one) for one in line["past"]], [one["value"] for one in line["past"]], color=INK, linewidth=1.1, label="recorded")
        ahead = line["forecast"]
        axes.plot([_day(one) for one in ahead], [one["value"] for one in ahead], color=WARM, linewidth=1.4, label="forecast")
        known = [one for one in ahead if one["lower"] is not None]
        low, high = [one["lower"] for one in known], [one["upper"] for one in known]
        axes.fill_between([_day(one) for one in known], low, high, color=WARM, alpha=0.25, linewidth=0, label="interval")
        timescale: Any = dates  # matplotlib's types leave its dates out
        locator = timescale.AutoDateLocator()
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(timescale.ConciseDateFormatter(locator))
        axes.margins(y=0.25)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _written(value)))
        axes.set_title(title, loc="left", fontsize=10)
        axes.legend(frameon=False, ncols=3, loc="upper left", fontsize=8)

    return _svg(draw, 2.6)


def _day(one: Plain) -> Any:
    return datetime.fromisoformat(one["day"])


def _written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.4g}"


def _svg(draw: Callable[[Axes], None], height: float) -> str:
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots()
        draw(axes)
        axes.spines[["top", "right"]].set_visible(False)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    return inline(out.getvalue())


def inline(svg: str) -> str:
    """Without what only a file of its own needs."""
    return svg[svg.index("<svg") :]
