"""The study as a picture: what each step adds to the mean time from arrival to release, in the colour of whose time it is."""

import io

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from stream_app.instruments.base import Plain

COLOURS = {"carrier": "#8a97a6", "operator": "#5b8db8", "trader": "#e0a030", "customs": "#3a9d6e", "other_agency": "#9b6bb3", "total": "#333333"}
WIDTH, BAR, HEAD, DPI = 8.5, 0.42, 1.2, 110


def waterfall(figures: Plain, form: str = "svg") -> bytes | None:
    """`form` svg or png; None where nothing was released whose arrival is known. The same figures give the same bytes."""
    steps, total = figures["waterfall"], figures["total"]
    if not steps:
        return None
    figure = Figure(figsize=(WIDTH, HEAD + BAR * (len(steps) + 1)), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    begin = 0.0
    for place, step in enumerate(steps):
        axes.barh(place, step["mean_hours"], left=begin, color=COLOURS[step["actor"]])
        begin += step["mean_hours"]
        axes.text(begin, place, f" {step['mean_hours']:.1f} h", va="center", fontsize=8)
    axes.barh(len(steps), begin, color=COLOURS["total"])
    axes.text(begin, len(steps), f" {begin:.1f} h", va="center", fontsize=8)
    names = [f"{step['step']} {step['name']}" for step in steps]
    axes.set_yticks(range(len(steps) + 1), [*names, "arrival to release"], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel("mean hours since arrival")
    axes.set_title(
        f"Time release: {total['n']:,} releases, median {total['median_hours']:.1f} h, p90 {total['p90_hours']:.1f} h", loc="left", fontsize=10
    )
    actors = dict.fromkeys(step["actor"] for step in steps)
    axes.legend(handles=[Patch(color=COLOURS[actor], label=actor.replace("_", " ")) for actor in actors], fontsize=8, loc="lower left")
    axes.spines[["top", "right", "left"]].set_visible(False)
    out = io.BytesIO()
    # Without a date, and with ids that are not random: the same study is the same file.
    with rc_context({"svg.hashsalt": "tidewaiter"}):
        figure.savefig(out, format=form, metadata={"Date": None} if form == "svg" else {"Software": None})
    return out.getvalue()
