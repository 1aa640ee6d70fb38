"""A Time Release Study as a table on the terminal."""

from rich.console import Console
from rich.table import Table

from stream_app.instruments.base import Plain
from stream_app.instruments.time_release.study import rows

COLUMNS = {"n": "n", "median_hours": "median h", "mean_hours": "mean h", "sd_hours": "sd", "p90_hours": "p90 h", "within_target": "in target"}


WIDE = 110
"""Columns of a table that goes to a file, or through a pipe."""


def show(figures: Plain, console: Console | None = None, everything: bool = True) -> None:
    """Every line of the study, or those of the whole alone; totals first."""
    window = figures["window"]
    table = Table(title=f"Time release, {window['from'][:10]} up to {window['to'][:10]}" if window else "Time release: nothing was released")
    for name in ("by", "of", "what"):
        table.add_column(name, no_wrap=True)
    for title in COLUMNS.values():
        table.add_column(title, justify="right")
    for line in rows(figures):
        if line["n"] and (everything or line["by"] == "all"):
            table.add_row(line["by"], line["of"], line["what"], *(_written(line[name]) for name in COLUMNS))
    console = console or Console()
    console.print(table, width=None if console.is_terminal else max(console.width, WIDE))


def _written(value: object) -> str:
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
