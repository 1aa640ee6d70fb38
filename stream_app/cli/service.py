"""Commands that talk to Kafka: worker, topics, produce, consume, broker; and check, which need not."""

import signal
import sys
import threading
import time
from itertools import islice
from pathlib import Path

import click

KINDS = click.Choice(["declarations", "outcomes", "movements", "milestones", "exports", "seizures", "watchlists", "suppressions"])


@click.command()
@click.option("--bootstrap", help="Kafka servers, host:port,host:port. [default: $TIDEWAITER_BOOTSTRAP or 127.0.0.1:9092]")
@click.option("--pipeline", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="pipeline.toml to use.")
@click.option("--shadow-pipeline", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="pipeline.toml of a challenger to run beside.")
def worker(bootstrap: str | None, pipeline: Path | None, shadow_pipeline: Path | None) -> None:
    """Run a worker until it is stopped (SIGTERM drains it). Addresses and secrets: TIDEWAITER_* in the environment."""
    from stream_app.settings import load_settings
    from stream_app.worker import run_worker

    sys.exit(run_worker(load_settings(bootstrap=bootstrap, pipeline_file=pipeline, shadow_pipeline_file=shadow_pipeline)))


@click.group()
def topics() -> None:
    """The topics of schemas/topics.toml."""


@topics.command("create", short_help="Create what is missing.")
@click.option("--bootstrap", help="Kafka servers, host:port,host:port.")
@click.option("--partitions", type=click.IntRange(1, 10_000), help="Instead of the counts in topics.toml, for every topic.")
@click.option("--replication-factor", type=click.IntRange(1, 9), default=1, show_default=True)
def create(bootstrap: str | None, partitions: int | None, replication_factor: int) -> None:
    """Create what is missing; existing topics are left as they are, and differences are said."""
    from stream_app.brokers.admin import create_topics
    from stream_app.settings import load_settings

    settings = load_settings(bootstrap=bootstrap)
    report = create_topics(settings.connection(), settings.catalogue(), partitions, replication_factor)
    for name in report.created:
        click.echo(f"created  {name}")
    for name in report.existing:
        click.echo(f"there    {name}")
    for difference in report.different:
        click.echo(f"differs  {difference.name}: {difference.found_partitions} partitions, not {difference.wanted_partitions}")


@click.command(short_help="Send a file of events, and print what became of them.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--topic", "kind", type=KINDS, required=True, help="What the file holds.")
@click.option("--bootstrap", help="Kafka servers, host:port,host:port.")
@click.option("--source", default="tidewaiter-client", show_default=True, help="CloudEvents source: who submits. Receipts are keyed by it.")
@click.option("--receipts/--no-receipts", default=True, show_default=True, help="Wait for the service's answer to every event.")
@click.option("--timeout", default=60.0, show_default=True, help="Seconds without any receipt before giving up.")
def produce(file: Path, kind: str, bootstrap: str | None, source: str, receipts: bool, timeout: float) -> None:
    """Send the events of an NDJSON file (plain, .gz or -) to their topic, and print what was accepted and rejected."""
    from stream_app.cli.progress import counting
    from stream_app.client.produce import produce_lines
    from stream_app.client.summary import ProduceSummary
    from stream_app.contracts.errors import placed
    from stream_app.eventfile import open_lines
    from stream_app.settings import load_settings

    settings = load_settings(bootstrap=bootstrap)
    with open_lines(file) as lines, counting("producing", _line_count(file)) as advance:

        def show(summary: ProduceSummary) -> None:
            advance(summary.sent, f"accepted {summary.accepted:,}  rejected {summary.rejected:,}  duplicate {summary.duplicate:,}")

        summary = produce_lines(lines, kind, settings.connection(), settings.catalogue(), source, receipts, timeout, show)
    for rejection in summary.rejections:
        for fault in rejection.errors:
            click.echo(f"line {rejection.line}: {placed(fault.get('pointer'), str(fault.get('message')))} ({fault.get('code')})", err=True)
    counts = ("sent", "accepted", "rejected", "duplicate", "unanswered", "failed")
    click.echo("  ".join(f"{name} {getattr(summary, name):,}" for name in counts))
    if summary.stopped:
        click.echo(f"stopped: {summary.stopped}", err=True)
    sys.exit(0 if summary.clean else 1)


@click.command(short_help="Check a file against its contract, offline.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--topic", "kind", type=KINDS, required=True, help="What the file holds.")
def check(file: Path, kind: str) -> None:
    """Check an NDJSON file against its contract, offline: what the service would answer, before anything is sent."""
    from stream_app.client.check import CheckSummary, check_lines
    from stream_app.contracts.errors import Code
    from stream_app.eventfile import open_lines

    summary, is_json = CheckSummary(), True
    with open_lines(file) as lines:
        for line in check_lines(lines, kind, time.time(), summary=summary):
            for fault in line.faults:
                is_json = is_json and fault.code is not Code.NOT_JSON
                click.echo(f"line {line.line}: {fault} ({fault.code})", err=True)
    if not is_json:
        click.echo("every line is one event: `jq -c . FILE` puts indented JSON on one line", err=True)
    repeated = f"  repeated {summary.repeated:,}" if summary.repeated else ""
    click.echo(f"checked {summary.checked:,}  valid {summary.valid:,}{repeated}  invalid {summary.invalid:,}")
    sys.exit(0 if not summary.invalid else 1)


@click.command(short_help="Print a topic: alerts, receipts, dead letters.")
@click.option("--topic", "kind", required=True, metavar="NAME", help="As in schemas/topics.toml: alerts, receipts, declarations_dlq, ...")
@click.option("--bootstrap", help="Kafka servers, host:port,host:port.")
@click.option("--follow", is_flag=True, help="Go on until Ctrl-C; else it ends with what is there.")
@click.option("--latest", is_flag=True, help="Only what comes from now on, until Ctrl-C.")
@click.option("--count", type=click.IntRange(min=1), help="Stop after so many records.")
@click.option("--whole", is_flag=True, help="With place, key and headers, as needed of dead letters: their headers say what was wrong.")
def consume(kind: str, bootstrap: str | None, follow: bool, latest: bool, count: int | None, whole: bool) -> None:
    """Print the records of a topic, one line of JSON each. No consumer group: nothing is committed, nobody is disturbed."""
    from stream_app.client.consume import consume_lines
    from stream_app.settings import load_settings

    settings = load_settings(bootstrap=bootstrap)
    catalogue = settings.catalogue()
    if kind not in catalogue:
        raise click.BadParameter(f"must be one of {', '.join(sorted(catalogue))}", param_hint="--topic")
    out = click.get_binary_stream("stdout")
    try:
        for line in islice(consume_lines(settings.connection(), catalogue[kind].name, follow or latest, latest, not whole), count):
            out.write(line + b"\n")
            out.flush()
    except KeyboardInterrupt:
        sys.exit(0)


@click.command(short_help="A broker in memory, to try things with.")
@click.option("--port", type=click.IntRange(1_024, 65_535), default=9092, show_default=True, help="On 127.0.0.1.")
def broker(port: int) -> None:
    """A Kafka-protocol broker on this machine until Ctrl-C, in memory: to try things with. Use Apache Kafka for what matters."""
    from stream_app.brokers.embedded import EmbeddedBroker

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with EmbeddedBroker(port=port) as running:
        click.echo(running.bootstrap)
        while not ended.wait(1.0):
            running.check()


def _line_count(file: Path) -> int | None:
    """For the progress bar; None for what cannot be read twice."""
    if str(file) == "-" or file.suffix == ".gz":
        return None
    with file.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


COMMANDS = [worker, topics, produce, consume, check, broker]
