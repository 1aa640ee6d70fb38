"""The reasons on a page: each with its sentence, its peers, the plot of its value, and its back-off path as a table."""

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stream_app.contracts.assessment import Reason, Step
from stream_app.explain import wording
from stream_app.explain.picture import picture
from stream_app.explain.strip import strip
from stream_app.explain.texts import Catalogue

STRIP_WIDTH = 64
INDENT = (0, 0, 0, 4)


def evidence(reasons: list[Reason], catalogue: Catalogue, plots: bool) -> list[RenderableType]:
    """All reasons, numbered, and below them what a weight means; empty where there is none."""
    found: list[RenderableType] = []
    for place, reason in enumerate(reasons, start=1):
        found += [hanging(f" {place}.", wording.said(catalogue, reason), "bold"), *_below(reason, catalogue, plots), Text()]
    return [*found, Text("   " + catalogue.text("page", "nats"), style="dim")] if found else []


def hanging(mark: str, text: str, style: str = "") -> Table:
    """A paragraph whose lines begin below each other, behind a mark."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text(mark, style="dim"), Text(text, style=style))
    return grid


def _below(reason: Reason, catalogue: Catalogue, plots: bool) -> list[RenderableType]:
    peers = wording.peer_group(catalogue, reason)
    against = catalogue.text("page", "against", peer_group=peers, n_peer=reason.n_peer, impact=round(reason.impact, 1))
    found: list[RenderableType] = [Text(against, style="dim")]
    if plots and (seen := picture(reason)):
        found.append(strip(seen, catalogue, STRIP_WIDTH))
    if any(step.value is not None for step in reason.path):
        found.append(_path(reason, catalogue))
    return [Padding(part, INDENT) for part in found]


def _path(reason: Reason, catalogue: Catalogue) -> Table:
    """Widest group first; the one that the value is compared with in bold."""
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column(catalogue.text("page", "group"))
    for name in ("n", "value", "estimate"):
        table.add_column(catalogue.text("page", name), justify="right")
    for step in reason.path:
        speaks = step.group == reason.peer_group
        note = Text("◂ " + catalogue.text("page", "compared"), style="dim") if speaks and len(reason.path) > 1 else ""
        table.add_row(*_figures(step, reason, catalogue), note, style="bold" if speaks else "")
    return table


def _figures(step: Step, reason: Reason, catalogue: Catalogue) -> list[Text]:
    values = ("" if value is None else wording.shown(catalogue, reason, value) for value in (step.value, step.estimate))
    return [Text(figure) for figure in (wording.group(catalogue, step), catalogue.numbers.count(step.n), *values)]
