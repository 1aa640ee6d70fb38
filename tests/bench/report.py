"""The figures as tables, on a terminal or as Markdown for docs/evaluation.md."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.box import HEAVY_HEAD, MARKDOWN
from rich.console import Console
from rich.table import Table

Quality = dict[str, Any]
Cell = Callable[[Quality], str]

TITLES = {
    "engine": "Tidewaiter",
    "lightgbm": "LightGBM, weekly",
    "arf": "River ARF",
    "logistic": "River LR",
    "copies": "exact copies",
    "ceiling": "ceiling",
}
NO_HEAD = "no such head"


class Report:
    """Prints to one console. `markdown`: without frames, as wide as it takes."""

    def __init__(self, console: Console, markdown: bool = False) -> None:
        self._console = Console(file=console.file, width=250) if markdown else console
        self._box = MARKDOWN if markdown else HEAVY_HEAD

    def supervised(self, results: Quality) -> None:
        contenders: Quality = results["contenders"]
        self._line(f"KCS rows {results['rows']:,}, refused {results['refused']:,}")
        table = self._table("KCS, supervised heads", "", *(TITLES[name] for name in contenders))
        for label, cell in lines(contenders):
            table.add_row(label, *(cell(figures) for figures in contenders.values()))
        self._console.print(table)
        self._reliability(contenders)
        self._control_sample(contenders)

    def _reliability(self, contenders: Quality) -> None:
        """What was said and what was found, of the engine and of the best baseline."""
        for name in ("engine", "lightgbm"):
            if "full" not in contenders.get(name, {}):
                continue
            table = self._table(f"{TITLES[name]}: reliability of non_compliance, full labels, all rows", "said", "rows", "said on average", "found")
            for one in contenders[name]["full"]["all"]["reliability"]:
                table.add_row(f"{one['lower']:.1f} to {one['upper']:.1f}", f"{one['n']:,}", f"{one['said']:.3f}", f"{one['found']:.3f}")
            self._console.print(table)

    def _control_sample(self, contenders: Quality) -> None:
        parts = {(name, part): found for name, figures in contenders.items() for part, found in figures.get("selective", {}).items()}
        shown = {key: found for key, found in parts.items() if key[0] == "engine"} or dict(list(parts.items())[:2])
        for (name, part), found in shown.items():
            sample, whole = found["control_sample"], found["live"]
            self._line(
                f"{TITLES[name]}, {part.replace('_', ' ')}: {whole['share']:.3f} of the rows selected, live precision {whole['precision']:.3f}, "
                f"recall {whole['recall']:.3f}; control sample {sample['n']:,} rows, hit rate {_with_interval(sample['hit_rate'], sample['ci95'])}, "
                f"truth {sample['truth']:.3f}; {found['labels']:,} labels"
            )

    def windows(self, results: Quality) -> None:
        table = self._table("budget: share selected in every window of 5,000 rows", "pacing", "stream", "all", "least", "largest", "windows held", "")
        for mode, streams in results.items():
            for stream, part in streams.items():
                burst = f"recall in the burst {part['burst']['recall']:.3f} of {part['burst']['frauds']}" if "burst" in part else ""
                table.add_row(mode, stream, *(f"{part[name]:.4f}" for name in ("share", "least", "largest")), f"{part['held']:.1%}", burst)
        self._console.print(table)

    def injected(self, result: Quality, seeds: int) -> None:
        for rows in ("all_rows", "never_seen_rows"):
            columns = {"engine": result[rows]} | ({"reference": result["reference"][rows]} if "reference" in result else {})
            self._schemes(f"frauds injected into KCS rows: anomaly, {rows.replace('_', ' ')}, mean of {seeds} seeds", columns)

    def simulated(self, result: Quality, worlds: int) -> None:
        self._schemes(f"simulated worlds: anomaly, mean of {worlds} seeds", {"engine": result["anomaly"]})
        risk = result["non_compliance"]
        self._line(f"non_compliance on the same truth: AUC {risk['auc']:.3f}, recall at 2 % {risk['recall']:.3f}")

    def _schemes(self, title: str, columns: dict[str, Quality]) -> None:
        """One row a scheme; AUC and recall of every column."""
        names = list(columns)
        table = self._table(title, "scheme", "n", *(f"{name}: {what}" for name in names for what in ("AUC", "recall at 2 %")))
        for scheme, first in columns[names[0]].items():
            cells = [_three(columns[name][scheme][what]) for name in names for what in ("auc", "recall")]
            table.add_row(scheme, f"{first['n']:,.0f}", *cells)
        self._console.print(table)

    def _table(self, title: str, *columns: str) -> Table:
        self._line("")
        return Table(*columns, title=title, box=self._box, title_justify="left")

    def _line(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)


def lines(contenders: Quality) -> Iterator[tuple[str, Cell]]:
    """The rows of the supervised table: what it is, and how it reads from a contender's figures. Rows without figures are left out."""
    first: Quality = next(iter(contenders.values()))
    reference = contenders.get("lightgbm", {}).get("full", {}).get("cpu_s")
    for part, title in (("full", "full labels"), ("drift", "drift")):
        if part in first:
            yield from _ranking(part, title, first[part])
    if "full" in first:
        yield "full labels: CPU s in the test period", lambda f: f"{f['full']['cpu_s']:.2f}" if f["full"] else NO_HEAD
        yield "full labels: microseconds a row, learning and scoring", lambda f: f"{f['full']['us_per_row']:,.0f}" if f["full"] else NO_HEAD
        if reference:
            yield "full labels: CPU, LightGBM = 1", lambda f: f"{f['full']['cpu_s'] / reference:.3f}" if f["full"] else NO_HEAD
        yield "critical: recall at 1 % of the rows", lambda f: _three(f["critical_recall"])
        yield "revenue: share of the duty at 1 % of the rows", lambda f: _three(f["revenue_share"])
    if "selective" in first:
        for share, title in (("of_rows", "1.5 % of the rows random"), ("of_budget", "1.5 % of the budget random")):
            for period in ("live", "live_never_seen", "test", "test_never_seen"):
                yield f"selective, {title}: precision / recall, {period.replace('_', ' ')}", _controls(share, period)


def _ranking(part: str, title: str, first: Quality) -> Iterator[tuple[str, Cell]]:
    for rows in ("all", "never_seen"):
        of = f"{rows.replace('_', ' ')}" + (f" ({first[rows]['n']:,} rows, {first[rows]['irregular']:,} irregular)" if rows in first else "")
        yield f"{title}: AUC, {of}", lambda f, rows=rows: _with_interval(f[part][rows]["auc"], f[part][rows]["ci95"]) if f[part] else NO_HEAD
    if part == "full":
        for name, what in (("precision", "precision at 5 %"), ("brier", "Brier score")):
            for rows in ("all", "never_seen"):
                label = f"{title}: {what}, {rows.replace('_', ' ')}"
                yield label, lambda f, rows=rows, name=name: _three(f[part][rows][name]) if f[part] else NO_HEAD


def _controls(share: str, period: str) -> Cell:
    return lambda f: "{precision:.3f} / {recall:.3f}".format(**f["selective"][share][period])


def _with_interval(value: float, interval: list[float]) -> str:
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _three(value: float | None) -> str:
    return NO_HEAD if value is None else f"{value:.3f}"
