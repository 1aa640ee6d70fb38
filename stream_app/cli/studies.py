"""time-release and export: studies and records from recorded events, without Kafka."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from stream_app.cli.paths import FILE_IN, FILE_OUT, refuse_clashes, writing

if TYPE_CHECKING:
    from stream_app.contracts.milestone import Milestone
    from stream_app.instruments.base import Plain

DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])
LEAST_KEY_BYTES = 16
FORMATS = click.Choice(["csv", "json", "ndjson"])


@click.command("time-release", short_help="A Time Release Study of any window.")
@click.option("--milestones", type=FILE_IN, required=True, help="NDJSON of clearance milestones (plain, .gz or -).")
@click.option("--from", "begin", type=DAY, help="First day of release, UTC.  [default: the first there is]")
@click.option("--to", "end", type=DAY, help="Day of release to stop before, UTC.  [default: after the last]")
@click.option("--pipeline", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="pipeline.toml with the targets.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for study.csv, study.json, waterfall.svg and waterfall.png.")
def time_release(milestones: Path, begin: object, end: object, pipeline: Path | None, out: Path | None) -> None:
    """A Time Release Study of any window: median, mean and p90 hours from arrival to release, by segment, office, lane and more."""
    from stream_app.cli.study_table import show
    from stream_app.instruments.time_release import TimeRelease
    from stream_app.settings import load_pipeline

    instrument = TimeRelease(**load_pipeline(pipeline).instruments.of_recorded().time_release.model_dump())
    for event in _milestones(milestones):
        instrument.learn(event)
    figures = instrument.figures(epoch(begin), epoch(end))
    show(figures, everything=out is None)
    if any(forgotten := {name: count for name, (_, count) in instrument.sizes().items() if count}):
        click.echo(f"the study is not whole, there was no room for more: {forgotten}", err=True)
    if out is not None:
        _write(figures, out)
        click.echo(f"all lines: {out / 'study.csv'}")


def _milestones(path: Path) -> Iterator["Milestone"]:
    """The lines that keep to the contract, in event-time order; the others are told on standard error."""
    import time

    from stream_app.contracts.decode import Limits
    from stream_app.contracts.errors import ContractError
    from stream_app.contracts.milestone import decode_milestone
    from stream_app.eventfile import EventFile, time_field

    now = time.time()
    for line in EventFile(path, time_field("occurred_at")):
        try:
            yield decode_milestone(line.body, Limits(), now)
        except ContractError as error:
            click.echo(f"line {line.number}: {error}", err=True)


def _write(figures: "Plain", folder: Path) -> None:
    from stream_app.instruments.time_release.study import as_csv
    from stream_app.instruments.time_release.waterfall import waterfall

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.json").write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    (folder / "study.csv").write_bytes(as_csv(figures).encode())
    for form in ("svg", "png"):
        if (drawn := waterfall(figures, form)) is not None:
            (folder / f"waterfall.{form}").write_bytes(drawn)


def epoch(day: object) -> float | None:
    from datetime import UTC, datetime

    return day.replace(tzinfo=UTC).timestamp() if isinstance(day, datetime) else None


@click.group()
def export() -> None:
    """Our events as records for others."""


@export.command("cen", short_help="Seizures, without anybody's name.")
@click.option("--declarations", type=FILE_IN, required=True, help="NDJSON of declarations (plain, .gz or -).")
@click.option("--outcomes", type=FILE_IN, required=True, help="NDJSON of outcomes; those with a seizure become records.")
@click.option("--out", type=FILE_OUT, required=True, help="File to write (- for standard output).")
@click.option("--format", "form", type=FORMATS, default="csv", show_default=True, help="ndjson can be produced to the topic of seizures.")
@click.option("--country", help="Our own country, ISO 3166-1, as reporter_country.")
@click.option("--key-file", type=FILE_IN, help="A secret of ours: with it a case keeps its number. Without it numbers are new each time.")
def cen(declarations: Path, outcomes: Path, out: Path, form: str, country: str | None, key_file: Path | None) -> None:
    """Outcomes with a seizure as CEN-style records, without anything that names a person, a company, a document or an office."""
    from stream_app.cli.cen_records import records
    from stream_app.instruments.seizures.cen import as_csv

    refuse_clashes([declarations, outcomes], [out])
    key = secrets.token_bytes() if key_file is None else key_file.read_bytes()
    if len(key) < LEAST_KEY_BYTES:
        raise click.BadParameter(
            f"{key_file} has less than {LEAST_KEY_BYTES} bytes: whoever guesses it knows the outcomes' numbers", param_hint="--key-file"
        )
    found = records(declarations, outcomes, country, key)
    with writing(out) as target:
        if form == "csv":
            target.write(as_csv(found).encode())
        elif form == "json":
            target.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        else:
            target.writelines(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in found)
    click.echo(f"seizures {len(found):,}", err=True)


COMMANDS = [time_release, export]
