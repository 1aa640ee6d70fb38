"""tidewaiter demo."""

import signal
import sys

import click


@click.command(short_help="Everything on this machine, with a live view.")
@click.option("--seconds", type=click.FloatRange(min=1), help="Stop by itself after this long. [default: at Ctrl-C]")
@click.option("--json", "as_json", is_flag=True, help="A JSON summary as the last line of standard output; the view goes to standard error.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Of the simulated world.")
@click.option("--rate", type=click.FloatRange(min=1, max=5_000), default=300.0, show_default=True, help="Simulated events a second.")
def demo(seconds: float | None, as_json: bool, seed: int, rate: float) -> None:
    """Everything on this machine: embedded broker, worker, simulator, and a live view of the alerts."""
    import orjson
    from rich.console import Console

    from stream_app.demo import run

    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _: asked.append(got))
    summary = run.Demo(seed, rate, Console(stderr=as_json)).run(seconds, lambda: bool(asked))
    if as_json:
        click.echo(orjson.dumps(run.as_json(summary)))
        return
    first = "none" if summary.seconds_to_first_alert is None else f"after {summary.seconds_to_first_alert:.1f} s"
    click.echo(f"stopped: {summary.declarations:,} declarations, {summary.items:,} goods items, {summary.alerts:,} alerts (first one {first})")
    sys.exit(0)


COMMANDS = [demo]
