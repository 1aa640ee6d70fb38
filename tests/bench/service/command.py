"""The command lines of `make bench BENCH_ARGS="--service"` and `"--movements"`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from statistics import median
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from stream_app.bench.race import machine
from tests.bench.service import latency, race, scale
from tests.bench.service import moves as move_bench
from tests.bench.service.backlog import drawn, goods_items
from tests.bench.service.race import Plan, Times
from tests.support.apache_kafka import ApacheKafka

NAMES = {
    "engine": "(a) the engine alone",
    "service": "(b) the service, end to end",
    "confluent": "(c) a bare confluent-kafka loop",
    "faust": "(d) a stock Faust agent",
    "quix": "(e) a Quix Streams application",
}
GOALS = {"confluent": 0.6, "faust": 2.5}


@click.command(context_settings={"show_default": True, "max_content_width": 120})
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of standard output; tables go to standard error.")
@click.option("--declarations", type=click.IntRange(50, 1_000_000), default=3_000, help="A round; 1.5 goods items each.")
@click.option("--repeats", type=click.IntRange(1, 100), default=5, help="Rounds, the sides in turn; medians are reported. Fewer where time runs out.")
@click.option("--warm-up", type=click.IntRange(50, 1_000_000), default=race.WARM_UP, help="Declarations before the first round.")
@click.option("--load-seconds", type=click.FloatRange(1, 600), default=20.0, help="How long latency is measured, at half of what the service can.")
@click.option("--compression", type=click.Choice(["gzip", "none"]), default="gzip", help="Of the results, on all sides.")
@click.option("--scale/--no-scale", "with_scale", default=True, help="Two workers on two partitions against one.")
@click.option("--bootstrap", help="A broker that runs already; otherwise Apache Kafka is started.")
def bench(
    as_json: bool, declarations: int, repeats: int, warm_up: int, load_seconds: float, compression: str, with_scale: bool, bootstrap: str | None
) -> None:
    """Goods items a second through the service on Apache Kafka, one worker on one core, beside other ways to run the same engine."""
    console = Console(stderr=True)
    with _broker(bootstrap) as address:
        plan = Plan(address, declarations, repeats, warm_up, compression=compression)
        with race.started(plan, console.print) as running:
            times = race.race(plan, running, console.print)
            same = race.same_results(running)
            half = 0.5 * plan.declarations / _block_seconds(times["service"], plan)
            waits = latency.measure(plan, running["service"], half, load_seconds, plan.warm_up + plan.declarations * plan.repeats)
        scaled = scale.measure(plan) if with_scale else None
    report = _report(plan, times, same, waits, scaled)
    _show(Console(stderr=as_json), report)
    if as_json:
        click.echo(orjson.dumps(report))


@click.command(context_settings={"show_default": True, "max_content_width": 120})
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of standard output; the rest goes to standard error.")
@click.option("--moves", type=click.IntRange(50, 1_000_000), default=3_000, help="Movements a round.")
@click.option("--repeats", type=click.IntRange(1, 100), default=5, help="Rounds, engine and service in turn; medians are reported.")
@click.option("--warm-up", type=click.IntRange(50, 1_000_000), default=20_000, help="Movements before the first round.")
@click.option("--bootstrap", help="A broker that runs already; otherwise Apache Kafka is started.")
def movements(as_json: bool, moves: int, repeats: int, warm_up: int, bootstrap: str | None) -> None:
    """Container moves a second, joined with their declarations: the engine alone, and the service on Apache Kafka, one worker on one core."""
    console = Console(stderr=True)
    with _broker(bootstrap) as address:
        report = move_bench.measure(address, move_bench.Load(moves, repeats, warm_up), console.print)
    told, parts = report["movements_per_second"], report["microseconds"]
    shown = Console(stderr=as_json)
    shown.print(f"engine {told['engine']:,.0f} movements/s (goal {report['goal']:,.0f}); from bytes to bytes {told['bytes_to_bytes']:,.0f}")
    shown.print("microseconds a movement: " + "  ".join(f"{name} {value}" for name, value in parts.items()))
    shown.print(f"service {told['service']:,.0f} movements/s, {told['service_per_cpu_second']:,.0f} a CPU second")
    if as_json:
        click.echo(orjson.dumps(report))


@contextmanager
def _broker(bootstrap: str | None) -> Iterator[str]:
    if bootstrap is not None:
        yield bootstrap
        return
    with ApacheKafka(java_options=()) as broker:
        yield broker.bootstrap


def _block_seconds(times: Times, plan: Plan) -> float:
    """Of a median round."""
    return goods_items(drawn(plan.declarations)) * median(times.wall)


def _report(plan: Plan, times: dict[str, Times], same: bool, waits: latency.Latency, scaled: scale.Scale | None) -> dict[str, Any]:
    """Ratios are medians over the rounds: the service over the other side. A side that is not installed is null."""
    service, found = times["service"], {name: times.get(name) for name in NAMES}
    return {
        "items_per_second": {name: side and race.rate(side.wall) for name, side in found.items()},
        "items_per_cpu_second": {name: side and race.rate(side.cpu) for name, side in found.items()},
        "service_over": {name: side and race.ratio(service.wall, side.wall) for name, side in found.items() if name != "service"},
        "service_over_by_cpu": {name: side and race.ratio(service.cpu, side.cpu) for name, side in found.items() if name != "service"},
        "same_results": same,
        "produce_to_alert": asdict(waits),
        "two_workers_over_one": scaled and asdict(scaled),
        "declarations_a_round": plan.declarations,
        "rounds": len(service.wall),
        "compression": plan.compression,
        "goals": GOALS,
        "machine": machine(),
    }


def _show(console: Console, report: dict[str, Any]) -> None:
    table = Table("", "goods items/s", "a CPU second", "service / it", "by CPU", title=f"{report['rounds']} rounds, one core each, medians")
    for name, title in NAMES.items():
        shown = (report[part].get(name) for part in ("items_per_second", "items_per_cpu_second", "service_over", "service_over_by_cpu"))
        table.add_row(title, *("" if value is None else f"{value:,.2f}" if value < 100 else f"{value:,.0f}" for value in shown))
    console.print(table)
    waits, scaled = report["produce_to_alert"], report["two_workers_over_one"]
    console.print(
        f"declaration to alert at {waits['declarations_per_second']:,.0f} declarations/s: "
        f"p50 {waits['p50_ms']} ms, p99 {waits['p99_ms']} ms, {waits['alerts']} alerts"
    )
    if scaled:
        console.print(f"two workers on two partitions over one: {scaled['ratio']} on {scaled['cores']} cores")
    console.print(f"all sides wrote the same results: {'yes' if report['same_results'] else 'no'}")
