"""tidewaiter report: the six instruments over recorded files or topics, as one page and as JSON."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from stream_app.report.inputs import Inputs

DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])


@click.command(short_help="What all instruments say, as a page and as JSON.")
@click.option(
    "--input", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of NDJSON files; without it the topics."
)
@click.option("--from", "begin", type=DAY, help="First day, UTC.  [default: the first there is]")
@click.option("--to", "end", type=DAY, help="Day to stop before, UTC; what came later is not read.  [default: after the last]")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for report.html and report.json.")
@click.option("--pipeline", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="pipeline.toml with the instruments' settings.")
@click.option("--bootstrap", help="Kafka servers, host:port,host:port.")
def report(folder: Path | None, begin: object, end: object, out: Path, pipeline: Path | None, bootstrap: str | None) -> None:
    """Mirror analysis, time release, performance, seizures, data quality and forecasts: tables, plots, and where every figure comes from."""
    import time

    from stream_app.cli.progress import counting
    from stream_app.cli.studies import epoch
    from stream_app.report.making import Report
    from stream_app.report.page import page
    from stream_app.settings import load_pipeline

    since, until = epoch(begin), epoch(end)
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--from must be before --to")
    run = Report(load_pipeline(pipeline), time.time(), since, until)
    with _inputs(folder, bootstrap) as inputs:
        with counting("reading", sum(len(one.events) for one in inputs)) as advance:
            run.learn(inputs, lambda number: advance(number, ""))
        found = run.figures(inputs)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    (out / "report.html").write_text(page(found), encoding="utf-8")
    for one in found["report"]["inputs"]:
        click.echo(f"{one['kind']} {one['records']:,}  refused {sum(one['refused'].values()):,}", err=True)
    click.echo(f"{out / 'report.html'} and {out / 'report.json'} written", err=True)


def _inputs(folder: Path | None, bootstrap: str | None) -> "AbstractContextManager[Inputs]":
    from stream_app.report.inputs import of_folder

    if folder is not None:
        return nullcontext(of_folder(folder))
    from stream_app.report.topics import of_topics
    from stream_app.settings import load_settings

    settings = load_settings(bootstrap=bootstrap)
    return of_topics(settings.connection(), settings.catalogue())


COMMANDS = [report]
