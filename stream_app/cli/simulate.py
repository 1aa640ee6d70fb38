"""tidewaiter simulate: a synthetic trade world with known ground truth, into files or into the topics."""

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

WORTH_A_PROCESS = 20_000
"""Declarations of a world from which on its movements are written by a second process, where there is a second processor: it takes 0.3 s to start."""


@click.command(short_help="A simulated world of trade, with known frauds.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="The same seed gives the same bytes.")
@click.option("--days", type=click.IntRange(1, 3_660), required=True, help="Days of trade.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for declarations, outcomes, movements and truth.ndjson.")
@click.option("--to-topics", is_flag=True, help="Send the events to Kafka instead.")
@click.option("--per-day", type=click.IntRange(1, 1_000_000), default=2_000, show_default=True, help="Declarations a day.")
@click.option(
    "--scheme-share", type=click.FloatRange(0, 0.5), default=0.02, show_default=True, help="Share of goods items, and of containers, with one."
)
@click.option("--clearance/--no-clearance", default=True, show_default=True, help="milestones, exports and seizures too, with planted truth.")
@click.option("--bad-submitters", type=click.IntRange(0, 50), default=3, show_default=True, help="Declarants that fill declarations badly.")
@click.option("--movements/--no-movements", default=True, show_default=True, help="The voyages of the containers too.")
@click.option("--congestion-day", type=click.IntRange(-200, 4_000), help="From this day on (0 is the first) every dwell is longer.")
@click.option("--congestion-days", type=click.IntRange(1, 400), default=7, show_default=True, help="For so many days.")
@click.option("--congestion-factor", type=click.FloatRange(0.1, 20), default=2.0, show_default=True, help="So many times as long.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day. [default: 2026-01-01; with --to-topics DAYS ago]")
@click.option("--rate", type=click.FloatRange(min=0), default=0.0, help="Events a second to the topics; 0 is as fast as it goes.")
@click.option("--bootstrap", help="Kafka servers, host:port,host:port.")
def simulate(
    seed: int,
    days: int,
    out: Path | None,
    to_topics: bool,
    per_day: int,
    scheme_share: float,
    clearance: bool,
    bad_submitters: int,
    movements: bool,
    congestion_day: int | None,
    congestion_days: int,
    congestion_factor: float,
    start: datetime | None,
    rate: float,
    bootstrap: str | None,
) -> None:
    """Traders with habits, containers under way, thirteen schemes, and control outcomes that come late."""
    from stream_app.collector import calm_collector
    from stream_app.simulate import WorldConfig, write_world
    from stream_app.simulate.clearance import TRUTH, Totals, write_clearance

    if (out is None) == (not to_topics):
        raise click.UsageError("give either --out DIR or --to-topics")
    first = start.date() if start else (datetime.now(UTC).date() - timedelta(days=days) if to_topics else date(2026, 1, 1))
    config = WorldConfig(
        seed=seed,
        days=days,
        start=first,
        declarations_per_day=per_day,
        scheme_share=scheme_share,
        bad_submitters=bad_submitters,
        movements=movements,
        congestion_day=congestion_day,
        congestion_days=congestion_days,
        congestion_factor=congestion_factor,
    )
    if out is not None:
        calm_collector()
        beside, totals = dict[str, int](), Totals() if clearance else None
        apart = movements and days * per_day >= WORTH_A_PROCESS and (os.cpu_count() or 1) > 1
        clear = lambda: beside.update(write_clearance(config, out, totals, steps=False)) if clearance else None  # noqa: E731
        summary = write_world(config, out, apart, clear, totals.add if totals else None, steps=clearance)
        click.echo(f"declarations {summary.declarations:,}  outcomes {summary.outcomes:,}  injected: {_listed(summary.injected_items)}")
        if movements:
            click.echo(f"movements {summary.movements:,}  injected: {_listed(summary.injected_containers)}")
        if clearance:
            click.echo(f"{_listed({'milestones': summary.milestones} | beside)}  planted: {TRUTH}")
        return
    from stream_app.settings import load_settings
    from stream_app.simulate_live import send_world

    settings = load_settings(bootstrap=bootstrap)
    started = time.perf_counter()
    sent = send_world(config, settings.connection(), settings.catalogue(), rate, clearance)
    click.echo(f"sent {sent:,} events in {time.perf_counter() - started:.1f} s")


def _listed(counts: dict[str, int]) -> str:
    return "  ".join(f"{name} {count:,}" for name, count in counts.items())


COMMANDS = [simulate]
