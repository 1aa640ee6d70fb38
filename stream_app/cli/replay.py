"""replay: recorded events through the engine, without Kafka; as a backtest, beside the champion."""

import time
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
import orjson

from stream_app.cli.paths import FILE_IN, FILE_OUT, refuse_clashes, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from stream_app.backtest.backtest import Backtest
    from stream_app.backtest.budget import Budget
    from stream_app.contracts.assessment import Alert
    from stream_app.engine.heads.priors import Priors
    from stream_app.engine.selection import ControlLists
    from stream_app.eventfile import EventFile
    from stream_app.replay import Replay, Report

PIPELINE = click.Path(exists=True, dir_okay=False, path_type=Path)
STANDARD_OUTPUT = Path("-")


@click.command(short_help="Recorded events through the engine, without Kafka.")
@click.option("--declarations", type=FILE_IN, help="NDJSON of declarations (plain, .gz or -).")
@click.option("--outcomes", type=FILE_IN, help="NDJSON of outcomes, learned at their own time.")
@click.option("--milestones", type=FILE_IN, help="NDJSON of clearance milestones: time release, performance.")
@click.option("--exports", type=FILE_IN, help="NDJSON of partners' export records: mirror analysis, which raises priors.")
@click.option("--seizures", type=FILE_IN, help="NDJSON of seizure records, which raise priors.")
@click.option("--watchlists", type=FILE_IN, help="NDJSON of entries of the watchlist, in force by their own times.")
@click.option("--suppressions", type=FILE_IN, help="NDJSON of suppressions, in force by their own times.")
@click.option("--movements", type=FILE_IN, help="NDJSON of cargo movements, each taken in at the time of its record.")
@click.option("--out", type=FILE_OUT, help="NDJSON to write: one line per goods item and per movement (plain, .gz or -). A backtest needs none.")
@click.option("--alerts", type=FILE_OUT, help="NDJSON to write: the alerts of declarations, as tidewaiter explain takes them.")
@click.option("--report", type=FILE_OUT, help="JSON to write: counts, and the quality of the heads where outcomes tell.")
@click.option("--json", "as_json", is_flag=True, help="The report on standard output, tables on standard error.")
@click.option("--pipeline", type=PIPELINE, help="pipeline.toml to use; in a backtest the challenger's.")
@click.option("--budget", metavar="2%|40/day/office", help="Backtest: what fires with this capacity, and what is known of it.")
@click.option("--champion", type=PIPELINE, help="Backtest beside this pipeline.toml.  [default: the one of the release]")
@click.option("--fired", type=FILE_OUT, help="Backtest: NDJSON to write, one line per goods item that either of the two fires.")
def replay(
    declarations: Path | None,
    outcomes: Path | None,
    milestones: Path | None,
    exports: Path | None,
    seizures: Path | None,
    watchlists: Path | None,
    suppressions: Path | None,
    movements: Path | None,
    out: Path | None,
    alerts: Path | None,
    report: Path | None,
    as_json: bool,
    pipeline: Path | None,
    budget: str | None,
    champion: Path | None,
    fired: Path | None,
) -> None:
    """Run recorded events through the engine in event-time order, as the service would have.

    With --budget, --champion or --fired it is a backtest: how many goods items would have fired, which, and how many of those are known to
    be right, beside what the champion fires.
    """
    from stream_app.collector import calm_collector
    from stream_app.engine.engine import Engine
    from stream_app.engine.movements.engine import MovementEngine
    from stream_app.eventfile import EventFile, time_field
    from stream_app.instruments.suite import OWN, build
    from stream_app.replay import TIMES, Replay, priors_of
    from stream_app.replay.lists import read_lists
    from stream_app.replay.movements import MovementReplay, movement_file
    from stream_app.settings import load_pipeline

    if declarations is None and movements is None:
        raise click.UsageError("Missing option '--declarations' or '--movements'.")
    if as_json:
        if report is not None:
            raise click.UsageError("--json puts the report on standard output, --report elsewhere: one of the two")
        report = STANDARD_OUTPUT
    capacity = _parsed(budget)
    is_backtest = bool(capacity or champion or fired)
    if out is None and alerts is None and not is_backtest:
        raise click.UsageError("Missing option '--out' or '--alerts'.")
    given = {"declarations": declarations, "outcomes": outcomes, "milestones": milestones, "exports": exports, "seizures": seizures}
    listed = {"watchlists": watchlists, "suppressions": suppressions}
    refuse_clashes([*given.values(), *listed.values(), movements], [out, alerts, report, fired])
    settings = load_pipeline(pipeline)
    settings = capacity.of(settings) if capacity else settings
    suite = build(settings.instruments.of_recorded(), [name for name, own in OWN.items() if given[own] is not None])
    priors = priors_of(suite)
    now, beside = time.time(), None
    lists, left_out = read_lists(listed, settings, now)
    backtest = _beside(champion, priors, lists) if is_backtest else None
    files = {kind: EventFile(path, time_field(TIMES[kind])) for kind, path in given.items() if path is not None}
    if movements is not None:
        files["movements"] = movement_file(movements)
        beside = MovementReplay(MovementEngine(settings, mode="replay"), now)
    with writing(alerts) if alerts else nullcontext() as warned:
        run = Replay(Engine(settings, mode="replay", lists=lists, priors=priors), now, backtest, suite, beside, _writer(warned))
        for rejection in left_out:
            run.report.reject(rejection)
        calm_collector()
        _run(run, files, out)
    _tell_rejections(run.report)
    found = run.report.as_dict()
    if backtest is not None:
        found["backtest"] = _answer(backtest, fired, str(capacity) if capacity else None, STANDARD_OUTPUT in (out, alerts, report, fired))
    if report is not None:
        with writing(report) as target:
            target.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    counts = run.report
    rejected = sum(counts.rejected.values())
    told = f"declarations {counts.declarations:,}  items {counts.items:,}  alerts {counts.alerts:,}  rejected {rejected:,}"
    if counts.movements is not None:
        told += f"  movements {counts.movements.events:,}  movement alerts {counts.movements.alerts:,}"
    click.echo(told, err=True)


def _parsed(budget: str | None) -> "Budget | None":
    from stream_app.backtest.budget import parse_budget

    try:
        return parse_budget(budget) if budget is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--budget") from None


def _writer(target: IO[bytes] | None) -> "Callable[[Alert], object]":
    from stream_app.contracts.assessment import encode

    return (lambda alert: None) if target is None else lambda alert: target.write(encode(alert) + b"\n")


def _beside(champion: Path | None, priors: "Priors", lists: "ControlLists") -> "Backtest":
    from stream_app.backtest.backtest import Backtest
    from stream_app.engine.engine import Engine
    from stream_app.settings import load_pipeline

    return Backtest(Engine(load_pipeline(champion), mode="replay", lists=lists, priors=priors))


def _run(run: "Replay", files: dict[str, "EventFile"], out: Path | None) -> None:
    from stream_app.cli.progress import counting

    with writing(out) if out else nullcontext() as target, counting("replaying", sum(map(len, files.values()))) as advance:
        for number, line in enumerate(run.run(**files)):
            if target is not None:
                target.write(line)
            if number % 1_000 == 0:
                advance(run.report.declarations, f"alerts {run.report.alerts:,}")


def _tell_rejections(result: "Report") -> None:
    for rejection in result.rejections:
        for fault in rejection.faults:
            click.echo(f"{rejection.kind} line {rejection.line}: {fault} ({fault.code})", err=True)
    told, rejected = len(result.rejections), sum(result.rejected.values())
    if rejected > told:
        codes = "  ".join(f"{code} {count:,}" for code, count in sorted(result.rejected.items()))
        click.echo(f"and {rejected - told:,} lines more: {codes}", err=True)


def _answer(backtest: "Backtest", fired: Path | None, budget: str | None, aside: bool) -> dict[str, object]:
    """Prints the tables (`aside`: on standard error), writes the list of what fired, and returns the document."""
    from rich.console import Console

    from stream_app.backtest.report import report
    from stream_app.cli.backtest import show

    if fired is not None:
        with writing(fired) as target:
            for line in backtest.lines():
                target.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    document = {"budget": budget, **report(backtest)}
    show(Console(stderr=aside), document)
    return document


COMMANDS = [replay]
