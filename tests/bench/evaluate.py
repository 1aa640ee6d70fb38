"""Detection quality on the public KCS files and on simulated worlds: `make eval`, or `python -m tests.bench.evaluate --help`.

Every score was given before anything of its item, or of a later one, was learned.
"""

import heapq
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
import orjson
from rich.console import Console
from rich.table import Table

from stream_app.adapters import kcs
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.errors import ContractError
from stream_app.contracts.outcome import decode_outcome
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from stream_app.settings import load_pipeline
from stream_app.simulate import SCHEMES as SIMULATED_SCHEMES
from stream_app.simulate import WorldConfig, simulate
from tests.bench import injection, metrics, reference

REPOSITORY = Path(__file__).parents[2]
KCS_FILES = ("df_syn_train_eng.csv", "df_syn_valid_eng.csv")
TEST_PERIOD = ("2021-01-01", "2021-03-31")
LABEL_DELAY_DAYS = 7.0
TOP = 0.02
WARM_UP_DAYS = 10
DAY = 86_400.0

Key = tuple[str, int]
Quality = dict[str, Any]


class Event(NamedTuple):
    """An input event at its time; outcomes go before the declarations of the same instant, as in replay."""

    at: float
    is_declaration: bool
    body: bytes


class Scored(NamedTuple):
    anomaly: float
    non_compliance: float | None


def assess(pipeline: Pipeline, events: Iterable[Event], now: float) -> tuple[dict[Key, Scored], int]:
    """The scores of every goods item (of its first version), and how many records were refused."""
    engine, limits = Engine(pipeline, mode="replay"), pipeline.record_limits()
    scores: dict[Key, Scored] = {}
    refused = 0
    for event in events:
        try:
            if not event.is_declaration:
                engine.learn_outcome(decode_outcome(event.body, limits, now))
                continue
            assessment = engine.process(decode_declaration(event.body, limits, now)).assessment
        except ContractError:
            refused += 1
            continue
        for item in assessment.items:
            scores.setdefault((assessment.declaration_id, item.item_number), Scored(item.scores.anomaly, item.scores.non_compliance))
    return scores, refused


def kcs_events(rows: list[dict[str, str]], label_delay_days: float = LABEL_DELAY_DAYS) -> Iterator[Event]:
    """Declarations and their outcomes in replay order."""
    declarations = [kcs.declaration(row) for row in rows]
    outcomes = [kcs.outcome(row, label_delay_days) for row in rows]
    lodged = sorted(((_epoch(d["lodged_at"]), 1, i) for i, d in enumerate(declarations)), key=lambda entry: entry[0])
    decided = sorted(((_epoch(o["decided_at"]), 0, i) for i, o in enumerate(outcomes)), key=lambda entry: entry[0])
    for at, is_declaration, i in heapq.merge(lodged, decided):
        yield Event(at, bool(is_declaration), orjson.dumps(declarations[i] if is_declaration else outcomes[i]))


def never_seen(rows: list[dict[str, str]]) -> np.ndarray:
    """True where (HS6, departure, origin, rate, tax type, mass, price) is in no earlier row: most KCS rows are near copies of others."""
    seen: set[tuple[object, ...]] = set()
    found = []
    for row in rows:
        names = ("HS6 Code", "Country of Departure", "Country of Origin", "Tax Rate", "Tax Type", "Net Mass", "Item Price")
        key = tuple(float(row[name]) if name in ("Tax Rate", "Net Mass", "Item Price") else row[name] for name in names)
        found.append(key not in seen)
        seen.add(key)
    return np.array(found)


def evaluate_kcs(pipeline: Pipeline, rows: list[dict[str, str]]) -> Quality:
    """AUC of the non-compliance head in TEST_PERIOD, labels known seven days late: all rows, and those never seen before."""
    scores, refused = assess(pipeline, kcs_events(rows), _now(rows))
    risk = np.array([scores[row["Declaration ID"], 1].non_compliance or 0.0 if (row["Declaration ID"], 1) in scores else 0.0 for row in rows])
    irregular = np.array([row["Fraud"] == "1" or row["Critical Fraud"] == "2" for row in rows])
    test = np.array([TEST_PERIOD[0] <= row["Date"] <= TEST_PERIOD[1] for row in rows])
    result: Quality = {"rows": len(rows), "assessments": len(scores), "refused": refused}
    for name, chosen in (("all", test), ("never_seen", test & never_seen(rows))):
        interval = metrics.auc_interval(risk[chosen], irregular[chosen])
        result[name] = {
            "n": int(chosen.sum()),
            "irregular": int(irregular[chosen].sum()),
            "auc": interval.value,
            "ci95": [interval.lower, interval.upper],
        }
    return result


def evaluate_injected(pipeline: Pipeline, rows: list[dict[str, str]], seed: int, with_reference: bool = False) -> Quality:
    """AUC and recall at 2 % of the anomaly score on injected frauds against rows that were not injected; each injected declaration counts once."""
    injected = injection.inject(rows, seed)
    fresh = never_seen(injected.rows)
    scores, refused = assess(pipeline, (event for event in kcs_events(injected.rows) if event.is_declaration), _now(rows))
    anomaly = np.array([scores[row["Declaration ID"], 1].anomaly for row in injected.rows])
    result = {"rows": len(injected.rows), "assessments": len(scores), "refused": refused, **_on_injected(injected, fresh, anomaly)}
    if with_reference:
        result["reference"] = _on_injected(injected, fresh, reference.anomaly(injected.rows))
    return result


def _on_injected(injected: injection.Injected, fresh: np.ndarray, anomaly: np.ndarray) -> Quality:
    """By scheme: one entry an injected declaration, the most suspicious of its rows; rows before the first injection are left out."""
    best: dict[str, tuple[float, bool, str]] = {}
    for row, score, new in zip(injected.rows, anomaly.tolist(), fresh.tolist(), strict=True):
        if row["Date"] >= injection.FROM:
            name = row["Declaration ID"]
            before = best.get(injected.group.get(name, name), (-1.0, False, ""))
            best[injected.group.get(name, name)] = max(before[0], score), before[1] or new, injected.scheme.get(name, "")
    score, new, scheme = (np.array(column) for column in zip(*best.values(), strict=True))
    return {
        "all_rows": by_scheme(score, scheme, injection.SCHEMES),
        "never_seen_rows": by_scheme(score, scheme, injection.SCHEMES, among=new),
    }


def evaluate_simulated(pipeline: Pipeline, seed: int, days: int) -> Quality:
    """AUC and recall at 2 % by scheme in a simulated world, its first WARM_UP_DAYS left out; and the non-compliance head on the same truth."""
    config = WorldConfig(seed=seed, days=days)
    truth: dict[Key, str] = {}
    lodged: dict[str, float] = {}

    def events() -> Iterator[Event]:
        for event in simulate(config):
            if event.kind == "declarations":
                lodged.setdefault(orjson.loads(event.value)["declaration_id"], event.at)
                truth.update({(fact.declaration_id, fact.item_number): fact.scheme for fact in event.truth})
            yield Event(event.at, event.kind == "declarations", event.value)

    opening = datetime.fromisoformat(f"{config.start}T00:00:00+01:00").timestamp()
    scores, refused = assess(pipeline, events(), opening + (days + 200) * DAY)
    keys = [key for key in scores if lodged[key[0]] >= opening + WARM_UP_DAYS * DAY]
    scheme = np.array([truth.get(key, "") for key in keys])
    anomaly = np.array([scores[key].anomaly for key in keys])
    risk = np.array([scores[key].non_compliance or 0.0 for key in keys])
    overall = {"auc": metrics.auc(risk, scheme != ""), "recall": metrics.recall_at(TOP, risk, scheme != "")}
    return {"items": len(keys), "refused": refused, "anomaly": by_scheme(anomaly, scheme, SIMULATED_SCHEMES), "non_compliance": overall}


def by_scheme(score: np.ndarray, scheme: np.ndarray, names: Iterable[str], among: np.ndarray | None = None) -> Quality:
    """For each scheme and overall: n, AUC against the honest items only, and recall in the top 2 % of everything.

    With `among`, positives and the honest items of the AUC come from these only; the alert budget is still 2 % of everything.
    """
    positive, among = scheme != "", np.ones(len(score), dtype=bool) if among is None else among
    found: Quality = {}
    for name in (*names, "overall"):
        wanted = among & (positive if name == "overall" else scheme == name)
        kept = wanted | (among & ~positive)
        found[name] = {
            "n": float(wanted.sum()),
            "auc": metrics.auc(score[kept], wanted[kept]),
            "recall": metrics.recall_at(TOP, score, positive, wanted),
        }
    return found


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _now(rows: list[dict[str, str]]) -> float:
    return max(_epoch(row["Date"] + "T00:00:00+09:00") for row in rows) + 30 * DAY


def _show(console: Console, title: str, columns: dict[str, Quality]) -> None:
    """One row a scheme; AUC and recall of every column."""
    names = list(columns)
    table = Table("scheme", "n", *(f"{name}: {what}" for name in names for what in ("AUC", "recall at 2 %")), title=title)
    for scheme in columns[names[0]]:
        cells = [
            f"{columns[name][scheme][what]:.3f}" if columns[name][scheme][what] is not None else "" for name in names for what in ("auc", "recall")
        ]
        table.add_row(scheme, f"{columns[names[0]][scheme]['n']:,.0f}", *cells)
    console.print(table)


def _show_kcs(console: Console, result: Quality) -> None:
    table = Table("rows", "n", "irregular", "AUC", "95 %", title="KCS: non_compliance on 2021-01..03, labels seven days late")
    for name in ("all", "never_seen"):
        part = result[name]
        table.add_row(name, f"{part['n']:,}", f"{part['irregular']:,}", f"{part['auc']:.3f}", "{:.3f} to {:.3f}".format(*part["ci95"]))
    console.print(table)
    console.print(f"rows in {result['rows']:,}, assessments out {result['assessments']:,}, refused {result['refused']:,}")


def _read_kcs(folder: Path) -> list[dict[str, str]]:
    absent = [name for name in KCS_FILES if not (folder / name).is_file()]
    if absent:
        raise click.ClickException(
            f"{folder} has no {' and no '.join(absent)}; name their folder with --data, or leave them out with --part simulated"
        )
    return list(kcs.rows(folder / name for name in KCS_FILES))


@click.command(context_settings={"show_default": True, "max_content_width": 120})
@click.option("--data", type=click.Path(path_type=Path), default=REPOSITORY.parent / "shared" / "data", help="Folder of the KCS files.")
@click.option("--part", "parts", type=click.Choice(["kcs", "injected", "simulated"]), multiple=True, default=["kcs", "injected", "simulated"])
@click.option("--injection-seed", "injection_seeds", type=int, multiple=True, default=[1, 2, 3], help="May be given several times.")
@click.option("--world-seed", "world_seeds", type=int, multiple=True, default=[101, 102, 103], help="May be given several times.")
@click.option("--days", type=click.IntRange(WARM_UP_DAYS + 2, 400), default=40, help="Of each simulated world; the first ten only warm up.")
@click.option("--reference/--no-reference", "with_reference", default=True, help="The batch reference of reference.py on the same injected rows.")
@click.option("--pipeline", "pipeline_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="pipeline.toml to use.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of standard output; tables go to standard error.")
def evaluate(
    data: Path,
    parts: tuple[str, ...],
    injection_seeds: tuple[int, ...],
    world_seeds: tuple[int, ...],
    days: int,
    with_reference: bool,
    pipeline_file: Path | None,
    as_json: bool,
) -> None:
    """How well the engine finds what is known to be there."""
    console = Console(stderr=as_json)
    pipeline = load_pipeline(pipeline_file)
    results: Quality = {"model": pipeline.version()}
    rows = _read_kcs(data) if {"kcs", "injected"} & set(parts) else []
    if "kcs" in parts:
        results["kcs"] = evaluate_kcs(pipeline, rows)
        _show_kcs(console, results["kcs"])
    if "injected" in parts:
        results["injected"] = metrics.mean_of([evaluate_injected(pipeline, rows, seed, with_reference) for seed in injection_seeds])
        _show_injected(console, results["injected"], len(injection_seeds))
    if "simulated" in parts:
        results["simulated"] = metrics.mean_of([evaluate_simulated(pipeline, seed, days) for seed in world_seeds])
        _show_simulated(console, results["simulated"], len(world_seeds))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(results) + b"\n")


def _show_injected(console: Console, result: Quality, seeds: int) -> None:
    for rows in ("all_rows", "never_seen_rows"):
        columns = {"engine": result[rows]} | ({"reference": result["reference"][rows]} if "reference" in result else {})
        _show(console, f"frauds injected into KCS rows: anomaly, {rows.replace('_', ' ')}, mean of {seeds} seeds", columns)


def _show_simulated(console: Console, result: Quality, worlds: int) -> None:
    _show(console, f"simulated worlds: anomaly, mean of {worlds} seeds", {"engine": result["anomaly"]})
    risk = result["non_compliance"]
    console.print(f"non_compliance on the same truth: AUC {risk['auc']:.3f}, recall at 2 % {risk['recall']:.3f}")


if __name__ == "__main__":
    evaluate()
