"""The reasons of an alert as one PNG: each value within its peers, and each path of rates as bars."""

from pathlib import Path
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from stream_app.contracts.assessment import Alert, Reason, Step
from stream_app.explain import wording
from stream_app.explain.picture import Picture, picture
from stream_app.explain.texts import Catalogue

POINTS = 400
PEERS, USUAL, VALUE, INK = "#8a97a6", "#3a9d6e", "#c0392b", "#333333"
WIDTH, HEIGHT, DPI = 8.5, 2.7, 110
HEAD, BAR = 0.95, 0.38
"""Inches: of a panel of bars around them, and of each bar."""
TITLE_WIDTH, RATES_TITLE_WIDTH, LABEL_WIDTH = 96, 68, 34
"""Characters of a line: of a panel's title, of one beside the labels of its bars, and of such a label."""


def drawable(reason: Reason) -> bool:
    """Whether there is a value on an axis, or a path of at least two rates, to draw."""
    return picture(reason) is not None or len(_rates(reason)) > 1


def _rates(reason: Reason) -> list[tuple[Step, float]]:
    """The groups of the path that show something, with what they show."""
    return [(step, step.value) for step in reason.path if step.value is not None]


def write_png(alert: Alert, catalogue: Catalogue, target: Path) -> bool:
    """One panel a reason that can be drawn; False, and no file, where none can. Raises OSError."""
    reasons = [reason for reason in alert.reasons if drawable(reason)]
    if not reasons:
        return False
    heights = [HEIGHT if picture(reason) is not None else HEAD + BAR * len(_rates(reason)) for reason in reasons]
    figure = Figure(figsize=(WIDTH, sum(heights)), dpi=DPI, layout="constrained")
    panels = figure.subplots(len(reasons), squeeze=False, height_ratios=heights)[:, 0]
    for axes, reason in zip(panels, reasons, strict=True):
        seen = picture(reason)
        if seen is not None:
            _draw_value(axes, seen, reason, catalogue)
        else:
            _draw_rates(axes, reason, catalogue)
        # Text of an alert is never mathematics, whatever dollar signs are in it.
        width = TITLE_WIDTH if seen is not None else RATES_TITLE_WIDTH
        axes.set_title(fill(wording.said(catalogue, reason), width), loc="left", fontsize=9, color=INK, parse_math=False)
        axes.spines[["top", "right", "left"]].set_visible(False)
    figure.savefig(target, format="png")
    return True


def _draw_value(axes: Axes, seen: Picture, reason: Reason, catalogue: Catalogue) -> None:
    """The axis is the picture's own, 0 to 1, so that both renderings put everything in the same place."""
    say, number = catalogue.text, catalogue.numbers.number
    places = [point / (POINTS - 1) for point in range(POINTS)]
    axes.fill_between(places, [seen.density(place) for place in places], color=PEERS, alpha=0.45, linewidth=0, label=say("page", "peers"))
    axes.axvspan(seen.place(seen.lower), seen.place(seen.upper), color=USUAL, alpha=0.14, linewidth=0, label=say("page", "usual_range"))
    axes.axvline(seen.place(seen.typical), color=USUAL, linestyle="--", linewidth=1.2, label=f"{say('page', 'typical')} {number(seen.typical)}")
    axes.axvline(seen.place(seen.actual), color=VALUE, linewidth=2.2, label=f"{say('page', 'this_item')} {number(seen.actual)}")
    axes.plot([seen.place(seen.actual)], [0.0], marker="^", color=VALUE, markersize=9, clip_on=False, zorder=5)
    axes.set(xlim=(0.0, 1.0), ylim=(0.0, 1.12), yticks=[])
    axes.xaxis.set_major_locator(FixedLocator([seen.place(tick) for tick in seen.ticks()]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda place, _: number(seen.value(place))))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(labelsize=8)
    unit = wording.unit(catalogue, reason)
    axes.set_xlabel(say("page", "axis_log" if seen.log else "axis", unit=unit), fontsize=8, color=INK, parse_math=False)
    axes.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=4)


def _draw_rates(axes: Axes, reason: Reason, catalogue: Catalogue) -> None:
    """Widest group on top, the one compared with in red."""
    rates = _rates(reason)
    words = (f"{wording.group(catalogue, step)} ({catalogue.text('page', 'n')}: {catalogue.numbers.count(step.n)})" for step, _ in rates)
    labels = [fill(label, LABEL_WIDTH) for label in words]
    colours = [VALUE if step.group == reason.peer_group else PEERS for step, _ in rates]
    values = [value for _, value in rates]
    bars = axes.barh(range(len(rates)), values, color=colours, height=0.62)
    for label, colour in zip(axes.bar_label(bars, [wording.shown(catalogue, reason, value) for value in values], padding=4), colours, strict=True):
        label.set(fontsize=8, color=VALUE if colour == VALUE else INK)
    axes.set(xlim=(0.0, max(values) * 1.15 or 1.0))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.shown(catalogue, reason, value)))
    axes.set_yticks(range(len(rates)), labels, fontsize=8, parse_math=False)
    axes.tick_params(labelsize=8)
    axes.invert_yaxis()
    axes.set_xlabel(wording.unit(catalogue, reason), fontsize=8, color=INK, parse_math=False)
