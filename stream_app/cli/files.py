"""Commands on files of other formats, without Kafka: import."""

from pathlib import Path

import click
import orjson

from stream_app.cli.paths import FILE_OUT, refuse_clashes, writing


@click.group("import")
def import_() -> None:
    """Other formats into our events."""


@import_.command("kcs", short_help="Korea Customs Service files as declarations.")
@click.argument("csv", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True)
@click.option("--declarations", type=FILE_OUT, required=True, help="NDJSON to write.")
@click.option("--outcomes", type=FILE_OUT, help="NDJSON to write.")
@click.option("--label-delay-days", type=click.FloatRange(0, 3_650), default=7.0, show_default=True, help="How long a label takes to be known.")
def kcs(csv: tuple[Path, ...], declarations: Path, outcomes: Path | None, label_delay_days: float) -> None:
    """Korea Customs Service declaration files (CSV) as declarations and outcomes; every row gives one of each."""
    from contextlib import nullcontext

    refuse_clashes(list(csv), [declarations, outcomes])
    from stream_app.adapters import kcs as adapter

    count = 0
    with writing(declarations) as lodged, writing(outcomes) if outcomes else nullcontext() as decided:
        for declaration, outcome in adapter.events(csv, label_delay_days):
            count += 1
            lodged.write(orjson.dumps(declaration, option=orjson.OPT_APPEND_NEWLINE))
            if decided is not None:
                decided.write(orjson.dumps(outcome, option=orjson.OPT_APPEND_NEWLINE))
    click.echo(f"declarations {count:,}  outcomes {count if outcomes else 0:,}", err=True)


@import_.command("comtrade", short_help="UN Comtrade files as partners' exports.")
@click.argument("csv", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True)
@click.option("--exports", type=FILE_OUT, required=True, help="NDJSON to write.")
@click.option("--partner", help="Only exports to this country, ISO 3166-1 alpha-2: ours.")
@click.option(
    "--exchange-rate", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, help="Accounting currency for one US dollar."
)
def comtrade(csv: tuple[Path, ...], exports: Path, partner: str | None, exchange_rate: float) -> None:
    """UN Comtrade files (CSV) as partners' export records: totals of a month or year by HS6."""
    from collections import Counter

    from stream_app.adapters import comtrade as adapter

    refuse_clashes(list(csv), [exports])
    count, skipped = 0, Counter[str]()
    with writing(exports) as target:
        for event in adapter.events(csv, partner, exchange_rate, skipped):
            count += 1
            target.write(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
    told = "".join(f"  {why} {n:,}" for why, n in sorted(skipped.items()))
    click.echo(f"exports {count:,}{told}", err=True)


COMMANDS = [import_]
