"""tidewaiter explain."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stream_app.contracts.assessment import Alert
    from stream_app.explain.texts import Catalogue

FILE_IN = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
PIPED_WIDTH = 110
"""Columns where standard output is no terminal."""
FAULTY = 2


@click.command(short_help="An alert in plain language, as text or as a page.")
@click.option("--alert", "file", type=FILE_IN, required=True, help="JSON of one alert, or NDJSON of several (plain, .gz or -).")
@click.option("--lang", default="en", show_default=True, help="Language of the catalogue, or a catalogue file of your own (nl.toml).")
@click.option("--plot", default="terminal", show_default=True, help="terminal, none, or a PNG to write: NAME.png, then NAME-2.png and so on")
def explain(file: Path, lang: str, plot: str) -> None:
    """An alert in plain language: why, compared with whom, what speaks for it, and what it does not say.

    Exit code 2 where the file holds something that is no alert: what is wrong is told with line and JSON pointer, and the other alerts are explained.
    """
    from rich.console import Console

    from stream_app.eventfile import open_lines
    from stream_app.explain.page import Page
    from stream_app.explain.reading import read_alerts

    if plot not in ("terminal", "none") and Path(plot).suffix != ".png":
        raise click.BadParameter("must be terminal, none, or a file that ends in .png", param_hint="--plot")
    catalogue = _catalogue(lang)
    page = Page(catalogue, plots=plot == "terminal")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    name = "standard input" if str(file) == "-" else str(file)
    explained = faulty = 0
    with open_lines(file) as lines:
        for given in read_alerts(lines):
            for fault in given.faults:
                click.echo(f"{name}, line {given.line}: {fault} ({fault.code})", err=True)
            if given.alert is None:
                faulty += 1
                continue
            explained += 1
            console.print(page.render(given.alert), "")
            if plot.endswith(".png"):
                _draw(given.alert, catalogue, Path(plot), explained)
    sys.exit(FAULTY if faulty else 0)


def _catalogue(language: str) -> "Catalogue":
    from stream_app.explain.texts import FOLDER, CatalogueError, languages, load

    own = language.endswith(".toml")
    if not own and language not in languages():
        raise click.BadParameter(f"no such language: give {', '.join(languages())}, or a file that ends in .toml", param_hint="--lang")
    try:
        return load(Path(language) if own else FOLDER / f"{language}.toml")
    except CatalogueError as error:
        raise click.BadParameter(str(error), param_hint="--lang") from None


def _draw(alert: "Alert", catalogue: "Catalogue", target: Path, number: int) -> None:
    # Not at the top: matplotlib takes half a second to import, and only this needs it.
    from stream_app.explain.png import write_png

    if number > 1:
        target = target.with_stem(f"{target.stem}-{number}")
    drawn = write_png(alert, catalogue, target)
    click.echo(f"{target} written" if drawn else f"{target} not written: the alert has no value to draw", err=True)


COMMANDS = [explain]
