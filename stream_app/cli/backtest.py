"""A backtest's document as tables."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

ROWS = 12
"""Of a table; the report has them all."""
TITLES = {
    "typology": "by typology",
    "reason": "by first reason",
    "selected_by": "by what selected",
    "lane": "by lane",
    "office": "by office",
    "day": "by day",
}
SIDES = {"both": "both", "challenger_only": "challenger only", "champion_only": "champion only"}


def show(console: Console, found: dict[str, Any]) -> None:
    """The answer in its order: how many and how many of them right, beside the champion, why and where; then what it does not tell."""
    sides = [("challenger", found["fired"]), ("champion", found["champion"])]
    if found["labels"]["random"]:
        sides.append(("  at random only", found["drawn"]))
    console.print(_table(f"fired, of {found['items']:,} goods items", sides))
    console.print(_table("who fires an item", [(SIDES[name], found["agreement"][name]) for name in SIDES]))
    console.print(_by_typology(found["agreement_by_typology"]))
    for name, groups in found["by"].items():
        console.print(_table(f"challenger, {TITLES[name]}", groups.items()))
    for note in _notes(found):
        console.print(note, highlight=False)


def _notes(found: dict[str, Any]) -> Iterator[str]:
    ours, theirs, irregular = found["fired"], found["champion"], found["labels"]["irregular"]
    if found["budget"]:
        yield f"The challenger has the budget {found['budget']}, the champion its own."
    yield f"Alerts are of declarations: {ours['declarations']:,} from the challenger, {theirs['declarations']:,} from the champion."
    if irregular:
        yield f"Of {irregular:,} goods items known to be irregular the challenger fires {ours['right']:,}, the champion {theirs['right']:,}."
    if found["labels"]["items"]:
        yield "Precision is of the labelled items, with its 95 % interval; of the others it says nothing."
    yield from (f"[yellow]{warning}[/]" for warning in found["warnings"])


def _table(title: str, rows: Iterable[tuple[str, dict[str, Any]]]) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True, min_width=20, max_width=24)
    for heading in ("fired", "right", "wrong", "unknown", "labelled", "precision"):
        table.add_column(heading, justify="right", no_wrap=True)
    listed = list(rows)
    for name, counts in listed[:ROWS]:
        numbers = [f"{counts[key]:,}" for key in ("fired", "right", "wrong", "unknown")]
        table.add_row(name, *numbers, _percent(counts["labelled_share"]), _precision(counts["precision"]))
    if len(listed) > ROWS:
        table.caption = f"and {len(listed) - ROWS:,} more in the report"
    return table


def _by_typology(found: dict[str, dict[str, int]]) -> Table:
    table = Table(
        "", *(SIDES.values()), title="who fires an item, by typology", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for typology, row in sorted(found.items(), key=lambda entry: -sum(entry[1].values())):
        table.add_row(typology, *(f"{row.get(name, 0):,}" for name in SIDES))
    return table


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"  # noqa: RUF001  # a dash where there is nothing to say


def _precision(rate: dict[str, float] | None) -> str:
    """Nothing where nothing is labelled."""
    return "–" if rate is None else f"{rate['value']:.0%} ({rate['lower']:.0%}-{rate['upper']:.0%})"  # noqa: RUF001
