"""Detection quality on the public KCS files and on simulated worlds: `make eval`, or `python -m tests.bench.evaluate --help`.

Every score was given before anything of its item, or of a later one, was learned, and every label was learned at its own time.
"""

import sys
from pathlib import Path

import click
import orjson
from rich.console import Console

from stream_app.settings import load_pipeline
from tests.bench import metrics
from tests.bench.anomaly import WARM_UP_DAYS, Quality, evaluate_injected, evaluate_simulated
from tests.bench.cases import Row, read
from tests.bench.contenders.entrants import ENTRANTS
from tests.bench.moving import TRAFFIC, evaluate_movements
from tests.bench.partitions import evaluate_partitions
from tests.bench.report import Report
from tests.bench.supervised import PARTS as SUPERVISED
from tests.bench.supervised import evaluate_supervised
from tests.bench.windows import evaluate_windows

REPOSITORY = Path(__file__).parents[2]
PARTS = (*SUPERVISED, "windows", "injected", "simulated")
SEPARATE = ("partitions", "movements")
"""Parts that only run when asked for."""


def _rows(folder: Path) -> list[Row]:
    try:
        return read(folder)
    except FileNotFoundError as error:
        raise click.ClickException(f"{error}; name their folder with --data, or leave them out with --part simulated") from None


@click.command(context_settings={"show_default": True, "max_content_width": 120})
@click.option("--data", type=click.Path(path_type=Path), default=REPOSITORY.parent / "shared" / "data", help="Folder of the KCS files.")
@click.option("--part", "parts", type=click.Choice((*PARTS, *SEPARATE)), multiple=True, default=PARTS, help="May be given several times.")
@click.option(
    "--contender", "contenders", type=click.Choice(tuple(ENTRANTS)), multiple=True, default=tuple(ENTRANTS), help="Of full, selective, drift."
)
@click.option("--injection-seed", "injection_seeds", type=int, multiple=True, default=[1, 2, 3], help="May be given several times.")
@click.option("--world-seed", "world_seeds", type=int, multiple=True, default=[101, 102, 103], help="May be given several times.")
@click.option("--days", type=click.IntRange(WARM_UP_DAYS + 2, 400), default=40, help="Of each simulated world; the first ten only warm up.")
@click.option("--reference/--no-reference", "with_reference", default=True, help="The batch reference of reference.py on the same injected rows.")
@click.option("--pipeline", "pipeline_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="pipeline.toml to use.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of standard output; tables go to standard error.")
@click.option("--markdown", is_flag=True, help="Tables as Markdown.")
def evaluate(
    data: Path,
    parts: tuple[str, ...],
    contenders: tuple[str, ...],
    injection_seeds: tuple[int, ...],
    world_seeds: tuple[int, ...],
    days: int,
    with_reference: bool,
    pipeline_file: Path | None,
    as_json: bool,
    markdown: bool,
) -> None:
    """How well the engine finds what is known to be there, beside baselines on the same rows."""
    report = Report(Console(stderr=as_json), markdown)
    pipeline = load_pipeline(pipeline_file)
    results: Quality = {"model": pipeline.version()}
    rows = _rows(data) if set(parts) - {"simulated", "movements"} else []
    if set(parts) & set(SUPERVISED):
        results["kcs"] = evaluate_supervised(pipeline, rows, parts, contenders, report.progress)
        report.supervised(results["kcs"])
    if "windows" in parts:
        results["windows"] = evaluate_windows(pipeline, rows, report.progress)
        report.windows(results["windows"])
    if "injected" in parts:
        report.progress("injected frauds")
        results["injected"] = metrics.mean_of([evaluate_injected(pipeline, rows, seed, with_reference) for seed in injection_seeds])
        report.injected(results["injected"], len(injection_seeds))
    if "partitions" in parts:
        report.progress("1, 4 and 16 partitions")
        results["partitions"] = evaluate_partitions(pipeline, rows)
        report.partitions(results["partitions"])
    if "simulated" in parts:
        report.progress("simulated worlds")
        results["simulated"] = metrics.mean_of([evaluate_simulated(pipeline, seed, days) for seed in world_seeds])
        report.simulated(results["simulated"], len(world_seeds))
    if "movements" in parts:
        for name, traffic in TRAFFIC.items():
            report.progress(f"simulated voyages: {traffic.words}")
            results[name] = evaluate_movements(pipeline, world_seeds, days, traffic)
            report.movements(results[name], len(world_seeds), traffic.words)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(results) + b"\n")


if __name__ == "__main__":
    evaluate()
