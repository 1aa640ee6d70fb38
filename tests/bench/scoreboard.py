"""The one table: contenders beside each other, and what issue 3 asks for."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

Quality = dict[str, Any]
Cell = Callable[[Quality], str]

NO_HEAD = "no such head"
ROWS = ("all", "never_seen")
SHARES = {"of_rows": "1.5 % of the rows random", "of_budget": "1.5 % of the budget random"}
PERIODS = {"live": "live", "live_never_seen": "live, never seen", "test": "2021-01..03", "test_never_seen": "2021-01..03, never seen"}


class Line(NamedTuple):
    """One row of the supervised table: what it is, what issue 3 asks for, and how it reads from a contender's figures."""

    label: str
    goal: str
    cell: Cell


def lines(contenders: Quality) -> Iterator[Line]:
    """The rows of the supervised table, without those of parts that were not run."""
    first: Quality = next(iter(contenders.values()))
    if "full" in first:
        yield from _ranking("full", "full labels", first["full"], "0.95")
        for (name, what, goal), rows in product((("precision", "precision at 5 %", "0.95"), ("brier", "Brier score", "")), ROWS):
            yield Line(f"full labels: {what}, {words(rows)}", goal if rows == "all" else "", _of("full", rows, name))
        yield from _cpu(contenders.get("lightgbm", {}).get("full", {}).get("cpu_s"))
        yield Line("critical: recall at 1 % of the rows", "0.85", lambda f: three(f["critical_recall"]))
        yield Line("revenue: share of the duty at 1 % of the rows", "0.80", lambda f: three(f["revenue_share"]))
    if "drift" in first:
        yield from _ranking("drift", "drift", first["drift"], "0.93")
    if "selective" in first:
        for (share, title), (period, when) in product(SHARES.items(), PERIODS.items()):
            goal = "0.78 / 0.36" if period == "live" else ""
            yield Line(f"selective, {title}: precision / recall, {when}", goal, _controls(share, period))


def _ranking(part: str, title: str, first: Quality, goal: str) -> Iterator[Line]:
    for rows in ROWS:
        of = f" ({first[rows]['n']:,} rows, {first[rows]['irregular']:,} irregular)" if rows in first else ""
        yield Line(f"{title}: AUC, {words(rows)}{of}", goal if rows == "all" else "", _auc(part, rows))


def _cpu(reference: float | None) -> Iterator[Line]:
    """Learning and scoring in the test period; `reference`: LightGBM's seconds."""
    yield Line("full labels: CPU s in the test period", "", lambda f: f"{f['full']['cpu_s']:.2f}" if f["full"] else NO_HEAD)
    yield Line("full labels: CPU microseconds a row", "", lambda f: f"{f['full']['us_per_row']:,.0f}" if f["full"] else NO_HEAD)
    if reference:
        yield Line("full labels: CPU, LightGBM = 1", "0.05", lambda f: f"{f['full']['cpu_s'] / reference:.3f}" if f["full"] else NO_HEAD)


def _auc(part: str, rows: str) -> Cell:
    return lambda f: with_interval(f[part][rows]["auc"], f[part][rows]["ci95"]) if f[part] else NO_HEAD


def _of(part: str, rows: str, name: str) -> Cell:
    return lambda f: three(f[part][rows][name]) if f[part] else NO_HEAD


def _controls(share: str, period: str) -> Cell:
    return lambda f: "{precision:.3f} / {recall:.3f}".format(**f["selective"][share][period])


def words(name: str) -> str:
    return name.replace("_", " ")


def with_interval(value: float, interval: list[float]) -> str:
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def three(value: float | None) -> str:
    return NO_HEAD if value is None else f"{value:.3f}"
