"""How well the anomaly head finds frauds put into KCS rows and into simulated worlds. No labels are given."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import orjson

from stream_app.adapters import kcs
from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.errors import ContractError
from stream_app.contracts.outcome import decode_outcome
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from stream_app.simulate import SCHEMES as SIMULATED_SCHEMES
from stream_app.simulate import WorldConfig, simulate
from tests.bench import injection, metrics, reference
from tests.bench.cases import DAY, Row, latest, never_seen

TOP = 0.02
WARM_UP_DAYS = 10

Key = tuple[str, int]
Quality = dict[str, Any]


class Event(NamedTuple):
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


def evaluate_injected(pipeline: Pipeline, rows: list[Row], seed: int, with_reference: bool = False) -> Quality:
    """AUC and recall at 2 % of the anomaly score on injected frauds against rows that were not injected; each injected declaration counts once."""
    injected = injection.inject(rows, seed)
    fresh = never_seen(injected.rows)
    scores, refused = assess(pipeline, (Event(True, orjson.dumps(kcs.declaration(row))) for row in injected.rows), latest(rows))
    anomaly = np.array([scores[row["Declaration ID"], 1].anomaly for row in injected.rows])
    result = {"rows": len(injected.rows), "assessments": len(scores), "refused": refused, **on_injected(injected, fresh, anomaly)}
    if with_reference:
        result["reference"] = on_injected(injected, fresh, reference.anomaly(injected.rows))
    return result


def on_injected(injected: injection.Injected, fresh: np.ndarray, anomaly: np.ndarray) -> Quality:
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
            yield Event(event.kind == "declarations", event.value)

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
