"""tidewaiter bench."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from stream_app.bench.memory import MemoryReport
    from stream_app.bench.race import RaceReport


@click.command(short_help="Goods items a second, beside a stock River pipeline.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of standard output; tables go to standard error.")
@click.option("--items", type=click.IntRange(100, 1_000_000), default=8_000, show_default=True, help="Goods items a repeat.")
@click.option("--repeats", type=click.IntRange(1, 100), default=5, show_default=True, help="Repeats, the sides in turn; medians are reported.")
@click.option("--memory-items", type=click.IntRange(1_000, 100_000_000), default=1_000_000, show_default=True, help="Goods items of the memory run.")
@click.option("--no-memory", is_flag=True, help="Leave the memory run out: it takes minutes.")
@click.option("--pipeline", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="pipeline.toml to use.")
def bench(as_json: bool, items: int, repeats: int, memory_items: int, no_memory: bool, pipeline: Path | None) -> None:
    """Goods items per second on one core beside a stock River pipeline on the same records, and memory over a long stream."""
    from dataclasses import asdict

    import orjson
    from rich.console import Console

    from stream_app.bench.memory import measure
    from stream_app.bench.race import race
    from stream_app.cli.progress import counting
    from stream_app.settings import load_pipeline

    console = Console(stderr=as_json)
    with counting("racing", repeats) as advance:
        result = race(load_pipeline(pipeline), items, repeats, lambda done: advance(done, "repeats"))
    _show_race(console, result)
    memory = None
    if not no_memory:
        with counting("memory", memory_items) as advance:
            memory = measure(memory_items, pipeline, lambda done: advance(done, "goods items"))
        _show_memory(console, memory)
    if as_json:
        click.echo(orjson.dumps({**asdict(result), "memory": asdict(memory) if memory else None}))


def _show_race(console: "Console", result: "RaceReport") -> None:
    from rich.table import Table

    table = Table("side", "goods items/s", "per CPU second", "ours / theirs", title=f"{result.repeats} repeats, one core, medians")
    table.add_row("Tidewaiter", f"{result.items_per_second:,.0f}", f"{result.items_per_cpu_second:,.0f}", "")
    table.add_row("stock River", f"{result.river_items_per_second:,.0f}", f"{result.river_items_per_cpu_second:,.0f}", f"{result.ratio:.2f}")
    table.add_row("stock River, drop_zeros", f"{result.river_drop_zeros_items_per_second:,.0f}", "", f"{result.ratio_drop_zeros:.2f}")
    console.print(table)
    stages = "  ".join(f"{stage} {microseconds:.1f}" for stage, microseconds in result.stages_us.items())
    console.print(f"microseconds a goods item: {stages}")


def _show_memory(console: "Console", memory: "MemoryReport") -> None:
    from rich.table import Table

    table = Table("table", "rows half-way", "rows at the end", title=f"after {memory.items:,} goods items in {memory.days} simulated days")
    for name, held in memory.tables_at_end.items():
        table.add_row(name, f"{memory.tables_at_half[name]:,}", f"{held:,}")
    console.print(table)
    console.print(f"peak {memory.peak_mb:,.0f} MiB, at the start {memory.start_mb:,.0f} MiB; second half {memory.growth_second_half_percent:+.1f} %")
    taken = memory.snapshot
    console.print(f"snapshot of the whole state: {taken['mb']:,.1f} MiB, dumped in {taken['dump_s']:.2f} s, loaded in {taken['load_s']:.2f} s")


COMMANDS = [bench]
