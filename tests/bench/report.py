"""The figures as tables, on a terminal or as Markdown for docs/evaluation.md."""

from typing import Any

from rich.box import HEAVY_HEAD, MARKDOWN
from rich.console import Console
from rich.table import Table

from tests.bench.scoreboard import lines, three, with_interval, words

Quality = dict[str, Any]

TITLES = {
    "engine": "Tidewaiter, all of it",
    "head": "its head alone",
    "lightgbm": "LightGBM, weekly",
    "arf": "River ARF",
    "logistic": "River LR",
    "copies": "exact copies",
    "ceiling": "ceiling",
}


class Report:
    """Prints to one console. `markdown`: without frames, as wide as it takes."""

    def __init__(self, console: Console, markdown: bool = False) -> None:
        self._console = Console(file=console.file, width=1_000) if markdown else console
        self._errors = Console(stderr=True)
        self._box = MARKDOWN if markdown else HEAVY_HEAD

    def progress(self, text: str) -> None:
        """To standard error: it is no result."""
        self._errors.print(text, style="dim", highlight=False)

    def supervised(self, results: Quality) -> None:
        contenders: Quality = results["contenders"]
        self._line(f"KCS rows {results['rows']:,}, refused {results['refused']:,}")
        table = self._table("KCS, supervised heads", "", "goal", *(TITLES[name] for name in contenders))
        for line in lines(contenders):
            table.add_row(line.label, line.goal, *(line.cell(figures) for figures in contenders.values()))
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
                f"{TITLES[name]}, {words(part)}: {whole['share']:.3f} of the rows selected, live precision {whole['precision']:.3f}, "
                f"recall {whole['recall']:.3f}; control sample {sample['n']:,} rows, hit rate {with_interval(sample['hit_rate'], sample['ci95'])}, "
                f"truth {sample['truth']:.3f}; {found['labels']:,} labels"
            )

    def windows(self, results: Quality) -> None:
        table = self._table(
            "budget: share selected in every window of 5,000 rows", "pacing", "stream", "all", "least", "largest", "windows in 1.5 to 2.5 %", ""
        )
        for mode, streams in results.items():
            for stream, part in streams.items():
                burst = f"recall in the burst {part['burst']['recall']:.3f} of {part['burst']['frauds']}" if "burst" in part else ""
                table.add_row(mode, stream, *(f"{part[name]:.4f}" for name in ("share", "least", "largest")), f"{part['held']:.1%}", burst)
        self._console.print(table)

    def partitions(self, results: list[Quality]) -> None:
        heads = ("non_compliance", "critical", "anomaly")
        columns = [f"{head}: {figure}" for head in heads for figure in ("AUC", "recall at 2 %")]
        table = self._table("KCS rows over several partitions", "partitions", "sharing", *columns)
        for row in results:
            figures = [f"{row['heads'][head][name]:.4f}" if head in row["heads"] else "" for head in heads for name in ("auc", "recall")]
            table.add_row(str(row["partitions"]), "yes" if row["sharing"] else "no", *figures)
        self._console.print(table)

    def injected(self, result: Quality, seeds: int) -> None:
        for rows in ("all_rows", "never_seen_rows"):
            columns = {"engine": result[rows]} | ({"reference": result["reference"][rows]} if "reference" in result else {})
            self._schemes(f"frauds injected into KCS rows: anomaly, {words(rows)}, mean of {seeds} seeds", columns)

    def simulated(self, result: Quality, worlds: int) -> None:
        self._schemes(f"simulated worlds: anomaly, mean of {worlds} seeds", {"engine": result["anomaly"]})
        risk = result["non_compliance"]
        self._line(f"non_compliance on the same truth: AUC {risk['auc']:.3f}, recall at 2 % {risk['recall']:.3f}")

    def movements(self, result: Quality, worlds: int, traffic: str) -> None:
        """Recall of every scheme, precision of every typology, and false alerts."""
        title = f"simulated voyages: containers of {worlds} worlds, {traffic}"
        table = self._table(title, "scheme", "containers", "recall", "by a typology of its own")
        for scheme, row in result["schemes"].items():
            table.add_row(scheme, f"{row['containers']:,}", f"{row['recall']:.2f}", f"{row['recall_own']:.2f}")
        self._console.print(table)
        table = self._table("of the containers alerted with a typology, those with a scheme", "typology", "precision")
        for typology, precision in result["precision"].items():
            table.add_row(typology, f"{precision:.2f}")
        self._console.print(table)
        false, standing = result["false_per_thousand"], result["standing_false_per_thousand"]
        each = ", ".join(f"{one:.1f}" for one in result["false_per_thousand_by_world"])
        self._line(f"false alerts per 1,000 of {result['clean']:,} clean containers: {false:.1f} ({each}); {standing:.1f} not withdrawn")

    def _schemes(self, title: str, columns: dict[str, Quality]) -> None:
        """One row a scheme; AUC and recall of every column."""
        names = list(columns)
        table = self._table(title, "scheme", "n", *(f"{name}: {what}" for name in names for what in ("AUC", "recall at 2 %")))
        for scheme, first in columns[names[0]].items():
            cells = [three(columns[name][scheme][what]) for name in names for what in ("auc", "recall")]
            table.add_row(scheme, f"{first['n']:,.0f}", *cells)
        self._console.print(table)

    def _table(self, title: str, *columns: str) -> Table:
        """Its title stands above it: Markdown knows none."""
        self._line(f"\n{title}\n")
        return Table(*columns, box=self._box)

    def _line(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)
