"""Commands on files, without Kafka: replay, import."""

import gzip
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
import orjson

FILE_IN = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
FILE_OUT = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


@click.command()
@click.option("--declarations", type=FILE_IN, required=True, help="NDJSON of declarations (plain, .gz or -).")
@click.option("--outcomes", type=FILE_IN, help="NDJSON of outcomes, learned at their own time.")
@click.option("--out", type=FILE_OUT, required=True, help="NDJSON to write: one line per goods item (plain, .gz or -).")
@click.option("--report", type=FILE_OUT, help="JSON to write: counts, and the quality of the heads where outcomes tell.")
@click.option("--pipeline", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="pipeline.toml to use.")
def replay(declarations: Path, outcomes: Path | None, out: Path, report: Path | None, pipeline: Path | None) -> None:
    """Run recorded events through the engine in event-time order, as the service would have."""
    from stream_app.cli.progress import counting
    from stream_app.collector import calm_collector
    from stream_app.engine.engine import Engine
    from stream_app.eventfile import EventFile, time_field
    from stream_app.replay import Replay
    from stream_app.settings import load_pipeline

    _refuse_clashes([declarations, outcomes], [out, report])
    lodged = EventFile(declarations, time_field("lodged_at"))
    decided = EventFile(outcomes, time_field("decided_at")) if outcomes else None
    run = Replay(Engine(load_pipeline(pipeline), mode="replay"), now=time.time())
    calm_collector()
    with _writing(out) as target, counting("replaying", len(lodged)) as advance:
        for number, line in enumerate(run.run(lodged, decided)):
            target.write(line)
            if number % 1_000 == 0:
                advance(run.report.declarations, f"alerts {run.report.alerts:,}")
    result = run.report
    for rejection in result.rejections:
        for fault in rejection.faults:
            click.echo(f"{rejection.kind} line {rejection.line}: {fault.pointer or '/'}: {fault.message} ({fault.code})", err=True)
    if report is not None:
        with _writing(report) as target:
            target.write(orjson.dumps(result.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    rejected = sum(result.rejected.values())
    click.echo(f"declarations {result.declarations:,}  items {result.items:,}  alerts {result.alerts:,}  rejected {rejected:,}", err=True)


@click.group("import")
def import_() -> None:
    """Other formats into our events."""


@import_.command("kcs")
@click.argument("csv", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True)
@click.option("--declarations", type=FILE_OUT, required=True, help="NDJSON to write.")
@click.option("--outcomes", type=FILE_OUT, help="NDJSON to write.")
@click.option("--label-delay-days", type=click.FloatRange(0, 3_650), default=7.0, show_default=True, help="How long a label takes to be known.")
def kcs(csv: tuple[Path, ...], declarations: Path, outcomes: Path | None, label_delay_days: float) -> None:
    """Korea Customs Service declaration files (CSV) as declarations and outcomes; every row gives one of each."""
    from contextlib import nullcontext

    _refuse_clashes(list(csv), [declarations, outcomes])
    from stream_app.adapters import kcs as adapter

    count = 0
    with _writing(declarations) as lodged, _writing(outcomes) if outcomes else nullcontext() as decided:
        for declaration, outcome in adapter.events(csv, label_delay_days):
            count += 1
            lodged.write(orjson.dumps(declaration, option=orjson.OPT_APPEND_NEWLINE))
            if decided is not None:
                decided.write(orjson.dumps(outcome, option=orjson.OPT_APPEND_NEWLINE))
    click.echo(f"declarations {count:,}  outcomes {count if outcomes else 0:,}", err=True)


def _refuse_clashes(read: list[Path | None], written: list[Path | None]) -> None:
    """Nothing is written over what is read or written, and standard input is read once."""
    inputs, outputs = ([path for path in paths if path is not None] for paths in (read, written))
    if inputs.count(Path("-")) > 1:
        raise click.UsageError("standard input is named twice")
    for index, path in enumerate(outputs):
        others = (*inputs, *outputs[index + 1 :]) if str(path) != "-" else outputs[index + 1 :]
        if path in others or (path.is_file() and any(other.is_file() and path.samefile(other) for other in others)):
            if path.exists() and not path.is_file():
                continue  # /dev/null is nobody's
            raise click.UsageError(f"{path} is named twice")


@contextmanager
def _writing(path: Path) -> Iterator[IO[bytes]]:
    """A file for writing; "-" is standard output, .gz is compressed."""
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        yield file  # type: ignore[misc]


COMMANDS = [replay, import_]
